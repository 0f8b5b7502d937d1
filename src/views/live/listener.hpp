#pragma once

/// One who listens: its filter, and what waits to be sent to it.

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
  event::Sequence end = 0;  ///< the position behind the last of them
};
using ChunkPtr = std::shared_ptr<const Chunk>;

/// What all listeners count together, and how positions are told to them. Threads: any.
struct Counts {
  query::PositionTag position_tag = 0;  ///< does not change while there are listeners
  std::atomic<std::size_t> listeners{0};
  std::atomic<std::uint64_t> departures{0};
  std::atomic<std::uint64_t> sent{0};    ///< events
  std::atomic<std::uint64_t> missed{0};  ///< events
};

/// Promise:  chunks are taken in the order in which they were put, each once. What does not fit
///           goes from the oldest on, and whoever listens is told how many events that were, in
///           their place.
/// Threads:  any; one thread puts, one takes.
class Listener {
 public:
  /// Silent ticks after which a heartbeat is sent.
  static constexpr int kHeartbeatTicks = 3;
  /// What one `take` gives, unless one chunk alone is larger.
  static constexpr std::size_t kTakenBytesMax = std::size_t{64} * 1024;

  /// It wants what matches from `from` on.
  Listener(query::EventFilter filter, event::Sequence from, std::shared_ptr<Counts> counts);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  [[nodiscard]] const query::EventFilter& filter() const { return filter_; }
  [[nodiscard]] event::Sequence from() const { return from_; }

  // The side that sends.

  [[nodiscard]] query::PositionTag position_tag() const { return counts_->position_tag; }

  /// From where on chunks are put: what lies between `from` and this has to be read. Nothing as
  /// long as the hub has not seen the listener.
  [[nodiscard]] std::optional<event::Sequence> begins();
  /// What is to be sent now; empty where there is nothing.
  std::string take();
  /// Nothing more will be put.
  [[nodiscard]] bool ended() const;
  /// Calls `ready` once, when there is something to take, the hub has begun or all has ended; here,
  /// where that holds already, and from the thread that puts otherwise. A second call replaces it.
  void when_ready(std::function<void()> ready);
  /// Nobody wants what waits.
  void leave();
  /// The message about events that are not read for it, before it begins.
  std::string tell_missed(std::uint64_t events, event::Sequence position);
  /// Events that were read for it, before it begins.
  void count_sent(std::uint64_t events) { counts_->sent += events; }

  // The side of the hub.

  void begin(event::Sequence at);
  /// `bytes_max`: what may wait. One chunk always may.
  void put(ChunkPtr chunk, std::size_t bytes_max);
  /// Events up to `end` were passed over.
  void miss(std::uint64_t events, event::Sequence end);
  /// Everything below `position` was put; time goes by.
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
  event::Sequence position_ = 0;  // the listener has everything below
  int silent_ticks_ = 0;
  bool ended_ = false;
  std::function<void()> ready_;
};

}  // namespace tidemark::views::live
