#pragma once

/// A bounded number of threads for work that blocks: questions, files.

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "http/handoff.hpp"
#include "http/task.hpp"

namespace tidemark::http {

/// Runs what is submitted, first come first served.
///
/// Promise: at most `threads` at once and `queue_max` waiting; what is over it is refused.
/// Threads: any, but `stop`: one thread.
class WorkerPool {
 public:
  struct Options {
    std::size_t threads = 2;
    std::size_t queue_max = 64;
    /// Runs first on each thread: its name, its niceness.
    std::function<void()> on_thread_start = {};
  };

  explicit WorkerPool(Options options);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False: the queue is full or the pool has stopped; the work was not taken.
  [[nodiscard]] bool try_submit(std::function<void()> work);

  /// Finishes what runs, drops what waits, joins. Idempotent.
  void stop();

  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] std::size_t running() const noexcept { return running_.load(); }
  [[nodiscard]] std::size_t refused() const noexcept { return refused_.load(); }

 private:
  void run();
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

/// Runs `work` on the pool and resumes the calling coroutine with its result; nothing if the pool
/// is full or stops.
template <class Work>
Task<std::optional<std::invoke_result_t<Work&>>> run_on(WorkerPool* pool, Work work) {
  using Result = std::invoke_result_t<Work&>;
  Handoff<Result> result;
  auto shared = std::make_shared<Work>(std::move(work));
  const bool taken = pool->try_submit(
      [shared, completion = result.completion()]() mutable { completion((*shared)()); });
  shared.reset();
  if (!taken) co_return std::nullopt;
  co_return co_await result.wait();
}

}  // namespace tidemark::http
