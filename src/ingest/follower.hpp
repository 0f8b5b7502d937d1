#pragma once

/// Carries the events of a ledger elsewhere into the store of this process, in commit order.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "event/id_hash.hpp"
#include "event/stored_rows.hpp"
#include "ingest/commit_loop.hpp"
#include "ledger/feed.hpp"
#include "telemetry/trouble.hpp"

namespace tidemark::ingest {

/// Promise:  each event gets the sequence that the feed gives it, once. If an event is visible, all
///           earlier ones are.
/// Errors:   while the ledger is away, the store stays as it is, and the follower asks again with
///           growing pauses. If the ledger has another history, or one that does not fit the store,
///           the follower carries nothing more and `void_because` tells why: the store must be made
///           anew.
/// Threads:  a thread of its own; any thread may call everything here.
/// Lifetime: what Parts names must outlive it; stop it before the commit loop.
class Follower {
 public:
  struct Parts {
    ledger::Feed& feed;
    CommitLoop& loop;
    const event::IdHasher& hasher;  ///< the store's
  };

  struct Options {
    std::string epoch;  ///< of the history that the store was made from
    /// How often the follower looks at the feed's end while no event comes. An event waits half of
    /// it on average; each look is a query of 0.1 ms.
    std::chrono::milliseconds look_every{20};
    ledger::FeedBounds page = {};
    /// The thread calls it after each look with the feed position up to which everything is
    /// visible.
    std::function<void(std::uint64_t position)> after_look = {};
    /// The thread calls it once when the store is void.
    std::function<void()> on_void = {};
  };

  Follower(Parts parts, Options options);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  /// Looks at the feed now.
  void look();

  struct Figures {
    std::uint64_t position = 0;       ///< of the last batch that is visible here
    std::uint64_t head_position = 0;  ///< of the ledger's last batch, as last seen
    std::uint64_t events_behind = 0;
    double seconds_behind = 0;  ///< commit to being seen here, for the last batch that came
    std::uint64_t failures = 0;
  };
  [[nodiscard]] Figures figures() const;

  /// Ok, or why the ledger cannot be read.
  [[nodiscard]] base::Status healthy() const;
  /// Whether every event is visible that the ledger had when the follower first looked. Before
  /// that, answers would be of the past.
  [[nodiscard]] bool caught_up() const { return caught_up_.load(); }
  /// Why the store must be made anew; nothing if it need not be.
  [[nodiscard]] std::optional<std::string> void_because() const;

  void stop();

 private:
  void run();
  /// True if there may be more events at once.
  base::Result<bool> follow();
  base::Status take(event::ProjectRows piece);
  base::Status submit(const event::ProjectRows& piece);
  void note(const base::Status& status);
  void give_up(const base::Error& why);
  [[nodiscard]] bool stopping() const;
  void pause(std::chrono::milliseconds time);

  Parts parts_;
  const Options options_;
  // Used by the thread only.
  std::optional<std::uint64_t> position_;  // in the feed; none: not known yet
  std::optional<std::uint64_t> first_head_;
  event::Sequence next_ = 0;  // of the store
  std::chrono::milliseconds retry_pause_{0};

  std::atomic<bool> caught_up_{false};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool look_now_ = false;
  Figures figures_;
  base::Status health_ = base::ok;
  telemetry::Trouble trouble_{"the ledger cannot be read; trying again",
                              "the ledger can be read again"};
  std::optional<std::string> void_because_;
  std::thread thread_;
};

}  // namespace tidemark::ingest
