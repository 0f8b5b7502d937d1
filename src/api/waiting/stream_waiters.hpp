#pragma once

/// Requests that wait for a position where a queue stands before the ledger: a sequence, or the
/// entry of the queue that a receipt named.

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

/// Bounds:   WaitingList's, of each kind.
/// Threads:  any; `looked` from one, which follows the ledger. A waiter is called from `add`,
///           `reached`, `looked`, `expire` or `close`.
class StreamWaiters final : public PositionWaiters {
 public:
  /// For each entry the place, in the order of commits, of the batch that took it; nothing where
  /// none has. Called by who calls `looked`; may block.
  using Resolve = std::function<base::Result<std::vector<std::optional<std::uint64_t>>>(
      std::span<const event::EntryId>)>;

  /// `wake`: somebody waits, so that the ledger is worth a look. Called from any thread; must
  /// return at once.
  StreamWaiters(std::uint32_t shards, std::function<void()> wake)
      : shards_(shards), wake_(std::move(wake)) {}

  [[nodiscard]] bool knows(const query::Position& position) const noexcept override;
  void add(const query::Position& position, Clock::time_point now, Waiter waiter) override;
  std::optional<Clock::time_point> expire(Clock::time_point now) override;
  void close() override;

  /// See SequenceWaiters.
  void reached(event::Sequence position) { sequences_.reached(position); }
  /// All batches up to `batch` are visible. Where entries cannot be resolved now, whoever waits for
  /// them goes on waiting.
  void looked(std::uint64_t batch, const Resolve& resolve);

 private:
  const std::uint32_t shards_;
  const std::function<void()> wake_;
  SequenceWaiters sequences_;
  WaitingList<event::EntryId> entries_;
};

}  // namespace tidemark::api
