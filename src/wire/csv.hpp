#pragma once

/// RFC 4180: rows of cells, quoted where they must be.

#include <string>
#include <string_view>
#include <vector>

#include "wire/text_arena.hpp"

namespace tidemark::wire {

/// The characters that may separate cells.
inline constexpr std::string_view kDelimiters = ",;\t|";

/// Finds the end of the row that begins at `begin`; see FindRowEnd. A line end within quotes
/// belongs to the row. `delimiter` is one of kDelimiters.
using CsvRowEnd = const char* (*)(const char* begin, const char* end);
CsvRowEnd csv_row_end(char delimiter);

/// The character of kDelimiters that is most frequent outside of quotes; a comma if there is none.
char delimiter_of(std::string_view header);

/// Splits a row into cells. A cell points into the row, or into the arena if it had doubled quotes;
/// kBodyPaddingBytes are readable after it. A quote within a cell that does not begin with one is
/// an ordinary character.
///
/// Returns what is wrong with the row, or nothing.
std::string cells_of(std::string_view row, char delimiter, TextArena& arena,
                     std::vector<std::string_view>& cells);

}  // namespace tidemark::wire
