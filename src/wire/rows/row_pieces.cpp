#include "wire/rows/row_pieces.hpp"

#include <cassert>
#include <cstring>
#include <span>
#include <utility>

#include "wire/event_collector.hpp"
#include "wire/reader.hpp"

namespace tidemark::wire {

// Room for the start of a row that is still within bounds, and then enough for one read to matter.
static constexpr std::size_t kPieceBytes = 4 * kRowBytesMax;

void RowPieces::fill() {
  const bool first = piece_ == nullptr;
  std::shared_ptr<char[]> piece(new char[kPieceBytes + kBodyPaddingBytes]);
  std::size_t size = rest().size();
  assert(size <= kPieceBytes);
  if (size > 0) std::memcpy(piece.get(), at_, size);
  piece_ = std::move(piece);
  at_ = piece_.get();
  end_ = at_ + size;
  while (size < kPieceBytes) {
    const auto bytes = source_->read(std::span(piece_.get() + size, kPieceBytes - size));
    if (!bytes) failure_ = bytes.error();
    ended_ = !bytes || *bytes == 0;
    if (ended_) break;
    assert(*bytes <= kPieceBytes - size);
    size += *bytes;
    end_ = at_ + size;
  }
  if (first) at_ = without_mark(rest()).data();
}

}  // namespace tidemark::wire
