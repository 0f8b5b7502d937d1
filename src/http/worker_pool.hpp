#pragma once

/// A bounded number of threads for work that blocks: questions, files.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "http/handoff.hpp"
#include "http/task.hpp"

namespace tidemark::http {

/// Whether work is the first of its request, or a later step of one that was let in: a stream under
/// way waits for a worker, for it could only be cut off.
enum class Turn : std::uint8_t { First, Later };

/// Runs what is submitted, first come first served.
///
/// Promise: at most `threads` at once and `queue_max` waiting; what is over it is refused, but
/// later
///          steps, of which each connection has one at most.
/// Errors:  what work throws ends that work and nothing else.
/// Threads: any, but `stop`: one thread.
class WorkerPool {
 public:
  struct Options {
    std::size_t threads = 2;
    std::size_t queue_max = 64;
    /// Runs first on each thread: its name, its niceness.
    std::function<void()> on_thread_start = {};
    /// Hears what work has thrown, on its thread; must not throw.
    std::function<void(std::string_view what)> on_failure = {};
  };

  explicit WorkerPool(Options options);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False: the queue is full or the pool has stopped; the work was not taken.
  [[nodiscard]] bool try_submit(std::function<void()> work, Turn turn = Turn::First);

  /// Finishes what runs, drops what waits, joins. Idempotent.
  void stop();

  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] std::size_t running() const noexcept { return running_.load(); }
  [[nodiscard]] std::size_t refused() const noexcept { return refused_.load(); }

 private:
  void run();
  void run_guarded(const std::function<void()>& work) noexcept;
  /// Waits for work; nothing once the pool stops.
  std::function<void()> next();

  Options options_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::atomic<std::size_t> running_{0};
  std::atomic<std::size_t> refused_{0};
  std::vector<std::thread> threads_;
};

/// What a piece of work gave, or threw.
template <class Work>
using Outcome = std::variant<std::invoke_result_t<Work&>, std::exception_ptr>;

/// The exception is let go of by who gets the outcome: not in one thread while another reads it.
template <class Work>
Outcome<Work> outcome_of(Work& work) {
  try {
    return Outcome<Work>(std::in_place_index<0>, work());
  } catch (...) {
    return Outcome<Work>(std::in_place_index<1>, std::current_exception());
  }
}

/// Runs `work` on the pool and resumes the calling coroutine with its result; nothing if the pool
/// is full or stops. What `work` throws is thrown here, where the request becomes a 500.
template <class Work>
Task<std::optional<std::invoke_result_t<Work&>>> run_on(WorkerPool* pool, Work work,
                                                        Turn turn = Turn::First) {
  Handoff<Outcome<Work>> outcome;
  auto shared = std::make_shared<Work>(std::move(work));
  auto task = [shared, completion = outcome.completion()] { completion(outcome_of(*shared)); };
  shared.reset();
  const bool taken = pool->try_submit(std::move(task), turn);
  if (!taken) co_return std::nullopt;
  auto given = co_await outcome.wait();
  if (!given) co_return std::nullopt;
  if (given->index() == 1) std::rethrow_exception(std::get<1>(*given));
  co_return std::get<0>(std::move(*given));
}

}  // namespace tidemark::http
