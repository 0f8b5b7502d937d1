#pragma once

/// JSON strings within a segment, for keys and list items that could be mistaken for something
/// else.

#include <optional>
#include <string>
#include <string_view>

namespace tidemark::query {

/// The meaning of the JSON string `text`, which includes its quotes; nothing if `text` is not one
/// JSON string with valid escapes.
std::optional<std::string> unquoted(std::string_view text);

/// Appends `text` as a JSON string, with its quotes.
void append_quoted(std::string_view text, std::string& out);

}  // namespace tidemark::query
