#include "wire/csv.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

#include "wire/decode.hpp"

namespace tidemark::wire {
namespace {

/// `p` is after an opening quote; returns the place after the closing one, or null if there is
/// none. `doubled` tells whether a quote in between was doubled.
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

/// The text of a quoted cell that has doubled quotes.
std::string_view undoubled(std::string_view quoted, TextArena& arena) {
  char* const room = arena.room(quoted.size() + kBodyPaddingBytes);
  char* out = room;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    *out++ = quoted[i];
    if (quoted[i] == '"') ++i;
  }
  assert(static_cast<std::size_t>(out - room) <= quoted.size());
  return arena.keep(static_cast<std::size_t>(out - room));
}

template <char Delimiter>
const char* row_end(const char* begin, const char* end) {
  const char* p = begin;
  while (p < end) {
    bool doubled = false;
    if (*p == '"') p = behind_quotes(p + 1, end, doubled);
    if (p == nullptr) return end;
    while (p < end && *p != Delimiter && *p != '\n') ++p;
    if (p == end || *p == '\n') return p;
    ++p;
  }
  return end;
}

std::string due_behind_quote(std::size_t cell, char delimiter) {
  const std::string name = delimiter == ','    ? "a comma"
                           : delimiter == '\t' ? "a tab"
                                               : std::string("a ") + delimiter;
  return "after the closing quote of cell " + std::to_string(cell) + ", expected " + name +
         " or the end of the line";
}

}  // namespace

CsvRowEnd csv_row_end(char delimiter) {
  switch (delimiter) {
    case ';':
      return &row_end<';'>;
    case '\t':
      return &row_end<'\t'>;
    case '|':
      return &row_end<'|'>;
    default:
      return &row_end<','>;
  }
}

char delimiter_of(std::string_view header) {
  std::array<std::size_t, kDelimiters.size()> counts{};
  bool quoted = false;
  for (const char c : header) {
    if (c == '"') quoted = !quoted;
    const auto which = kDelimiters.find(c);
    if (!quoted && which != std::string_view::npos) ++counts.at(which);
  }
  return kDelimiters.at(
      static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin()));
}

std::string cells_of(std::string_view row, char delimiter, TextArena& arena,
                     std::vector<std::string_view>& cells) {
  cells.clear();
  const char* p = row.data();
  const char* const end = p + row.size();
  for (;;) {
    if (p < end && *p == '"') {
      bool doubled = false;
      const char* const behind = behind_quotes(p + 1, end, doubled);
      if (behind == nullptr) {
        return "the quote of cell " + std::to_string(cells.size() + 1) + " is never closed";
      }
      if (behind < end && *behind != delimiter) {
        return due_behind_quote(cells.size() + 1, delimiter);
      }
      const std::string_view quoted{p + 1, behind - 1};
      cells.push_back(doubled ? undoubled(quoted, arena) : quoted);
      p = behind;
    } else {
      const char* const begin = p;
      p = std::find(p, end, delimiter);
      cells.emplace_back(begin, p);
    }
    if (p == end) return {};
    ++p;
  }
}

}  // namespace tidemark::wire
