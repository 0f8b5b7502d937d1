#include "api/position_waiters.hpp"

#include <algorithm>
#include <utility>

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;

Error stopping() { return {ErrorCode::Unavailable, "the service is stopping"}; }

}  // namespace

void PositionWaiters::add(event::Sequence position, Clock::time_point now, Waiter waiter) {
  base::Status at_once = base::ok;
  {
    const std::lock_guard lock(mutex_);
    if (position > reached_) {
      if (!closed_ && waiting_.size() < kWaitersMax) {
        waiting_.emplace(position, Waiting{now + kPatienceMax, std::move(waiter)});
        return;
      }
      at_once = closed_ ? stopping()
                        : Error{ErrorCode::Overloaded, "too many requests wait for a position"};
    }
  }
  waiter(std::move(at_once));
}

void PositionWaiters::reached(event::Sequence position) {
  std::vector<Waiter> ready;
  {
    const std::lock_guard lock(mutex_);
    reached_ = std::max(reached_, position);
    const auto end = waiting_.upper_bound(reached_);
    for (auto at = waiting_.begin(); at != end; ++at) ready.push_back(std::move(at->second.waiter));
    waiting_.erase(waiting_.begin(), end);
  }
  for (const auto& waiter : ready) waiter(base::ok);
}

std::vector<PositionWaiters::Waiter> PositionWaiters::take_late(Clock::time_point now) {
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

std::optional<PositionWaiters::Clock::time_point> PositionWaiters::expire(Clock::time_point now) {
  std::vector<Waiter> late;
  std::optional<Clock::time_point> next;
  {
    const std::lock_guard lock(mutex_);
    late = take_late(now);
    for (const auto& [position, waiting] : waiting_) {
      next = std::min(next.value_or(waiting.deadline), waiting.deadline);
    }
  }
  for (const auto& waiter : late) {
    waiter(Error{ErrorCode::TimedOut, "the position was not visible within 10 s"});
  }
  return next;
}

void PositionWaiters::close() {
  std::vector<Waiter> all;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    all = take_late(Clock::time_point::max());
  }
  for (const auto& waiter : all) waiter(stopping());
}

}  // namespace tidemark::api
