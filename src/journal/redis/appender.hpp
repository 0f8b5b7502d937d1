#pragma once

/// Puts accepted requests into the streams, and answers once Redis has them on its disk.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "clients/redis/link.hpp"
#include "journal/redis/streams.hpp"
#include "telemetry/trouble.hpp"

namespace tidemark::journal::redis {

/// Self-clocking groups: while one group is at the server, the next gathers. No timer. A group is
/// one call of the server, into one shard, and the shards take turns.
///
/// Promise:  a payload whose append succeeded is in the server's synced file, and is delivered to
///           workers until one has acknowledged it. A payload whose append failed may be delivered
///           too.
/// Errors:   the handler gets them. TooLarge; Overloaded: too much waits here, in the stream, or in
///           the server's memory; Unavailable: the server is away, slow, or does not keep what it
///           takes. The appender looks for the server again with growing pauses; until it finds the
///           server, everything is refused at once.
/// Threads:  `append`, `healthy` and `figures` from any. Handlers are called in the appender's
///           thread, or within `append` if it refuses; they must not block.
class Appender {
 public:
  using Handler = std::function<void(base::Result<event::EntryId>)>;

  struct Options {
    Streams streams = {};
    /// `greet` is set by the appender: `check_durability`.
    clients::redis::Dialer::Options dialer = {};
    /// The bytes of payloads that wait or are on their way. A single payload is taken however large
    /// it is.
    std::size_t in_flight_bytes_max = std::size_t{128} << 20U;
    /// A group is closed at either bound: large enough that many payloads share a sync, small
    /// enough that no group holds the server for long.
    std::size_t group_bytes_max = std::size_t{4} << 20U;
    std::size_t group_entries_max = 1'000;
    /// How often an idle server is asked whether it is there.
    std::chrono::milliseconds probe_every{1'000};
    /// Called around the answers of a group, so that waiters can be woken together.
    std::function<void(const std::function<void()>&)> around_answers = {};
    /// Seconds and entries of one group: for the metrics.
    std::function<void(double seconds, std::size_t entries)> observe_group = {};
  };

  /// Starts the thread; the server need not be there yet. `options.streams` must have passed its
  /// `check`.
  Appender(clients::redis::Address address, Options options);
  ~Appender();
  Appender(const Appender&) = delete;
  Appender& operator=(const Appender&) = delete;

  void append(std::string payload, Handler done);

  /// Ok, or why payloads are refused: Overloaded while the queue is full, until a payload was taken
  /// or a probe has found room.
  [[nodiscard]] base::Status healthy() const;

  struct Figures {
    std::size_t waiting_entries = 0;
    std::size_t in_flight_bytes = 0;
    std::uint64_t appended_entries = 0;
    std::uint64_t appended_bytes = 0;
    std::uint64_t groups = 0;
    std::uint64_t refused_in_flight = 0;  ///< times in_flight_bytes_max was hit
    std::uint64_t refused_full = 0;       ///< times bytes_max was hit
    std::uint64_t refused_memory = 0;     ///< times the server's memory was full
    std::uint64_t failed = 0;             ///< appends that found no server that keeps payloads
    std::uint64_t connects = 0;
  };
  [[nodiscard]] Figures figures() const;

  /// Appends and answers the payloads that were taken, and ends the thread. Later ones are refused.
  void stop();

 private:
  struct Pending {
    std::string payload;
    Handler done;
    base::Result<event::EntryId> outcome;
  };
  using Group = std::vector<Pending>;

  void run();
  /// Waits for payloads. An empty group: the next probe is due; none: the appender was stopped.
  std::optional<Group> next_group(std::chrono::steady_clock::time_point probe_at);
  void send(Group& group);
  /// Fills the outcomes; an error if nothing can be appended for now.
  base::Status exchange(Group& group);
  base::Status probe();
  void note_health(const base::Status& status);
  void answer(Group& group);
  [[nodiscard]] base::Status admit(std::size_t bytes);

  const Options options_;
  std::vector<ShardKeys> keys_;
  const std::string bytes_max_;  // of a shard, in the form that the script reads

  // Used by the thread only.
  clients::redis::Link link_;
  std::uint32_t next_shard_ = 0;
  bool out_of_memory_ = false;  // in the last group

  mutable std::mutex mutex_;
  std::condition_variable work_there_;
  std::deque<Pending> waiting_;
  Figures figures_;
  base::Status health_;
  telemetry::Trouble trouble_{"the queue takes no events; it is tried again",
                              "the queue takes events again"};
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tidemark::journal::redis
