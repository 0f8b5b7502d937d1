#pragma once

/// Content-Encoding undone, within bounds.

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "wire/decode.hpp"

namespace tidemark::wire {

enum class Coding : std::uint8_t { Gzip, Deflate, Zstd };

/// The codings that a Content-Encoding names, in the order in which they were applied; `identity`
/// and an empty value add none. Nothing where one is unknown or there are more than two (415).
std::optional<std::vector<Coding>> codings_of(std::string_view content_encoding);

/// Decompresses a whole body into bytes of its own, padded as Body asks. Gzip may have several
/// members, zstd several frames; deflate may be zlib or raw.
///
/// Errors:   TooLarge as soon as there are more than `bytes_max`; InvalidInput where the input is
///           broken or cut short, with the offset in the compressed bytes.
base::Result<Body> inflate(std::string_view compressed, Coding coding, std::size_t bytes_max);

/// Bytes of the caller, copied and padded as Body asks.
Body padded_body(std::string_view text);

}  // namespace tidemark::wire
