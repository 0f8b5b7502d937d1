#pragma once

/// Work on whole texts at the speed of memory; the one place that knows simdjson.

#include <cstddef>
#include <string_view>

namespace tidemark::wire {

bool is_utf8(std::string_view text);

/// The offset of the first byte that is not part of valid UTF-8; the size where all are.
std::size_t first_non_utf8(std::string_view text);

/// Copies a valid JSON value without the white space outside of strings. `out` has room for
/// json.size() + kBodyPaddingBytes; the bytes that were written.
std::size_t minify(std::string_view json, char* out);

}  // namespace tidemark::wire
