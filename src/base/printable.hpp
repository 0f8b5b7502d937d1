#pragma once

/// Text of others made harmless for terminals and logs: what acts on a screen is shown instead.
///
/// Escaped are the control characters (C0, DEL, C1), what turns or breaks lines (U+2028, U+2029,
/// bidirectional marks), and bytes that are not UTF-8. The result is valid UTF-8 without a control
/// character, and ordinary text comes back as it was.

#include <string>
#include <string_view>

namespace tidemark::base {

/// One line: `\n`, `\r`, `\t`, `\x1b`, `\u202e`, and `\xff` for a byte that is not UTF-8.
[[nodiscard]] std::string printable(std::string_view text);
/// The same behind what `out` has.
void append_printable(std::string& out, std::string_view text);

/// Several lines: line feeds stay, all else as above.
[[nodiscard]] std::string printable_lines(std::string_view text);

/// JSON that means the same (`\u001b`, `\u202e`) and is harmless on a screen. `json` is valid JSON
/// but for bytes that are not UTF-8: each of those becomes U+FFFD.
[[nodiscard]] std::string printable_json(std::string_view json);

/// The text between the quotes of a JSON string: any bytes, of which those that are not UTF-8 are
/// shown as above (`\\xff` in JSON is `\xff` to its reader).
void append_json_escaped(std::string& out, std::string_view text);

/// How many characters it has, for columns: code points of a text that is printable.
[[nodiscard]] std::size_t width_of(std::string_view printable) noexcept;

}  // namespace tidemark::base
