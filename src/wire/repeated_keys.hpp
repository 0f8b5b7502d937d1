#pragma once

/// Objects that say a key twice.

#include <cstddef>
#include <string_view>

namespace tidemark::wire {

/// Copies minified, valid JSON of at most kPropertiesDepthMax levels to `out`, which has room for
/// json.size(). Of members of one object whose keys mean the same only the last stays, where it
/// stands. The bytes that were written.
std::size_t copy_without_repeated_keys(std::string_view json, char* out);

}  // namespace tidemark::wire
