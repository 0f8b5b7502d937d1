#include "wire/rows/row_cutter.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "wire/reader.hpp"

namespace tidemark::wire {

const char* line_end(const char* begin, const char* end) {
  assert(begin <= end);
  if (begin == end) return end;
  const void* const found = std::memchr(begin, '\n', static_cast<std::size_t>(end - begin));
  return found == nullptr ? end : static_cast<const char*>(found);
}

RowCutter::RowCutter(std::unique_ptr<ByteSource> source, FindRowEnd find_end)
    : pieces_(std::move(source)), find_end_(find_end) {}

Row RowCutter::cut(const char* row_end) {
  assert(pieces_.at() <= row_end && row_end <= pieces_.end());
  const std::string_view text{pieces_.at(), row_end};
  Row row{.text = text, .line = line_};
  line_ += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  pieces_.pass_to(std::min(row_end + 1, pieces_.end()));
  if (text.ends_with('\r')) row.text.remove_suffix(1);
  return row;
}

void RowCutter::shorten_to_line(Row& row) {
  const char* const begin = row.text.data();
  const char* const first_end = line_end(begin, begin + row.text.size());
  if (first_end == begin + row.text.size()) return;
  pieces_.pass_to(begin);
  line_ = row.line;
  row = cut(first_end);
}

/// The start of the row's first line; the rest of that line is passed, in as many pieces as it has.
Row RowCutter::too_long() {
  const std::string_view start = pieces_.rest().substr(0, kRowBytesMax);
  long_start_ = start.substr(0, start.find('\n'));
  const Row row{.text = long_start_, .line = line_++, .too_long = true};
  for (;;) {
    const char* const end = line_end(pieces_.at(), pieces_.end());
    const bool found = end != pieces_.end();
    pieces_.pass_to(found ? end + 1 : end);
    if (found || pieces_.ended()) return row;
    pieces_.fill();
  }
}

base::Result<std::optional<Row>> RowCutter::next() {
  for (;;) {
    const char* const at = pieces_.at();
    const char* const end = pieces_.end();
    const char* const row_end = at == end ? end : find_end_(at, end);
    assert(at <= row_end && row_end <= end);
    const auto bytes = static_cast<std::size_t>(row_end - at);
    if (bytes > kRowBytesMax) return std::optional(too_long());
    if (row_end != end) return std::optional(cut(row_end));
    if (pieces_.ended()) break;
    pieces_.fill();
  }
  if (pieces_.failure()) return *pieces_.failure();  // what is left is not a whole row
  if (pieces_.at() == pieces_.end()) return std::optional<Row>{};
  return std::optional(cut(pieces_.end()));
}

}  // namespace tidemark::wire
