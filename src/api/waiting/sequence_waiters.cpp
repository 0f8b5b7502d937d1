#include "api/waiting/sequence_waiters.hpp"

#include <algorithm>
#include <cassert>
#include <utility>
#include <variant>

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;

}  // namespace

bool SequenceWaiters::knows(const query::Position& position) const noexcept {
  const auto* told = std::get_if<event::Sequence>(&position);
  return told != nullptr && query::tag_of(*told) == tag_;
}

void SequenceWaiters::add(const query::Position& position, Clock::time_point now, Waiter waiter) {
  const auto* told = std::get_if<event::Sequence>(&position);
  if (told == nullptr) {
    waiter(Error{ErrorCode::InvalidInput,
                 "the position is one of a queue, but this service has no queue"});
    return;
  }
  if (!knows(position)) {
    waiter(Error{ErrorCode::InvalidInput,
                 "the position is older than an accepted loss of events and no longer valid"});
    return;
  }
  const auto sequence = query::without_tag(*told);
  auto at_once = waiting_.add(sequence, now, waiter, [&] { return sequence <= reached_; });
  if (at_once) waiter(*std::move(at_once));
}

void SequenceWaiters::reached(event::Sequence position) {
  assert(query::tag_of(position) == 0);
  // Only one thread publishes: no other thread raises it.
  reached_ = std::max(reached_.load(), position);
  waiting_.come(
      [&](auto& waiting) { return std::pair(waiting.begin(), waiting.upper_bound(position)); });
}

}  // namespace tidemark::api
