#pragma once

/// Compression of answers.

#include <string>
#include <string_view>

namespace tidemark::http::network {

/// Whether an `Accept-Encoding` accepts gzip (RFC 9110, 12.5.3), including q-values and `*`.
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding) noexcept;

/// True for text and JSON; false for pictures.
[[nodiscard]] bool worth_compressing(std::string_view content_type) noexcept;

/// `bytes` as a gzip stream; empty if zlib fails.
[[nodiscard]] std::string gzip(std::string_view bytes, int level = 4);

}  // namespace tidemark::http::network
