#pragma once

/// Percent-encoding of paths and queries.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.hpp"

namespace tidemark::http {

/// Decodes `%41` and so on; nothing if a `%` is not followed by two hex digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text,
                                                        bool plus_is_space = false);

/// Splits at `&` and the first `=`, and decodes both sides. False if one cannot be decoded; empty
/// pieces (`a=1&&b=2`) are skipped.
[[nodiscard]] bool decode_query(std::string_view query, std::vector<QueryItem>& into);

/// Writes everything except letters, digits and `-._~` as `%41`.
[[nodiscard]] std::string percent_encode(std::string_view text);

}  // namespace tidemark::http
