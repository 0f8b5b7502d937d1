#pragma once

/// What all network threads of one server share.

#include <atomic>
#include <cassert>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>

#include "http/limits/local_rate_limiter.hpp"
#include "http/network/tls_context.hpp"
#include "http/server.hpp"

namespace tidemark::http::network {

/// Threads: constant except for the atomics.
struct Shared {
  Shared(ServerOptions given, ServerParts given_parts)
      : options(std::move(given)),
        parts(given_parts),
        bodies(options.limits.bodies_bytes_max),
        answers(options.limits.answers_bytes_max) {
    if (parts.limiter != nullptr) {
      limiter = parts.limiter;
    } else if (options.rate_limit) {
      limiter = &local_limiter_.emplace(*options.rate_limit);
    }
  }

  const ServerOptions options;
  const ServerParts parts;
  std::unique_ptr<TlsContext> tls;  // null: connections are plain. Set before there are any
  RateLimiter* limiter = nullptr;   // null: no client is limited

  std::atomic<bool> retiring{false};  // clients are asked to leave; all requests are served
  std::atomic<bool> draining{false};
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> leaving{0};    // of them, those that have made way and are being closed
  MemoryBudget bodies;                    // of all requests being read or handled
  MemoryBudget answers;                   // of the answers that are not written yet
  std::atomic<std::size_t> lingering{0};  // connections that wait for the end of a refused body

  /// Counts the coroutines that are not finished: shutdown waits until there are none.
  void coroutine_begins() { coroutines_ += 1; }
  void coroutine_ends() {
    assert(coroutines_ > 0);
    if (--coroutines_ > 0) return;
    const std::lock_guard lock(mutex_);
    none_.notify_all();
  }
  /// False: some are left after that time.
  template <class Duration>
  bool wait_for_none(Duration at_most) {
    std::unique_lock lock(mutex_);
    return none_.wait_for(lock, at_most, [this] { return coroutines_ == 0; });
  }
  void wait_for_none() {
    std::unique_lock lock(mutex_);
    none_.wait(lock, [this] { return coroutines_ == 0; });
  }

 private:
  std::optional<LocalRateLimiter> local_limiter_;
  std::atomic<std::size_t> coroutines_{0};
  std::mutex mutex_;
  std::condition_variable none_;
};

}  // namespace tidemark::http::network
