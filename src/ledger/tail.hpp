#pragma once

/// Committed events that are not in the archive yet, in commit order.
///
/// One thread appends, any number of threads read. The rows and bytes of a block never move, and
/// are only added to. A reader reads no row beyond the `end` of its Tail, and it got that Tail
/// under a lock: no other synchronisation is needed.

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "event/event.hpp"
#include "event/stored_rows.hpp"
#include "ledger/tail_memory.hpp"

namespace tidemark::ledger {

using event::Sequence;
using event::StoredRow;

/// At most `kRowsMax` rows, contiguous in sequence, of any projects.
///
/// Cost: the memory of all rows and runs is reserved at once and touched one by one; if projects
///       alternate, each turn costs 8 bytes.
class TailBlock {
 public:
  static constexpr std::size_t kRowsMax = 65'536;  // a vector of ~16 blocks is one million events

  /// `room` has kBytes.
  TailBlock(Sequence first, const std::shared_ptr<std::byte[]>& room);

  [[nodiscard]] Sequence first() const { return first_; }
  /// Calls `visit(ProjectRows)` for the rows of [from, end) in this block, in as few pieces as
  /// possible. `end` must not exceed that of the Tail that led here.
  template <class Visit>
  void for_each_piece(Sequence from, Sequence end, Visit&& visit) const {
    const std::size_t rows_end = index_of(end);
    const std::size_t runs = runs_count_.load(std::memory_order_acquire);
    for (std::size_t run = 0; run < runs && runs_[run].begin < rows_end; ++run) {
      const std::size_t next = run + 1 < runs ? runs_[run + 1].begin : kRowsMax;
      const std::size_t begin = std::max<std::size_t>(runs_[run].begin, index_of(from));
      const std::size_t stop = std::min(next, rows_end);
      if (begin >= stop) continue;
      visit(event::ProjectRows{runs_[run].project, {rows_.get() + begin, stop - begin}});
    }
  }

 private:
  friend class TailWriter;
  /// Rows of one project; the run ends where the next one begins.
  struct Run {
    event::ProjectId project;
    std::uint32_t begin;
  };
  static constexpr std::size_t kBytes = kRowsMax * (sizeof(StoredRow) + sizeof(Run));

  [[nodiscard]] std::size_t index_of(Sequence sequence) const {
    return sequence <= first_ ? 0 : std::min<Sequence>(sequence - first_, kRowsMax);
  }

  Sequence first_;
  std::shared_ptr<StoredRow[]> rows_;       // the first count_ are constructed
  std::shared_ptr<Run[]> runs_;             // the first runs_count_ are constructed
  std::atomic<std::size_t> runs_count_{0};  // readers may see more runs than their end covers
  std::size_t count_ = 0;                   // used by the writer only
  std::vector<std::shared_ptr<const void>> owners_;  // the writer's; keep the bytes alive
};

/// What a reader holds. It stays readable as long as it is held.
struct Tail {
  using Blocks = std::vector<std::shared_ptr<const TailBlock>>;
  std::shared_ptr<const Blocks> blocks;  ///< in order; never null
  Sequence begin = 0;
  Sequence end = 0;

  /// Calls `visit(event::ProjectRows)` for the existing rows of [from, to), in order.
  template <class Visit>
  void for_each_piece(Sequence from, Sequence to, Visit&& visit) const {
    for (const auto& block : *blocks) block->for_each_piece(from, std::min(to, end), visit);
  }
};

/// Threads: one thread (the commit thread) calls everything here.
class TailWriter {
 public:
  explicit TailWriter(Sequence begin);

  /// Memory for the bytes of a group that may be appended next.
  [[nodiscard]] std::shared_ptr<std::byte[]> room_for(std::size_t bytes) {
    return memory_.take(bytes);
  }
  /// Adds rows whose views point into `owner`, in order of sequence; the first must be `end()`.
  void append(const event::ProjectRows& piece, const std::shared_ptr<const void>& owner,
              std::size_t owner_bytes);
  /// Drops whole blocks below `sequence` (at most `end()`). A block that contains `sequence` stays;
  /// begin moves.
  void drop_below(Sequence sequence);

  [[nodiscard]] Tail snapshot() const;
  [[nodiscard]] Sequence begin() const { return begin_; }
  [[nodiscard]] Sequence end() const { return end_; }
  /// The memory of the rows and of what they point into. An owner of several pieces counts once if
  /// they were appended one after another.
  [[nodiscard]] std::size_t memory_bytes() const { return memory_bytes_; }
  /// The memory that is kept for the next use, in addition to that.
  [[nodiscard]] std::size_t spare_bytes() const {
    return memory_.spares() * TailMemory::kPieceBytes;
  }

 private:
  void begin_block();
  /// Makes room for one more row of the project; returns how many fit.
  std::size_t begin_rows(event::ProjectId project);
  void count_bytes(std::size_t bytes);

  TailMemory memory_;
  std::shared_ptr<const Tail::Blocks> blocks_;
  std::shared_ptr<TailBlock> last_;
  std::vector<std::size_t> block_bytes_;
  Sequence begin_;
  Sequence end_;
  std::size_t memory_bytes_ = 0;
};

}  // namespace tidemark::ledger
