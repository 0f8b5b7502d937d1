#pragma once

/// Requests that wait for a sequence: what the embedded profile tells as positions.

#include <atomic>
#include <optional>

#include "api/waiting/position_waiters.hpp"
#include "api/waiting/waiting_list.hpp"
#include "event/event.hpp"

namespace tidemark::api {

/// Bounds:   WaitingList's.
/// Threads:  any. A waiter is called from `add`, `reached`, `expire` or `close`.
class SequenceWaiters final : public PositionWaiters {
 public:
  /// Positions are told with this tag from now on, and no others are known. Before all else.
  void begin_epoch(query::PositionTag tag) { tag_ = tag; }

  [[nodiscard]] bool knows(const query::Position& position) const noexcept override;
  [[nodiscard]] bool tells_what_is_visible() const noexcept override { return true; }
  void add(const query::Position& position, Clock::time_point now, Waiter waiter) override;
  std::optional<Clock::time_point> expire(Clock::time_point now) override {
    return waiting_.expire(now);
  }
  void close() override { waiting_.close(); }

  /// Everything below `position` is visible. Called by whoever publishes.
  void reached(event::Sequence position);

 private:
  query::PositionTag tag_ = 0;
  std::atomic<event::Sequence> reached_{0};  // raised before those who wait are looked for
  WaitingList<event::Sequence> waiting_;
};

}  // namespace tidemark::api
