#pragma once

/// RFC 4180: rows of cells, quoted where they must be.

#include <string>
#include <string_view>
#include <vector>

#include "wire/text_arena.hpp"

namespace tidemark::wire {

/// Where the CSV row at `begin` ends; see FindRowEnd. A line end within quotes belongs to the row.
const char* csv_row_end(const char* begin, const char* end);

/// Takes a row apart. A cell points into the row, or into the arena where quotes in it were
/// doubled; kBodyPaddingBytes can be read behind it. A quote within a cell that does not begin with
/// one is an ordinary character.
///
/// Returns what is wrong with the row, or nothing.
std::string cells_of(std::string_view row, TextArena& arena, std::vector<std::string_view>& cells);

}  // namespace tidemark::wire
