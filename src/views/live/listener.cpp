#include "views/live/listener.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "views/live/message.hpp"

namespace tidemark::views::live {
namespace {

/// The cost of a chunk and its place in the queue, beside its text: many small ones must not be
/// free.
constexpr std::size_t kChunkOverhead = 128;

std::size_t bytes_of(const Chunk& chunk) { return chunk.text.size() + kChunkOverhead; }

}  // namespace

Listener::Listener(query::EventFilter filter, event::Sequence from, std::shared_ptr<Counts> counts)
    : filter_(std::move(filter)), from_(from), counts_(std::move(counts)) {
  counts_->listeners += 1;
}

Listener::~Listener() {
  assert(counts_->listeners > 0);
  counts_->listeners -= 1;
  counts_->departures += 1;
}

std::optional<event::Sequence> Listener::begins() {
  const std::lock_guard lock(mutex_);
  begin_told_ = begins_.has_value();
  return begins_;
}

std::string Listener::take() {
  const std::lock_guard lock(mutex_);
  std::string text;
  while (!waiting_.empty()) {
    const Waiting& next = waiting_.front();
    if (next.chunk == nullptr) {
      text += tell_missed(next.missed, next.end);
    } else {
      const std::string& more = next.chunk->text;
      if (!text.empty() && text.size() + more.size() > kTakenBytesMax) break;
      text += more;
      counts_->sent += next.chunk->events;
      assert(waiting_bytes_ >= bytes_of(*next.chunk));
      waiting_bytes_ -= bytes_of(*next.chunk);
    }
    position_ = next.end;
    waiting_.pop_front();
  }
  if (text.empty() && silent_ticks_ >= kHeartbeatTicks)
    text = heartbeat_message(position_, position_tag());
  if (!text.empty()) silent_ticks_ = 0;
  return text;
}

bool Listener::ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}

bool Listener::is_ready() const {
  return ended_ || !waiting_.empty() || silent_ticks_ >= kHeartbeatTicks ||
         (begins_ && !begin_told_);
}

void Listener::when_ready(std::function<void()> ready) {
  std::unique_lock lock(mutex_);
  ready_ = std::move(ready);
  if (is_ready()) wake(std::move(lock));
}

void Listener::leave() {
  std::unique_lock lock(mutex_);
  waiting_.clear();
  waiting_bytes_ = 0;
  ended_ = true;
  wake(std::move(lock));
}

std::string Listener::tell_missed(std::uint64_t events, event::Sequence position) {
  counts_->missed += events;
  return missed_message(events, position, position_tag());
}

void Listener::begin(event::Sequence at) {
  std::unique_lock lock(mutex_);
  begins_ = position_ = at;
  wake(std::move(lock));
}

void Listener::put(ChunkPtr chunk, std::size_t bytes_max) {
  assert(chunk != nullptr);
  std::unique_lock lock(mutex_);
  if (ended_) return;
  const auto end = chunk->end;
  waiting_bytes_ += bytes_of(*chunk);
  waiting_.push_back({.chunk = std::move(chunk), .missed = 0, .end = end});
  drop_oldest(bytes_max);
  wake(std::move(lock));
}

void Listener::drop_oldest(std::size_t bytes_max) {
  Waiting gap;
  while (waiting_bytes_ > bytes_max && waiting_.size() > 1) {
    const Waiting& oldest = waiting_.front();
    assert(oldest.chunk == nullptr || waiting_bytes_ >= bytes_of(*oldest.chunk));
    if (oldest.chunk != nullptr) waiting_bytes_ -= bytes_of(*oldest.chunk);
    gap.missed += oldest.chunk == nullptr ? oldest.missed : oldest.chunk->events;
    gap.end = oldest.end;
    waiting_.pop_front();
  }
  if (gap.missed == 0) return;
  assert(!waiting_.empty());
  if (waiting_.front().chunk == nullptr) {
    waiting_.front().missed += gap.missed;
  } else {
    waiting_.push_front(std::move(gap));
  }
}

void Listener::miss(std::uint64_t events, event::Sequence end) {
  std::unique_lock lock(mutex_);
  if (ended_) return;
  if (!waiting_.empty() && waiting_.back().chunk == nullptr) {
    waiting_.back().missed += events;
    waiting_.back().end = end;
  } else {
    waiting_.push_back({.chunk = nullptr, .missed = events, .end = end});
  }
  wake(std::move(lock));
}

void Listener::tick(event::Sequence position) {
  std::unique_lock lock(mutex_);
  if (!begins_ || ended_) return;
  if (waiting_.empty()) position_ = std::max(position_, position);
  if (++silent_ticks_ >= kHeartbeatTicks) wake(std::move(lock));
}

void Listener::end() {
  std::unique_lock lock(mutex_);
  ended_ = true;
  wake(std::move(lock));
}

void Listener::wake(std::unique_lock<std::mutex> lock) {
  assert(lock.owns_lock());
  const auto ready = std::exchange(ready_, nullptr);
  lock.unlock();
  if (ready) ready();
}

}  // namespace tidemark::views::live
