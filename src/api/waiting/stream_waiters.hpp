#pragma once

/// Requests that wait for a position if there is a queue before the ledger: for a sequence, or for
/// the queue entry that a receipt named.

#include <cassert>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "api/waiting/position_waiters.hpp"
#include "api/waiting/sequence_waiters.hpp"
#include "api/waiting/waiting_list.hpp"
#include "event/entry_id.hpp"

namespace tidemark::api {

/// Bounds:   as WaitingList, for each kind.
/// Threads:  any; `looked` from one thread, which follows the ledger. A waiter is called from
///           `add`, `reached`, `looked`, `expire` or `close`.
class StreamWaiters final : public PositionWaiters {
 public:
  /// For each entry the place, in commit order, of the batch that took it; nothing if none has. The
  /// thread that calls `looked` calls it; it may block.
  using Resolve = std::function<base::Result<std::vector<std::optional<std::uint64_t>>>(
      std::span<const event::EntryId>)>;

  /// `wake`: a request waits, so the ledger should be looked at. Any thread may call it; it must
  /// return at once.
  StreamWaiters(std::uint32_t shards, std::function<void()> wake)
      : shards_(shards), wake_(std::move(wake)) {
    assert(shards_ > 0 && wake_);
  }

  [[nodiscard]] bool knows(const query::Position& position) const noexcept override;
  void add(const query::Position& position, Clock::time_point now, Waiter waiter) override;
  std::optional<Clock::time_point> expire(Clock::time_point now) override;
  void close() override;

  /// See SequenceWaiters.
  void reached(event::Sequence position) { sequences_.reached(position); }
  /// All batches up to `batch` are visible. If entries cannot be resolved now, the requests for
  /// them keep waiting.
  void looked(std::uint64_t batch, const Resolve& resolve);

 private:
  const std::uint32_t shards_;
  const std::function<void()> wake_;
  SequenceWaiters sequences_;
  WaitingList<event::EntryId> entries_;
};

}  // namespace tidemark::api
