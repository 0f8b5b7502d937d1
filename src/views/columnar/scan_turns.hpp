#pragma once

/// Gives scans turns, so that a short scan does not wait for the end of long ones.

#include <cassert>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "clients/duckdb/rows.hpp"
#include "query/engine.hpp"

namespace tidemark::views::columnar {

/// Scans that are under way share a few places for work.
///
/// Promise:  at most `working_max` scans work at once. A scan that has had its share of time gives
///           its place to one that has had less, or that has waited for `patience`; all others wait
///           where they are. So a short scan waits for a share or two, and a long one goes on.
/// Threads:  any; a Turn belongs to one.
class ScanTurns {
 public:
  using Clock = std::chrono::steady_clock;
  struct Options {
    std::size_t working_max = 2;
    /// Longer than most scans that a person waits for, and longer than one task of DuckDB.
    std::chrono::milliseconds share{50};
    std::chrono::milliseconds patience{1'000};
    std::function<Clock::time_point()> now = Clock::now;
  };

  explicit ScanTurns(Options options) : options_(std::move(options)) {
    assert(options_.working_max > 0);
  }

  /// The turn of one question. Its constructor waits for a place; its destructor gives the place
  /// back.
  class Turn {
   public:
    Turn(ScanTurns& turns, const query::Cancellation& cancellation);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    /// Call it every few milliseconds; waits while other scans have the turn. False: cancelled.
    bool go_on();
    /// For DuckDB, which calls it during work from any of its threads: only the thread that made
    /// the turn waits in it. The turn must outlive it.
    clients::duckdb::Stop stop() {
      return [this] {
        if (std::this_thread::get_id() != owner_) return cancellation_.cancelled();
        return !go_on();
      };
    }

   private:
    friend class ScanTurns;
    ScanTurns& turns_;
    const query::Cancellation& cancellation_;
    const std::thread::id owner_ = std::this_thread::get_id();
    bool works_ = false;
    Clock::time_point since_;  // when the scan began to work, or to wait
    Clock::duration used_{};   // before `since_`
    std::condition_variable go_;
  };

  [[nodiscard]] std::size_t waiting() const;

 private:
  using Lock = std::unique_lock<std::mutex>;

  [[nodiscard]] std::vector<Turn*>::iterator next_one(Clock::time_point now);
  void admit(Clock::time_point now);
  /// Returns with a place, or because the question was cancelled.
  void wait_for_place(Turn& turn, Lock& lock);

  const Options options_;
  mutable std::mutex mutex_;
  std::vector<Turn*> waiting_;  // in the order in which they began to wait
  std::size_t working_ = 0;
};

}  // namespace tidemark::views::columnar
