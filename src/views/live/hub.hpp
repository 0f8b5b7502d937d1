#pragma once

/// Brings each new event to those who listen for it.
///
/// One thread reads what was committed since its last pass, once for all: it asks each filter once
/// an event, however many listen with that filter, writes each matching event once, and puts the
/// text before the listeners, who share it. Who sends it to a client takes it from there at the
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

/// Promise:  a listener is given every event from where it begins that matches, in the order of
///           commits, once, or told how many it was not given.
/// Bounds:   `listeners_max` at once, more are Overloaded; what waits for all of them `bytes_max`,
///           in equal shares, but for one chunk each; events not read yet `behind_events_max`:
///           beyond, they are passed over, and count as missed by everybody.
/// Errors:   events that cannot be read are logged and count as missed.
/// Threads:  any. `poke` costs the commit thread a lock that nobody holds for long.
/// Cost:     a filter some 0.1 µs an event; half a core at the most, for it rests as long as it
///           works.
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
    /// From the beginning of one pass to that of the next, at least: under load many groups are
    /// read at once, and each listener is woken so often and no oftener.
    std::chrono::milliseconds pause{20};
    event::Sequence behind_events_max = 200'000;
    query::PositionTag position_tag = 0;
    /// Called around what wakes listeners, so that they are woken together.
    std::function<void(const std::function<void()>&)> around_wakes = {};
  };

  Hub(Parts parts, Options options);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  /// There may be something new. Called by whoever publishes.
  void poke();

  /// Listens from `from` on, which must be visible; without it, to what comes from now on.
  /// Overloaded when too many listen; Unavailable when it was closed. Clients may read both.
  base::Result<std::shared_ptr<Listener>> listen(query::EventFilter filter,
                                                 std::optional<event::Sequence> from);

  /// Gives out what is visible and ends all listeners; later ones are refused. Does not wait.
  void close();
  /// Closes, and ends the thread. Idempotent; the destructor calls it.
  void stop();

  struct Figures {
    std::size_t listeners = 0;
    std::uint64_t sent = 0;         ///< events
    std::uint64_t missed = 0;       ///< events that listeners were told they missed
    std::uint64_t refused = 0;      ///< times listeners_max was hit
    std::uint64_t passed_over = 0;  ///< events, because it was behind or could not read them
  };
  [[nodiscard]] Figures figures() const;

 private:
  using Clock = std::chrono::steady_clock;
  using Arrivals = std::vector<std::shared_ptr<Listener>>;
  /// All who listen with one filter. The text that gathers is the pass's.
  struct Channel {
    explicit Channel(query::EventFilter shared) : filter(std::move(shared)) {}
    query::EventFilter filter;
    std::vector<std::weak_ptr<Listener>> listeners;
    Chunk gathering;
  };

  void run();
  bool wait_for_turn(bool has_all);
  /// Reads on, so far that nobody who arrives waits for long; false: there is more.
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
  /// Calls `visit` for each listener that is still there, and forgets the others.
  template <class Visit>
  void for_each(Channel& channel, Visit&& visit);
  [[nodiscard]] std::size_t share() const;
  [[nodiscard]] Clock::duration tick() const {
    return options_.heartbeat / Listener::kHeartbeatTicks;
  }

  const Parts parts_;
  const Options options_;
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();

  // The thread's own.
  std::map<std::string, Channel> channels_;  // by the key of the filter
  Arrivals arriving_;
  event::Sequence position_ = 0;  // everything below was offered
  std::string row_text_;          // of the row that is being offered, once somebody wants it
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
