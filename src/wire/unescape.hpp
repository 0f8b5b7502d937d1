#pragma once

/// What a JSON string with escapes means.

#include <cstddef>
#include <string_view>

namespace tidemark::wire {

/// Writes what `raw` means to `out`, which has room for raw.size(); the bytes that were written.
/// `raw` is what stands between the quotes of a valid string. An unpaired surrogate, which no
/// stored text has, becomes three bytes that are not UTF-8.
std::size_t unescape(std::string_view raw, char* out);

}  // namespace tidemark::wire
