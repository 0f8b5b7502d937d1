#include "api/waiting/stream_waiters.hpp"

#include <algorithm>
#include <cassert>
#include <utility>
#include <variant>

namespace tidemark::api {

bool StreamWaiters::knows(const query::Position& position) const noexcept {
  const auto* entry = std::get_if<event::EntryId>(&position);
  return entry == nullptr || entry->shard < shards_;
}

void StreamWaiters::add(const query::Position& position, Clock::time_point now, Waiter waiter) {
  const auto* entry = std::get_if<event::EntryId>(&position);
  if (entry == nullptr) {
    sequences_.add(position, now, std::move(waiter));
    return;
  }
  auto at_once = entries_.add(*entry, now, waiter, [] { return false; });
  if (at_once) {
    waiter(*std::move(at_once));
  } else {
    wake_();
  }
}

void StreamWaiters::looked(std::uint64_t batch, const Resolve& resolve) {
  const auto asked = entries_.keys();
  if (asked.empty()) return;
  const auto batches = resolve(asked);
  if (!batches) return;
  assert(batches->size() == asked.size());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (!(*batches)[i] || *(*batches)[i] > batch) continue;
    entries_.come([&](auto& waiting) { return waiting.equal_range(asked[i]); });
  }
}

std::optional<StreamWaiters::Clock::time_point> StreamWaiters::expire(Clock::time_point now) {
  const auto next = sequences_.expire(now);
  const auto of_entries = entries_.expire(now);
  if (!next || !of_entries) return next ? next : of_entries;
  return std::min(*next, *of_entries);
}

void StreamWaiters::close() {
  sequences_.close();
  entries_.close();
}

}  // namespace tidemark::api
