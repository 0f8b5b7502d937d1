#pragma once

/// Requests that wait, without holding a thread, until a position is visible (`?after=`).

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
  /// Gets Ok when the position is visible; InvalidInput if `knows` is false; TimedOut, Overloaded,
  /// or Unavailable if the service stops or cannot find out. Clients may read the messages.
  using Waiter = std::function<void(base::Status)>;

  /// The answer is promised within 10 s; the rest of that time is for sending it.
  static constexpr std::chrono::milliseconds kPatienceMax{9'900};

  virtual ~PositionWaiters() = default;

  /// Whether a receipt of this service can have told such a position. Says nothing about when the
  /// position will be visible.
  [[nodiscard]] virtual bool knows(const query::Position& position) const noexcept = 0;
  /// Whether everything is visible before its position is told. If so, a position beyond what is
  /// visible belongs to another history, which is unknown here: waiting is useless.
  [[nodiscard]] virtual bool tells_what_is_visible() const noexcept { return false; }
  /// Calls `waiter` once, from any thread: within this call if the position is visible already,
  /// otherwise later. The waiter hands its answer over and returns.
  virtual void add(const query::Position& position, Clock::time_point now, Waiter waiter) = 0;
  /// Ends the waits that have lasted `kPatienceMax`, and returns when to call it again: no wait
  /// that begins meanwhile ends before that. Nothing if there are no waits.
  virtual std::optional<Clock::time_point> expire(Clock::time_point now) = 0;
  /// Ends all waits, present and later ones, because the service stops.
  virtual void close() = 0;
};

}  // namespace tidemark::api
