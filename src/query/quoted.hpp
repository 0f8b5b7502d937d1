#pragma once

/// JSON strings within a segment: keys and list items that could be mistaken for something else.

#include <optional>
#include <string>
#include <string_view>

namespace tidemark::query {

/// What the JSON string `text`, with its quotes, means; nothing where it is not one JSON string in
/// valid escapes.
std::optional<std::string> unquoted(std::string_view text);

/// Appends `text` as a JSON string, with its quotes.
void append_quoted(std::string_view text, std::string& out);

}  // namespace tidemark::query
