#pragma once

/// Makes foreign text harmless for terminals and logs: what would act on a screen is shown instead.
///
/// It escapes the control characters (C0, DEL, C1), characters that turn or break lines (U+2028,
/// U+2029, bidirectional marks), and bytes that are not UTF-8. The result is valid UTF-8 without
/// control characters, and ordinary text stays as it was.

#include <string>
#include <string_view>

namespace tidemark::base {

/// One line: `\n`, `\r`, `\t`, `\x1b`, `\u202e`, and `\xff` for a byte that is not UTF-8.
[[nodiscard]] std::string printable(std::string_view text);
/// Appends the same to `out`.
void append_printable(std::string& out, std::string_view text);

/// Several lines: line feeds stay, everything else as above.
[[nodiscard]] std::string printable_lines(std::string_view text);

/// JSON with the same meaning (`\u001b`, `\u202e`) that is harmless on a screen. `json` must be
/// valid JSON except for bytes that are not UTF-8: each of those becomes U+FFFD.
[[nodiscard]] std::string printable_json(std::string_view json);

/// Appends `text` as it stands between the quotes of a JSON string. It may have any bytes; those
/// that are not UTF-8 are shown as above (`\\xff` in JSON is `\xff` to its reader).
void append_json_escaped(std::string& out, std::string_view text);

/// The number of characters, for columns: code points of a text that is printable.
[[nodiscard]] std::size_t width_of(std::string_view printable) noexcept;

}  // namespace tidemark::base
