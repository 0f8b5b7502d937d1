#pragma once

/// A lane: a bounded number of threads and a queue, for one kind of blocking work.

#include <atomic>
#include <cassert>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "http/handoff.hpp"
#include "http/task.hpp"

namespace tidemark::http {

/// Whether work is the first step of its request, or a later step of a request that was let in: a
/// running stream waits for a worker, because otherwise it would have to be cut off.
enum class Turn : std::uint8_t { First, Later };

/// The client for which work is done: TokenBucket::key_of an address; 0 counts as one client too.
using Asker = std::uint64_t;

/// Promise:  lines are served in turn, one piece of work each, so that a client that asks a lot
///           waits behind its own work. Each line is first in, first out.
/// Threads:  one at a time.
/// Cost:     logarithmic in the number of askers; `make_room` linear.
class FairQueue {
 public:
  using Work = std::function<void()>;

  void push(Work work, Asker asker, Turn turn);
  /// Precondition: not empty.
  Work pop();
  /// Takes the newest first step out of the longest line, for an asker whose own line is shorter by
  /// more than one; empty if there is no such line.
  Work make_room(Asker asker);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

 private:
  struct Item {
    Work work;
    Turn turn;
  };
  struct Line {
    Asker asker;
    std::deque<Item> items;
  };
  using Place = std::list<Line>::iterator;

  void remove(Place line);

  std::list<Line> lines_;  // none is empty; the first one is served next
  std::map<Asker, Place> by_asker_;
  std::size_t size_ = 0;
};

/// The asker of the work, and whether its request was let in before.
struct Ticket {
  Asker asker = 0;
  Turn turn = Turn::First;
};

/// Runs submitted work: askers in turn, and the work of one asker first come, first served.
///
/// Promise: at most `threads` pieces of work run at once and `queue_max` wait. More is refused,
///          except for later steps, of which each connection has at most one. In a full queue the
///          asker with most waiting work gives a place to one that has less.
/// Errors:  an exception of work ends only that work.
/// Threads: any, except `stop`: one thread.
class WorkerPool {
 public:
  struct Options {
    std::string name = "worker";  ///< of its threads, and in metrics
    std::size_t threads = 2;
    std::size_t queue_max = 64;
    int nice = 0;  ///< of its threads: long work leaves the processor to short work
    /// Gets what work has thrown, on its thread; must not throw.
    std::function<void(std::string_view what)> on_failure = {};
  };

  explicit WorkerPool(Options options);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False: the queue is full or the pool has stopped; the work was not taken. Work that was taken
  /// and gave its place to another asker's work is destroyed without having run.
  [[nodiscard]] bool try_submit(std::function<void()> work, Ticket ticket = {});

  /// Finishes running work, drops waiting work, joins the threads. Idempotent.
  void stop();

  [[nodiscard]] const std::string& name() const noexcept { return options_.name; }
  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] std::size_t running() const noexcept { return running_.load(); }
  /// Since the start, including work that gave its place to other work.
  [[nodiscard]] std::size_t refused() const noexcept { return refused_.load(); }
  /// Tells whether destroyed work had to give way (false) or the service ends (true).
  [[nodiscard]] bool stopping() const;

 private:
  void run();
  void run_guarded(const std::function<void()>& work) noexcept;
  /// Waits for work; nothing once the pool stops.
  std::function<void()> next();

  Options options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  FairQueue queue_;
  bool stopping_ = false;
  std::atomic<std::size_t> running_{0};
  std::atomic<std::size_t> refused_{0};
  std::vector<std::thread> threads_;
};

/// The result of a piece of work, or the exception.
template <class Work>
using Outcome = std::variant<std::invoke_result_t<Work&>, std::exception_ptr>;

/// The receiver of the outcome releases the exception: not one thread while another reads it.
template <class Work>
Outcome<Work> outcome_of(Work& work) {
  try {
    return Outcome<Work>(std::in_place_index<0>, work());
  } catch (...) {
    return Outcome<Work>(std::in_place_index<1>, std::current_exception());
  }
}

/// Runs `work` on the pool and resumes the calling coroutine with its result; nothing if the pool
/// is full or stops. An exception of `work` is thrown here, where the request becomes a 500.
template <class Work>
Task<std::optional<std::invoke_result_t<Work&>>> run_on(WorkerPool* pool, Work work,
                                                        Ticket ticket = {}) {
  assert(pool != nullptr);
  Handoff<Outcome<Work>> outcome;
  auto shared = std::make_shared<Work>(std::move(work));
  auto task = [shared, completion = outcome.completion()] { completion(outcome_of(*shared)); };
  shared.reset();
  const bool taken = pool->try_submit(std::move(task), ticket);
  if (!taken) co_return std::nullopt;
  auto given = co_await outcome.wait();
  if (!given) co_return std::nullopt;
  if (given->index() == 1) std::rethrow_exception(std::get<1>(*given));
  co_return std::get<0>(std::move(*given));
}

}  // namespace tidemark::http
