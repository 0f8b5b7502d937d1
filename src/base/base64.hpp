#pragma once

/// Bytes as text that fits into URLs and JSON: base64url without padding (RFC 4648, section 5).

#include <optional>
#include <string>
#include <string_view>

namespace tidemark::base {

[[nodiscard]] std::string to_base64(std::string_view bytes);

/// Nothing for a text that `to_base64` cannot have written.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace tidemark::base
