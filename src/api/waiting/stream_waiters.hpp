#pragma once

/// Requests that wait for a position where a queue stands before the ledger: a sequence, or the
/// entry of the queue that a receipt named.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "api/waiting/position_waiters.hpp"
#include "api/waiting/sequence_waiters.hpp"

namespace tidemark::api {

/// Bounds:   `kWaitersMax` of each kind at once, each for `kPatienceMax`; more are Overloaded.
/// Threads:  any; `looked` from one, which follows the ledger. A waiter is called from `add`,
///           `reached`, `looked`, `expire` or `close`.
class StreamWaiters final : public PositionWaiters {
 public:
  static constexpr std::size_t kWaitersMax = SequenceWaiters::kWaitersMax;

  /// For each entry the place, in the order of commits, of the batch that took it; nothing where
  /// none has. Called by who calls `looked`; may block.
  using Resolve = std::function<base::Result<std::vector<std::optional<std::uint64_t>>>(
      std::span<const query::StreamPosition>)>;

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
  struct Waiting {
    Clock::time_point deadline;
    Waiter waiter;
  };
  using ByEntry = std::multimap<query::StreamPosition, Waiting>;

  std::optional<base::Status> take_in(const query::StreamPosition& entry, Clock::time_point now,
                                      Waiter& waiter);
  [[nodiscard]] std::vector<query::StreamPosition> entries() const;
  /// The lock is held.
  std::vector<Waiter> take_late(Clock::time_point now);

  const std::uint32_t shards_;
  const std::function<void()> wake_;
  SequenceWaiters sequences_;
  mutable std::mutex mutex_;  // guards the rest
  bool closed_ = false;
  ByEntry waiting_;
};

}  // namespace tidemark::api
