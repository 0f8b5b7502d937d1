#pragma once

/// Decodes the escapes of a JSON string.

#include <cstddef>
#include <string_view>

namespace tidemark::wire {

/// Writes the meaning of `raw` to `out`, which must have room for raw.size(), and returns the
/// number of bytes written. `raw` is the text between the quotes of a valid string. An unpaired
/// surrogate, which no stored text has, becomes three bytes that are not UTF-8.
std::size_t unescape(std::string_view raw, char* out);

}  // namespace tidemark::wire
