#include "wire/row_cutter.hpp"

#include <algorithm>
#include <cstring>
#include <span>
#include <utility>

#include "wire/event_collector.hpp"
#include "wire/reader.hpp"

namespace tidemark::wire {

// Room for the start of a row that is still within bounds, and then enough for one read to matter.
static constexpr std::size_t kPieceBytes = 4 * kRowBytesMax;

const char* line_end(const char* begin, const char* end) {
  if (begin == end) return end;
  const void* const found = std::memchr(begin, '\n', static_cast<std::size_t>(end - begin));
  return found == nullptr ? end : static_cast<const char*>(found);
}

RowCutter::RowCutter(std::unique_ptr<ByteSource> source, FindRowEnd find_end)
    : source_(std::move(source)), find_end_(find_end) {}

/// Moves what is left into a new piece and reads on until that is full. A source that fails has
/// ended: its error is told behind the rows that came before it.
void RowCutter::fill() {
  const bool first = piece_ == nullptr;
  std::shared_ptr<char[]> piece(new char[kPieceBytes + kBodyPaddingBytes]);
  std::size_t size = rest().size();
  if (size > 0) std::memcpy(piece.get(), at_, size);
  piece_ = std::move(piece);
  at_ = piece_.get();
  end_ = at_ + size;
  while (size < kPieceBytes) {
    const auto bytes = source_->read(std::span(piece_.get() + size, kPieceBytes - size));
    if (!bytes) failure_ = bytes.error();
    source_ended_ = !bytes || *bytes == 0;
    if (source_ended_) break;
    size += *bytes;
    end_ = at_ + size;
  }
  if (first) at_ = without_mark(rest()).data();
}

RowCutter::Row RowCutter::cut(const char* row_end) {
  const std::string_view text{at_, row_end};
  Row row{.text = text, .line = line_};
  line_ += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')) + 1;
  at_ = std::min(row_end + 1, end_);
  if (text.ends_with('\r')) row.text.remove_suffix(1);
  return row;
}

void RowCutter::shorten_to_line(Row& row) {
  const char* const begin = row.text.data();
  const char* const first_end = line_end(begin, begin + row.text.size());
  if (first_end == begin + row.text.size()) return;
  at_ = begin;
  line_ = row.line;
  row = cut(first_end);
}

/// The start of the row's first line; the rest of that line is passed, in as many pieces as it has.
RowCutter::Row RowCutter::too_long() {
  const std::string_view start = rest().substr(0, kRowBytesMax);
  long_start_ = start.substr(0, start.find('\n'));
  const Row row{.text = long_start_, .line = line_++, .too_long = true};
  for (;;) {
    const char* const end = line_end(at_, end_);
    const bool found = end != end_;
    at_ = found ? end + 1 : end_;
    if (found || source_ended_) return row;
    fill();
  }
}

base::Result<std::optional<RowCutter::Row>> RowCutter::next() {
  for (;;) {
    const char* const row_end = at_ == end_ ? end_ : find_end_(at_, end_);
    const auto bytes = static_cast<std::size_t>(row_end - at_);
    if (bytes > kRowBytesMax) return std::optional(too_long());
    if (row_end != end_) return std::optional(cut(row_end));
    if (source_ended_) break;
    fill();
  }
  if (failure_) return *failure_;  // what is left is no whole row
  if (at_ == end_) return std::optional<Row>{};
  return std::optional(cut(end_));
}

}  // namespace tidemark::wire
