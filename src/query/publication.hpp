#pragma once

/// The commit thread publishes each new state here, and every question takes the newest one.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "base/check.hpp"
#include "query/visible.hpp"

namespace tidemark::query {

/// While the writer changes the views, `current` waits (some hundred microseconds). The writer
/// takes the published state back first, so that sets which no question holds are changed in place
/// instead of being copied.
///
/// Threads: `current` and `wait_for` from any; `take_back` and `publish` from one writer.
class Publication {
 public:
  [[nodiscard]] VisiblePtr current() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return visible_ != nullptr; });
    return visible_;
  }

  /// The newest events, without the views: while somebody holds the views' sets, the writer must
  /// copy what it changes. For callers that read on behind the writer all the time.
  [[nodiscard]] Visible events() const {
    const auto newest = current();
    return {.position = newest->position,
            .views = {},
            .tail = newest->tail,
            .manifest = newest->manifest};
  }

  /// The first state at or above `position`, or null when `patience` is over.
  [[nodiscard]] VisiblePtr wait_for(event::Sequence position,
                                    std::chrono::milliseconds patience) const {
    std::unique_lock lock(mutex_);
    const bool there = changed_.wait_for(
        lock, patience, [&] { return visible_ != nullptr && visible_->position >= position; });
    return there ? visible_ : nullptr;
  }

  /// Nobody gets a state until `publish`.
  void take_back() {
    VisiblePtr old;  // destroyed after the lock is released
    {
      const std::lock_guard lock(mutex_);
      old = std::exchange(visible_, nullptr);
    }
  }

  void publish(VisiblePtr next) {
    TIDEMARK_CHECK(next != nullptr);
    {
      const std::lock_guard lock(mutex_);
      visible_.swap(next);
    }
    changed_.notify_all();
  }

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  VisiblePtr visible_;
};

}  // namespace tidemark::query
