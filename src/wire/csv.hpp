#pragma once

/// RFC 4180: rows of cells, quoted where they must be.

#include <string>
#include <string_view>
#include <vector>

#include "wire/text_arena.hpp"

namespace tidemark::wire {

/// What may stand between cells.
inline constexpr std::string_view kDelimiters = ",;\t|";

/// Finds where the row that begins at `begin` ends; see FindRowEnd. A line end within quotes
/// belongs to the row. `delimiter` is one of kDelimiters.
using CsvRowEnd = const char* (*)(const char* begin, const char* end);
CsvRowEnd csv_row_end(char delimiter);

/// The one of kDelimiters that stands most often outside of quotes; a comma where none does.
char delimiter_of(std::string_view header);

/// Takes a row apart. A cell points into the row, or into the arena where quotes in it were
/// doubled; kBodyPaddingBytes can be read behind it. A quote within a cell that does not begin with
/// one is an ordinary character.
///
/// Returns what is wrong with the row, or nothing.
std::string cells_of(std::string_view row, char delimiter, TextArena& arena,
                     std::vector<std::string_view>& cells);

}  // namespace tidemark::wire
