#pragma once

/// Requests that wait until a position is visible (`?after=`), without holding a thread.

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "event/event.hpp"

namespace tidemark::api {

/// Bounds:   `waiters_max` at once, each for `patience_max`; more are Overloaded.
/// Threads:  any.
class PositionWaiters {
 public:
  using Clock = std::chrono::steady_clock;
  /// Ok when the position is visible; TimedOut, Overloaded, Unavailable when the service stops.
  /// Clients may read the messages.
  using Waiter = std::function<void(base::Status)>;

  /// The answer is promised within 10 s; what is left is for its way.
  static constexpr std::chrono::milliseconds kPatienceMax{9'900};
  static constexpr std::size_t kWaitersMax = 10'000;  // a map node and a closure each

  /// Calls `waiter` once: here, if `position` was reached already, else from `reached` or `expire`.
  void add(event::Sequence position, Clock::time_point now, Waiter waiter);
  /// Everything below `position` is visible. Called by whoever publishes.
  void reached(event::Sequence position);
  /// Sends away whoever has waited long enough, and says when to call it again: nobody who comes
  /// meanwhile has to go before that. Nothing where nobody waits.
  std::optional<Clock::time_point> expire(Clock::time_point now);
  /// Sends everybody away, and whoever comes later, for the end.
  void close();

 private:
  struct Waiting {
    Clock::time_point deadline;
    Waiter waiter;
  };

  /// Takes out those whose deadline is not after `now`. The lock is held.
  std::vector<Waiter> take_late(Clock::time_point now);

  std::mutex mutex_;
  event::Sequence reached_ = 0;
  bool closed_ = false;
  std::multimap<event::Sequence, Waiting> waiting_;
};

}  // namespace tidemark::api
