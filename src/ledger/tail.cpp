#include "ledger/tail.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/check.hpp"

namespace tidemark::ledger {

// Rows are copied into raw memory and never destroyed one by one.
static_assert(std::is_trivially_copyable_v<StoredRow> &&
              std::is_trivially_destructible_v<StoredRow>);

TailBlock::TailBlock(event::ProjectId project, Sequence first, std::shared_ptr<StoredRow[]> rows)
    : project_(project), first_(first), rows_(std::move(rows)) {}

std::span<const StoredRow> TailBlock::rows(Sequence end) const {
  if (end <= first_) return {};
  // An older reader may see rows_end_ before or after it was lowered: its own end is below both.
  const std::size_t most = rows_end_.load(std::memory_order_relaxed);
  return {rows_.get(), static_cast<std::size_t>(std::min<Sequence>(end - first_, most))};
}

TailWriter::TailWriter(Sequence begin)
    : blocks_(std::make_shared<const Tail::Blocks>()), begin_(begin), end_(begin) {}

void TailWriter::append(std::span<const StoredRow> rows, const std::shared_ptr<const void>& owner,
                        std::size_t owner_bytes, event::ProjectId project) {
  if (rows.empty()) return;
  TIDEMARK_CHECK(rows.front().sequence == end_);
  TIDEMARK_CHECK(rows.back().sequence == end_ + rows.size() - 1);
  const bool counted =
      last_ != nullptr && !last_->owners_.empty() && last_->owners_.back() == owner;
  while (!rows.empty()) {
    if (last_ == nullptr || last_->count_ == TailBlock::kRowsMax || last_->project_ != project) {
      begin_block(project);
    }
    const auto part = rows.first(std::min(rows.size(), TailBlock::kRowsMax - last_->count_));
    std::uninitialized_copy(part.begin(), part.end(), last_->rows_.get() + last_->count_);
    last_->count_ += part.size();
    if (last_->owners_.empty() || last_->owners_.back() != owner) last_->owners_.push_back(owner);
    block_bytes_.back() += part.size() * sizeof(StoredRow);
    memory_bytes_ += part.size() * sizeof(StoredRow);
    end_ += part.size();
    rows = rows.subspan(part.size());
  }
  if (counted) return;
  block_bytes_.back() += owner_bytes;
  memory_bytes_ += owner_bytes;
}

void TailWriter::begin_block(event::ProjectId project) {
  if (last_ != nullptr) last_->rows_end_.store(last_->count_, std::memory_order_relaxed);
  const auto room = memory_.take(TailBlock::kRowsMax * sizeof(StoredRow));
  // Raw memory: rows come to be in it as they are copied.
  std::shared_ptr<StoredRow[]> rows(room, reinterpret_cast<StoredRow*>(room.get()));
  last_ = std::make_shared<TailBlock>(project, end_, std::move(rows));
  auto blocks = std::make_shared<Tail::Blocks>(*blocks_);
  blocks->push_back(last_);
  blocks_ = std::move(blocks);
  block_bytes_.push_back(0);
}

void TailWriter::drop_below(Sequence sequence) {
  TIDEMARK_CHECK(sequence <= end_);
  begin_ = std::max(begin_, sequence);
  std::size_t dropped = 0;
  while (dropped < blocks_->size()) {
    const Sequence block_end =
        dropped + 1 < blocks_->size() ? (*blocks_)[dropped + 1]->first() : end_;
    if (block_end > begin_) break;
    memory_bytes_ -= block_bytes_[dropped];
    ++dropped;
  }
  if (dropped == 0) return;
  const auto count = static_cast<std::ptrdiff_t>(dropped);
  blocks_ = std::make_shared<const Tail::Blocks>(blocks_->begin() + count, blocks_->end());
  block_bytes_.erase(block_bytes_.begin(), block_bytes_.begin() + count);
  if (blocks_->empty()) last_.reset();
}

Tail TailWriter::snapshot() const { return {.blocks = blocks_, .begin = begin_, .end = end_}; }

}  // namespace tidemark::ledger
