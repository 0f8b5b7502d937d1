#pragma once

/// Requests that wait for something by its key, with a longest time.

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "api/waiting/position_waiters.hpp"
#include "base/result.hpp"

namespace tidemark::api {

/// Bounds:   at most `kWaitersMax` at once, each for PositionWaiters::kPatienceMax; more are
///           Overloaded.
/// Threads:  any. A waiter is called without the lock, by the call that ends its wait.
template <class Key>
class WaitingList {
 public:
  using Clock = PositionWaiters::Clock;
  using Waiter = PositionWaiters::Waiter;

  static constexpr std::size_t kWaitersMax = 10'000;  // a map node and a closure each

  /// Takes the waiter, unless `there` says that the awaited thing has come; `there` is called with
  /// the lock. Nothing if the waiter was taken; otherwise the caller keeps the waiter, and must
  /// call it with the returned status.
  template <class There>
  std::optional<base::Status> add(const Key& key, Clock::time_point now, Waiter& waiter,
                                  There&& there) {
    const std::lock_guard lock(mutex_);
    if (there()) return base::ok;
    if (closed_) return stopping();
    if (waiting_.size() >= kWaitersMax) {
      return base::Error{base::ErrorCode::Overloaded,
                         "too many requests are waiting for a position; try again later"};
    }
    assert(waiter);
    waiting_.emplace(key, Waiting{now + PositionWaiters::kPatienceMax, std::move(waiter)});
    return std::nullopt;
  }

  /// Each key that a request waits for, once, in order.
  [[nodiscard]] std::vector<Key> keys() const {
    const std::lock_guard lock(mutex_);
    std::vector<Key> keys;
    for (auto at = waiting_.begin(); at != waiting_.end(); at = waiting_.upper_bound(at->first)) {
      keys.push_back(at->first);
    }
    return keys;
  }

  /// Ends the waits between the two iterators that `select` returns; `select` is called with the
  /// lock.
  template <class Select>
  void come(Select&& select) {
    std::vector<Waiter> ready;
    {
      const std::lock_guard lock(mutex_);
      const auto [begin, end] = select(waiting_);
      for (auto at = begin; at != end; ++at) ready.push_back(std::move(at->second.waiter));
      waiting_.erase(begin, end);
    }
    for (const auto& waiter : ready) waiter(base::ok);
  }

  /// As PositionWaiters::expire.
  std::optional<Clock::time_point> expire(Clock::time_point now) {
    std::vector<Waiter> late;
    std::optional<Clock::time_point> next;
    {
      const std::lock_guard lock(mutex_);
      late = take_late(now);
      for (const auto& [key, waiting] : waiting_) {
        next = std::min(next.value_or(waiting.deadline), waiting.deadline);
      }
    }
    for (const auto& waiter : late) {
      waiter(base::Error{base::ErrorCode::TimedOut, "the position was not visible within 10 s"});
    }
    return next;
  }

  /// As PositionWaiters::close.
  void close() {
    std::vector<Waiter> all;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      all = take_late(Clock::time_point::max());
    }
    for (const auto& waiter : all) waiter(stopping());
  }

 private:
  struct Waiting {
    Clock::time_point deadline;
    Waiter waiter;
  };

  static base::Error stopping() {
    return {base::ErrorCode::Unavailable, "the service is stopping"};
  }
  /// Takes out the waiters whose deadline is not after `now`. The lock must be held.
  std::vector<Waiter> take_late(Clock::time_point now) {
    std::vector<Waiter> late;
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      if (at->second.deadline > now) {
        ++at;
        continue;
      }
      late.push_back(std::move(at->second.waiter));
      at = waiting_.erase(at);
    }
    return late;
  }

  mutable std::mutex mutex_;
  bool closed_ = false;
  std::multimap<Key, Waiting> waiting_;
};

}  // namespace tidemark::api
