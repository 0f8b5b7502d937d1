#include "api/waiting/sequence_waiters.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;

Error stopping() { return {ErrorCode::Unavailable, "the service is stopping"}; }

}  // namespace

bool SequenceWaiters::knows(const query::Position& position) const noexcept {
  const auto* told = std::get_if<event::Sequence>(&position);
  return told != nullptr && query::tag_of(*told) == tag_;
}

void SequenceWaiters::add(const query::Position& position, Clock::time_point now, Waiter waiter) {
  const auto* told = std::get_if<event::Sequence>(&position);
  if (told == nullptr) {
    waiter(Error{ErrorCode::InvalidInput, "the position is of a queue, and there is none here"});
    return;
  }
  if (!knows(position)) {
    waiter(Error{ErrorCode::InvalidInput,
                 "the position is older than an accepted loss of events and no longer valid"});
    return;
  }
  auto at_once = take_in(query::without_tag(*told), now, waiter);
  if (at_once) waiter(*std::move(at_once));
}

std::optional<base::Status> SequenceWaiters::take_in(event::Sequence position,
                                                     Clock::time_point now, Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (position <= reached_) return base::ok;
  if (closed_) return stopping();
  if (waiting_.size() >= kWaitersMax) {
    return Error{ErrorCode::Overloaded, "too many requests wait for a position"};
  }
  waiting_.emplace(position, Waiting{now + kPatienceMax, std::move(waiter)});
  return std::nullopt;
}

void SequenceWaiters::reached(event::Sequence position) {
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

std::vector<SequenceWaiters::Waiter> SequenceWaiters::take_late(Clock::time_point now) {
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

std::optional<SequenceWaiters::Clock::time_point> SequenceWaiters::expire(Clock::time_point now) {
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

void SequenceWaiters::close() {
  std::vector<Waiter> all;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    all = take_late(Clock::time_point::max());
  }
  for (const auto& waiter : all) waiter(stopping());
}

}  // namespace tidemark::api
