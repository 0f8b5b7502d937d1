#pragma once

/// Brings each new event to its listeners.
///
/// One thread reads what was committed since its last pass, once for all listeners. It tests each
/// event once per filter, however many listeners share the filter, and writes each matching event
/// once as a text that these listeners share. The code that sends to a client takes the text at the
/// client's own pace.

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.hpp"
#include "query/event_filter.hpp"
#include "query/event_reading.hpp"
#include "query/position.hpp"
#include "query/publication.hpp"
#include "views/live/listener.hpp"

namespace tidemark::views::live {

/// Promise:  a listener gets every matching event from its beginning on, in commit order, once, or
///           is told how many events it did not get.
/// Bounds:   at most `listeners_max` at once, more are Overloaded; at most `bytes_max` wait for all
///           listeners together, in equal shares, except that each may always have one chunk; of
///           more than `behind_events_max` unread events the hub skips the excess, which every
///           listener misses.
/// Errors:   events that cannot be read are logged and count as missed.
/// Threads:  any. `poke` costs the commit thread a lock that no thread holds for long.
/// Cost:     some 0.1 µs per filter and event; half a core at most, because the thread rests as
///           long as it works.
/// Lifetime: what Parts names must outlive it; listeners may outlive it.
class Hub {
 public:
  struct Parts {
    const query::Publication& publication;
    query::EventScan scan;
  };
  struct Options {
    std::size_t listeners_max = 2'000;
    std::size_t bytes_max = std::size_t{64} << 20;
    std::chrono::milliseconds heartbeat{15'000};
    /// The least time from the beginning of one pass to that of the next: under load, one pass
    /// reads many groups, and each listener is woken at most that often.
    std::chrono::milliseconds pause{20};
    event::Sequence behind_events_max = 200'000;
    query::PositionTag position_tag = 0;
    /// Called around the wake-ups of listeners, so that they are woken together.
    std::function<void(const std::function<void()>&)> around_wakes = {};
  };

  Hub(Parts parts, Options options);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  /// There may be new events. The publishing thread calls it.
  void poke();

  /// Listens from `from` on, which must be visible; without it, to new events only. Overloaded if
  /// too many listen; Unavailable after `close`. Clients may read both messages.
  base::Result<std::shared_ptr<Listener>> listen(query::EventFilter filter,
                                                 std::optional<event::Sequence> from);

  /// Hands out what is visible and ends all listeners; later ones are refused. Does not wait.
  void close();
  /// Closes the hub and ends the thread. Idempotent; the destructor calls it.
  void stop();

  struct Figures {
    std::size_t listeners = 0;
    std::uint64_t sent = 0;         ///< events
    std::uint64_t missed = 0;       ///< events that listeners were told they missed
    std::uint64_t refused = 0;      ///< times listeners_max was hit
    std::uint64_t passed_over = 0;  ///< skipped because the hub was behind or could not read them
  };
  [[nodiscard]] Figures figures() const;

 private:
  using Clock = std::chrono::steady_clock;
  using Arrivals = std::vector<std::shared_ptr<Listener>>;
  /// All listeners of one filter. Only the pass uses the text that it gathers.
  struct Channel {
    explicit Channel(query::EventFilter shared) : filter(std::move(shared)) {}
    query::EventFilter filter;
    std::vector<std::weak_ptr<Listener>> listeners;
    Chunk gathering;
  };

  void run();
  bool wait_for_turn(bool has_all);
  /// Reads on, but only so far that a new listener does not wait for long; false: there is more.
  bool pass();
  void adopt_arrivals();
  void catch_up_with(const query::Visible& visible);
  void deliver(const query::Visible& visible, event::Sequence to);
  void offer(event::ProjectId project, const event::StoredRow& row);
  void flush(Channel& channel);
  void pass_over(event::Sequence to);
  void forget_departed();
  void tick_if_due();
  void end_all();
  void wake_together(const std::function<void()>& work) const;
  /// Calls `visit` for each listener that still exists, and forgets the others.
  template <class Visit>
  void for_each(Channel& channel, Visit&& visit);
  [[nodiscard]] std::size_t share() const;
  [[nodiscard]] Clock::duration tick() const {
    return options_.heartbeat / Listener::kHeartbeatTicks;
  }

  const Parts parts_;
  const Options options_;
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();

  // Used by the thread only.
  std::map<std::string, Channel> channels_;  // by the key of the filter
  Arrivals arriving_;
  event::Sequence position_ = 0;  // every event below was offered
  std::string row_text_;          // the row that is being offered, once a listener wants it
  std::uint64_t departures_seen_ = 0;
  Clock::time_point next_tick_;
  Clock::time_point next_pass_;

  mutable std::mutex mutex_;
  std::condition_variable news_there_;
  bool news_ = false;
  bool waits_for_news_ = false;
  bool closed_ = false;
  Arrivals arrivals_;
  std::uint64_t refused_ = 0;
  std::atomic<std::uint64_t> passed_over_{0};
  std::thread thread_;
};

}  // namespace tidemark::views::live
