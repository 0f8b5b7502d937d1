#pragma once

/// Compression of answers.

#include <string>
#include <string_view>

namespace tidemark::http::network {

/// Whether an `Accept-Encoding` takes gzip (RFC 9110, 12.5.3), q-values and `*` included.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding) noexcept;

/// Text and JSON are worth it; pictures are not.
[[nodiscard]] bool worth_compressing(std::string_view content_type) noexcept;

/// `bytes` as a gzip stream; empty where zlib fails.
[[nodiscard]] std::string gzip(std::string_view bytes, int level = 4);

}  // namespace tidemark::http::network
