#include "wire/csv.hpp"

#include <algorithm>
#include <cstring>

#include "wire/decode.hpp"

namespace tidemark::wire {
namespace {

/// `p` is behind an opening quote; the place behind the closing one, or null where there is none.
/// `doubled` tells whether a quote in between was written twice.
const char* behind_quotes(const char* p, const char* end, bool& doubled) {
  for (;;) {
    p = p == end ? nullptr
                 : static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
    if (p == nullptr) return nullptr;
    ++p;
    if (p == end || *p != '"') return p;
    doubled = true;
    ++p;
  }
}

/// The text of a cell in whose quotes quotes are doubled.
std::string_view undoubled(std::string_view quoted, TextArena& arena) {
  char* const room = arena.room(quoted.size() + kBodyPaddingBytes);
  char* out = room;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    *out++ = quoted[i];
    if (quoted[i] == '"') ++i;
  }
  return arena.keep(static_cast<std::size_t>(out - room));
}

}  // namespace

const char* csv_row_end(const char* begin, const char* end) {
  const char* p = begin;
  while (p < end) {
    bool doubled = false;
    if (*p == '"') p = behind_quotes(p + 1, end, doubled);
    if (p == nullptr) return end;
    while (p < end && *p != ',' && *p != '\n') ++p;
    if (p == end || *p == '\n') return p;
    ++p;
  }
  return end;
}

std::string cells_of(std::string_view row, TextArena& arena, std::vector<std::string_view>& cells) {
  cells.clear();
  const char* p = row.data();
  const char* const end = p + row.size();
  for (;;) {
    if (p < end && *p == '"') {
      bool doubled = false;
      const char* const behind = behind_quotes(p + 1, end, doubled);
      const std::string number = std::to_string(cells.size() + 1);
      if (behind == nullptr) return "the quote of cell " + number + " is never closed";
      if (behind < end && *behind != ',') {
        return "behind the closing quote of cell " + number + " a comma or the line's end is due";
      }
      const std::string_view quoted{p + 1, behind - 1};
      cells.push_back(doubled ? undoubled(quoted, arena) : quoted);
      p = behind;
    } else {
      const char* const begin = p;
      p = std::find(p, end, ',');
      cells.emplace_back(begin, p);
    }
    if (p == end) return {};
    ++p;
  }
}

}  // namespace tidemark::wire
