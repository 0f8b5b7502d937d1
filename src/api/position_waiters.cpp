#include "api/position_waiters.hpp"

#include <utility>
#include <vector>

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;

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
      at_once = Error{ErrorCode::Overloaded, "too many requests wait for a position"};
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

void PositionWaiters::expire(Clock::time_point now) {
  std::vector<Waiter> late;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = waiting_.begin(); at != waiting_.end();) {
      if (at->second.deadline > now) {
        ++at;
        continue;
      }
      late.push_back(std::move(at->second.waiter));
      at = waiting_.erase(at);
    }
  }
  for (const auto& waiter : late) {
    waiter(Error{ErrorCode::TimedOut, "the position was not visible within 10 s"});
  }
}

void PositionWaiters::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  expire(Clock::time_point::max());
}

}  // namespace tidemark::api
