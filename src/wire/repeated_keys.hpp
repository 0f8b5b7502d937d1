#pragma once

/// Removes repeated keys from objects.

#include <cstddef>
#include <string_view>

namespace tidemark::wire {

/// Copies minified, valid JSON of at most kPropertiesDepthMax levels to `out`, which must have room
/// for json.size(). If keys of one object mean the same, only the last member stays, at its place.
/// Returns the number of bytes written.
std::size_t copy_without_repeated_keys(std::string_view json, char* out);

}  // namespace tidemark::wire
