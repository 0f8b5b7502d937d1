#pragma once

/// Work on whole texts at the speed of memory. No other code knows simdjson.

#include <cstddef>
#include <string_view>

namespace tidemark::wire {

bool is_utf8(std::string_view text);

/// The offset of the first byte that is not part of valid UTF-8; the size if the whole text is
/// valid.
std::size_t first_non_utf8(std::string_view text);

/// Copies a valid JSON value without the white space outside of strings. `out` must have room for
/// json.size() + kBodyPaddingBytes; returns the number of bytes written.
std::size_t minify(std::string_view json, char* out);

}  // namespace tidemark::wire
