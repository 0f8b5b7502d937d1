#pragma once

/// Requests that wait for a sequence, which is the position in the embedded profile.

#include <atomic>
#include <optional>

#include "api/waiting/position_waiters.hpp"
#include "api/waiting/waiting_list.hpp"
#include "event/event.hpp"

namespace tidemark::api {

/// Bounds:   as WaitingList.
/// Threads:  any. A waiter is called from `add`, `reached`, `expire` or `close`.
class SequenceWaiters final : public PositionWaiters {
 public:
  /// From now on positions have this tag, and only such positions are known. Call it before all
  /// else.
  void begin_epoch(query::PositionTag tag) { tag_ = tag; }

  [[nodiscard]] bool knows(const query::Position& position) const noexcept override;
  [[nodiscard]] bool tells_what_is_visible() const noexcept override { return true; }
  void add(const query::Position& position, Clock::time_point now, Waiter waiter) override;
  std::optional<Clock::time_point> expire(Clock::time_point now) override {
    return waiting_.expire(now);
  }
  void close() override { waiting_.close(); }

  /// Everything below `position` is visible. The publishing thread calls it.
  void reached(event::Sequence position);

 private:
  query::PositionTag tag_ = 0;
  std::atomic<event::Sequence> reached_{0};  // raised before the waiters are searched
  WaitingList<event::Sequence> waiting_;
};

}  // namespace tidemark::api
