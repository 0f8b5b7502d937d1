#pragma once

/// Requests that wait for a sequence: what the embedded profile tells as positions.

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "api/waiting/position_waiters.hpp"
#include "event/event.hpp"

namespace tidemark::api {

/// Bounds:   `kWaitersMax` at once, each for `kPatienceMax`; more are Overloaded.
/// Threads:  any. A waiter is called from `add`, `reached`, `expire` or `close`.
class SequenceWaiters final : public PositionWaiters {
 public:
  static constexpr std::size_t kWaitersMax = 10'000;  // a map node and a closure each

  /// Positions are told with this tag from now on, and no others are known. Before all else.
  void begin_epoch(query::PositionTag tag) { tag_ = tag; }

  [[nodiscard]] bool knows(const query::Position& position) const noexcept override;
  [[nodiscard]] bool tells_what_is_visible() const noexcept override { return true; }
  void add(const query::Position& position, Clock::time_point now, Waiter waiter) override;
  std::optional<Clock::time_point> expire(Clock::time_point now) override;
  void close() override;

  /// Everything below `position` is visible. Called by whoever publishes.
  void reached(event::Sequence position);

 private:
  struct Waiting {
    Clock::time_point deadline;
    Waiter waiter;
  };

  /// Nothing where `waiter` was taken in; else what it has to hear.
  std::optional<base::Status> take_in(event::Sequence position, Clock::time_point now,
                                      Waiter& waiter);
  /// Takes out those whose deadline is not after `now`. The lock is held.
  std::vector<Waiter> take_late(Clock::time_point now);

  query::PositionTag tag_ = 0;
  std::mutex mutex_;
  event::Sequence reached_ = 0;
  bool closed_ = false;
  std::multimap<event::Sequence, Waiting> waiting_;
};

}  // namespace tidemark::api
