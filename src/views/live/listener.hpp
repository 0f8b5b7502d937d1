#pragma once

/// One listener: its filter, and what waits to be sent to it.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "event/event.hpp"
#include "query/event_filter.hpp"
#include "query/position.hpp"

namespace tidemark::views::live {

/// Some matching events as text, shared by all listeners of one filter.
struct Chunk {
  std::string text;
  std::uint64_t events = 0;
  event::Sequence end = 0;  ///< the position after the last of them
};
using ChunkPtr = std::shared_ptr<const Chunk>;

/// What all listeners count together, and the tag of the positions that they are told. Threads:
/// any.
struct Counts {
  query::PositionTag position_tag = 0;  ///< does not change while there are listeners
  std::atomic<std::size_t> listeners{0};
  std::atomic<std::uint64_t> departures{0};
  std::atomic<std::uint64_t> sent{0};    ///< events
  std::atomic<std::uint64_t> missed{0};  ///< events
};

/// Promise:  chunks are taken in the order in which they were put, each once. If they do not fit,
///           the oldest ones are dropped, and the listener is told in their place how many events
///           that were.
/// Threads:  any; one thread puts, one takes.
class Listener {
 public:
  /// Silent ticks after which a heartbeat is sent.
  static constexpr int kHeartbeatTicks = 3;
  /// The most that one `take` gives, unless a single chunk is larger.
  static constexpr std::size_t kTakenBytesMax = std::size_t{64} * 1024;

  /// Wants matching events from `from` on.
  Listener(query::EventFilter filter, event::Sequence from, std::shared_ptr<Counts> counts);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] const query::EventFilter& filter() const { return filter_; }
  [[nodiscard]] event::Sequence from() const { return from_; }

  // For the sending side.

  [[nodiscard]] query::PositionTag position_tag() const { return counts_->position_tag; }

  /// The position from which chunks are put: the events between `from` and it must be read from the
  /// ledger. Nothing until the hub has seen the listener.
  [[nodiscard]] std::optional<event::Sequence> begins();
  /// The text that must be sent now; empty if there is none.
  std::string take();
  /// Nothing more will be put.
  [[nodiscard]] bool ended() const;
  /// Calls `ready` once, when there is something to take, the hub has begun or the stream has
  /// ended. It is called within this call if that is so already, and otherwise from the putting
  /// thread. A second call replaces it.
  void when_ready(std::function<void()> ready);
  /// The client is gone: what waits is dropped.
  void leave();
  /// The message about events before its beginning that are not read for it.
  std::string tell_missed(std::uint64_t events, event::Sequence position);
  /// Counts events before its beginning that were read for it.
  void count_sent(std::uint64_t events) { counts_->sent += events; }

  // For the hub.

  void begin(event::Sequence at);
  /// `bytes_max`: the most that may wait, except that one chunk always may.
  void put(ChunkPtr chunk, std::size_t bytes_max);
  /// The hub skipped events up to `end`.
  void miss(std::uint64_t events, event::Sequence end);
  /// Everything below `position` was put; called regularly, because it also counts time.
  void tick(event::Sequence position);
  void end();

 private:
  /// A chunk, or a gap where it is null.
  struct Waiting {
    ChunkPtr chunk;
    std::uint64_t missed = 0;
    event::Sequence end = 0;
  };

  void drop_oldest(std::size_t bytes_max);
  [[nodiscard]] bool is_ready() const;
  void wake(std::unique_lock<std::mutex> lock);

  const query::EventFilter filter_;
  const event::Sequence from_;
  const std::shared_ptr<Counts> counts_;

  mutable std::mutex mutex_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  std::optional<event::Sequence> begins_;
  bool begin_told_ = false;
  event::Sequence position_ = 0;  // the listener has every event below
  int silent_ticks_ = 0;
  bool ended_ = false;
  std::function<void()> ready_;
};

}  // namespace tidemark::views::live
