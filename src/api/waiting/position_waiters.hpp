#pragma once

/// Who waits until a position is visible (`?after=`), without holding a thread.

#include <chrono>
#include <functional>
#include <optional>

#include "base/result.hpp"
#include "query/position.hpp"

namespace tidemark::api {

/// Threads:  any. No call blocks.
class PositionWaiters {
 public:
  using Clock = std::chrono::steady_clock;
  /// Ok when the position is visible; InvalidInput where `knows` says no; TimedOut, Overloaded,
  /// Unavailable when the service stops or cannot find out. Clients may read the messages.
  using Waiter = std::function<void(base::Status)>;

  /// The answer is promised within 10 s; what is left is for its way.
  static constexpr std::chrono::milliseconds kPatienceMax{9'900};

  virtual ~PositionWaiters() = default;

  /// Whether a receipt of this service can have told such a position. Says nothing of when it will
  /// be visible.
  [[nodiscard]] virtual bool knows(const query::Position& position) const noexcept = 0;
  /// Whether everything is visible before its position is told. Then one that lies beyond what is
  /// visible was told by another history, of which this one knows nothing: waiting is of no use.
  [[nodiscard]] virtual bool tells_what_is_visible() const noexcept { return false; }
  /// Calls `waiter` once, from any thread: here, if the position is visible already, else later;
  /// it hands its answer over and returns.
  virtual void add(const query::Position& position, Clock::time_point now, Waiter waiter) = 0;
  /// Sends away whoever has waited for `kPatienceMax`, and says when to call it again: nobody who
  /// comes meanwhile has to go before that. Nothing where nobody waits.
  virtual std::optional<Clock::time_point> expire(Clock::time_point now) = 0;
  /// Sends everybody away, and whoever comes later, for the end.
  virtual void close() = 0;
};

}  // namespace tidemark::api
