#include "api/waiting/stream_waiters.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;

Error stopping() { return {ErrorCode::Unavailable, "the service is stopping"}; }

}  // namespace

bool StreamWaiters::knows(const query::Position& position) const noexcept {
  const auto* entry = std::get_if<query::StreamPosition>(&position);
  return entry == nullptr || entry->shard < shards_;
}

void StreamWaiters::add(const query::Position& position, Clock::time_point now, Waiter waiter) {
  const auto* entry = std::get_if<query::StreamPosition>(&position);
  if (entry == nullptr) {
    sequences_.add(position, now, std::move(waiter));
    return;
  }
  auto at_once = take_in(*entry, now, waiter);
  if (at_once) {
    waiter(*std::move(at_once));
  } else {
    wake_();
  }
}

std::optional<base::Status> StreamWaiters::take_in(const query::StreamPosition& entry,
                                                   Clock::time_point now, Waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (closed_) return stopping();
  if (waiting_.size() >= kWaitersMax) {
    return Error{ErrorCode::Overloaded, "too many requests wait for a position"};
  }
  waiting_.emplace(entry, Waiting{now + kPatienceMax, std::move(waiter)});
  return std::nullopt;
}

std::vector<query::StreamPosition> StreamWaiters::entries() const {
  const std::lock_guard lock(mutex_);
  std::vector<query::StreamPosition> entries;
  for (auto at = waiting_.begin(); at != waiting_.end(); at = waiting_.upper_bound(at->first)) {
    entries.push_back(at->first);
  }
  return entries;
}

void StreamWaiters::looked(std::uint64_t batch, const Resolve& resolve) {
  const auto asked = entries();
  if (asked.empty()) return;
  const auto batches = resolve(asked);
  if (!batches) return;
  std::vector<Waiter> ready;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (!(*batches)[i] || *(*batches)[i] > batch) continue;
      const auto [begin, end] = waiting_.equal_range(asked[i]);
      for (auto at = begin; at != end; ++at) ready.push_back(std::move(at->second.waiter));
      waiting_.erase(begin, end);
    }
  }
  for (const auto& waiter : ready) waiter(base::ok);
}

std::vector<StreamWaiters::Waiter> StreamWaiters::take_late(Clock::time_point now) {
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

std::optional<StreamWaiters::Clock::time_point> StreamWaiters::expire(Clock::time_point now) {
  std::vector<Waiter> late;
  auto next = sequences_.expire(now);
  {
    const std::lock_guard lock(mutex_);
    late = take_late(now);
    for (const auto& [entry, waiting] : waiting_) {
      next = std::min(next.value_or(waiting.deadline), waiting.deadline);
    }
  }
  for (const auto& waiter : late) {
    waiter(Error{ErrorCode::TimedOut, "the position was not visible within 10 s"});
  }
  return next;
}

void StreamWaiters::close() {
  sequences_.close();
  std::vector<Waiter> all;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    all = take_late(Clock::time_point::max());
  }
  for (const auto& waiter : all) waiter(stopping());
}

}  // namespace tidemark::api
