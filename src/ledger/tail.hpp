#pragma once

/// Committed events that are not in the archive yet, in commit order.
///
/// One thread appends, any number read. A block's rows and bytes never move and are only added to;
/// a reader looks at no row beyond the `end` of the Tail that it was given, and was given it under
/// a lock: that is all the synchronisation there is.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "event/event.hpp"
#include "ledger/tail_memory.hpp"

namespace tidemark::ledger {

using event::Sequence;
using event::StoredRow;

/// At most `kRowsMax` rows of one project, contiguous in sequence.
///
/// Cost: the memory of all rows is reserved at once and touched row by row.
class TailBlock {
 public:
  static constexpr std::size_t kRowsMax = 65'536;  // a vector of ~16 blocks is one million events

  /// `rows` has room for kRowsMax.
  TailBlock(event::ProjectId project, Sequence first, std::shared_ptr<StoredRow[]> rows);

  [[nodiscard]] event::ProjectId project() const { return project_; }
  [[nodiscard]] Sequence first() const { return first_; }
  /// The rows [first(), end) of this block; `end` from the Tail that led here.
  [[nodiscard]] std::span<const StoredRow> rows(Sequence end) const;

 private:
  friend class TailWriter;

  event::ProjectId project_;
  Sequence first_;
  std::shared_ptr<StoredRow[]> rows_;                // the first count_ are made
  std::atomic<std::size_t> rows_end_ = kRowsMax;     // less where another project's block follows
  std::size_t count_ = 0;                            // the writer's own
  std::vector<std::shared_ptr<const void>> owners_;  // the writer's own; keeps the bytes alive
};

/// What a reader holds: it stays readable as long as it is held.
struct Tail {
  using Blocks = std::vector<std::shared_ptr<const TailBlock>>;
  std::shared_ptr<const Blocks> blocks;  ///< in order; never null
  Sequence begin = 0;
  Sequence end = 0;

  /// Calls `visit(std::span<const StoredRow>)` for each contiguous piece of [from, end).
  template <class Visit>
  void for_each_piece(Sequence from, Visit&& visit) const {
    for (const auto& block : *blocks) {
      auto rows = block->rows(end);
      if (rows.empty() || block->first() + rows.size() <= from) continue;
      if (from > block->first()) rows = rows.subspan(from - block->first());
      visit(rows);
    }
  }
};

/// Threads: one thread (the commit thread) calls everything here.
class TailWriter {
 public:
  explicit TailWriter(Sequence begin);

  /// Where the bytes of a group are to be written that may be appended next.
  [[nodiscard]] std::shared_ptr<std::byte[]> room_for(std::size_t bytes) {
    return memory_.take(bytes);
  }
  /// Adds rows whose views point into `owner`, in order of sequence, the first being `end()`.
  void append(std::span<const StoredRow> rows, const std::shared_ptr<const void>& owner,
              std::size_t owner_bytes, event::ProjectId project = event::ProjectId::Default);
  /// Forgets whole blocks below `sequence` (at most `end()`); a block in which it falls stays,
  /// begin moves.
  void drop_below(Sequence sequence);

  [[nodiscard]] Tail snapshot() const;
  [[nodiscard]] Sequence begin() const { return begin_; }
  [[nodiscard]] Sequence end() const { return end_; }
  /// Of rows and of what they point into; an owner of several pieces that were appended one after
  /// the other counts once.
  [[nodiscard]] std::size_t memory_bytes() const { return memory_bytes_; }
  /// Of memory that is kept for the next use, beside that.
  [[nodiscard]] std::size_t spare_bytes() const {
    return memory_.spares() * TailMemory::kPieceBytes;
  }

 private:
  void begin_block(event::ProjectId project);

  TailMemory memory_;
  std::shared_ptr<const Tail::Blocks> blocks_;
  std::shared_ptr<TailBlock> last_;
  std::vector<std::size_t> block_bytes_;
  Sequence begin_;
  Sequence end_;
  std::size_t memory_bytes_ = 0;
};

}  // namespace tidemark::ledger
