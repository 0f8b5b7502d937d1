#include "ledger/tail.hpp"

#include <algorithm>
#include <cassert>
#include <type_traits>
#include <utility>

#include "base/check.hpp"

namespace tidemark::ledger {

// Rows are copied into raw memory and never destroyed one by one.
static_assert(std::is_trivially_copyable_v<StoredRow> &&
              std::is_trivially_destructible_v<StoredRow>);

TailBlock::TailBlock(Sequence first, const std::shared_ptr<std::byte[]>& room)
    // Raw memory: rows and runs come to be in it as they are copied.
    : first_(first),
      rows_(room, reinterpret_cast<StoredRow*>(room.get())),
      runs_(room, reinterpret_cast<Run*>(room.get() + kRowsMax * sizeof(StoredRow))) {
  static_assert(kRowsMax * sizeof(StoredRow) % alignof(Run) == 0);
  assert(room != nullptr);
  assert(reinterpret_cast<std::uintptr_t>(room.get()) % alignof(StoredRow) == 0);
}

TailWriter::TailWriter(Sequence begin)
    : blocks_(std::make_shared<const Tail::Blocks>()), begin_(begin), end_(begin) {}

void TailWriter::append(const event::ProjectRows& piece, const std::shared_ptr<const void>& owner,
                        std::size_t owner_bytes) {
  auto rows = piece.rows;
  if (rows.empty()) return;
  assert(owner != nullptr);
  TIDEMARK_CHECK(rows.front().sequence == end_);
  TIDEMARK_CHECK(rows.back().sequence == end_ + rows.size() - 1);
  const bool counted =
      last_ != nullptr && !last_->owners_.empty() && last_->owners_.back() == owner;
  while (!rows.empty()) {
    const auto part = rows.first(std::min(rows.size(), begin_rows(piece.project)));
    std::uninitialized_copy(part.begin(), part.end(), last_->rows_.get() + last_->count_);
    assert(!part.empty());
    last_->count_ += part.size();
    if (last_->owners_.empty() || last_->owners_.back() != owner) last_->owners_.push_back(owner);
    count_bytes(part.size() * sizeof(StoredRow));
    end_ += part.size();
    rows = rows.subspan(part.size());
  }
  if (!counted) count_bytes(owner_bytes);
  assert(block_bytes_.size() == blocks_->size());
}

std::size_t TailWriter::begin_rows(event::ProjectId project) {
  if (last_ == nullptr || last_->count_ == TailBlock::kRowsMax) begin_block();
  const std::size_t runs = last_->runs_count_.load(std::memory_order_relaxed);
  assert(last_->count_ < TailBlock::kRowsMax);
  if (runs == 0 || last_->runs_[runs - 1].project != project) {
    assert(runs < TailBlock::kRowsMax);
    std::construct_at(&last_->runs_[runs], project, static_cast<std::uint32_t>(last_->count_));
    last_->runs_count_.store(runs + 1, std::memory_order_release);
    count_bytes(sizeof(TailBlock::Run));
  }
  return TailBlock::kRowsMax - last_->count_;
}

void TailWriter::begin_block() {
  last_ = std::make_shared<TailBlock>(end_, memory_.take(TailBlock::kBytes));
  auto blocks = std::make_shared<Tail::Blocks>(*blocks_);
  blocks->push_back(last_);
  blocks_ = std::move(blocks);
  block_bytes_.push_back(0);
}

void TailWriter::count_bytes(std::size_t bytes) {
  assert(!block_bytes_.empty());
  block_bytes_.back() += bytes;
  memory_bytes_ += bytes;
}

void TailWriter::drop_below(Sequence sequence) {
  TIDEMARK_CHECK(sequence <= end_);
  begin_ = std::max(begin_, sequence);
  std::size_t dropped = 0;
  while (dropped < blocks_->size()) {
    const Sequence block_end =
        dropped + 1 < blocks_->size() ? (*blocks_)[dropped + 1]->first() : end_;
    if (block_end > begin_) break;
    assert(memory_bytes_ >= block_bytes_[dropped]);
    memory_bytes_ -= block_bytes_[dropped];
    ++dropped;
  }
  if (dropped == 0) return;
  const auto count = static_cast<std::ptrdiff_t>(dropped);
  blocks_ = std::make_shared<const Tail::Blocks>(blocks_->begin() + count, blocks_->end());
  block_bytes_.erase(block_bytes_.begin(), block_bytes_.begin() + count);
  if (blocks_->empty()) last_.reset();
  assert(block_bytes_.size() == blocks_->size());
  assert(!blocks_->empty() || memory_bytes_ == 0);
}

Tail TailWriter::snapshot() const {
  assert(begin_ <= end_);
  return {.blocks = blocks_, .begin = begin_, .end = end_};
}

}  // namespace tidemark::ledger
