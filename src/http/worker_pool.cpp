#include "http/worker_pool.hpp"

#include <exception>

namespace tidemark::http {

WorkerPool::WorkerPool(Options options) : options_(std::move(options)) {
  for (std::size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { run(); });
  }
}

WorkerPool::~WorkerPool() { stop(); }

bool WorkerPool::try_submit(std::function<void()> work, Turn turn) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_ || (turn == Turn::First && queue_.size() >= options_.queue_max)) {
      refused_ += 1;
      return false;
    }
    queue_.push_back(std::move(work));
  }
  changed_.notify_one();
  return true;
}

void WorkerPool::stop() {
  std::deque<std::function<void()>> dropped;  // destroyed without the lock: it wakes those who wait
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    dropped.swap(queue_);
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t WorkerPool::waiting() const {
  const std::lock_guard lock(mutex_);
  return queue_.size();
}

std::function<void()> WorkerPool::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
  if (stopping_) return {};
  auto work = std::move(queue_.front());
  queue_.pop_front();
  return work;
}

void WorkerPool::run() {
  if (options_.on_thread_start) options_.on_thread_start();
  for (;;) {
    const auto work = next();  // gone before the next one is waited for, with all that it holds
    if (!work) return;
    running_ += 1;
    run_guarded(work);
    running_ -= 1;
  }
}

/// An exception that left the thread would end the process, and all that it holds for others.
void WorkerPool::run_guarded(const std::function<void()>& work) noexcept {
  try {
    work();
  } catch (const std::exception& fault) {
    if (options_.on_failure) options_.on_failure(fault.what());
  } catch (...) {
    if (options_.on_failure) options_.on_failure("something that is no std::exception");
  }
}

}  // namespace tidemark::http
