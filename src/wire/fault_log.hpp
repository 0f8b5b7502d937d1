#pragma once

/// Collects the faults of a request, event by event.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wire/fault.hpp"

namespace tidemark::wire {

class FaultLog {
 public:
  /// Above `described_max` only the first fault of an event is kept.
  explicit FaultLog(std::size_t described_max) : described_max_(described_max) {}

  void begin_event(std::uint32_t index) {
    index_ = index;
    first_ = faults_.size();
  }
  void add(std::string_view field, FaultCode code, std::string message) {
    if (is_full()) return;
    faults_.push_back({.index = index_,
                       .event_id = {},
                       .field = std::string(field),
                       .code = code,
                       .message = std::move(message)});
  }
  /// One more fault of this event would not be kept, so its message need not be made.
  [[nodiscard]] bool is_full() const { return any() && faults_.size() >= described_max_; }
  [[nodiscard]] bool any() const { return faults_.size() > first_; }
  [[nodiscard]] std::uint32_t first() const { return static_cast<std::uint32_t>(first_); }
  [[nodiscard]] std::uint32_t count() const {
    assert(first_ <= faults_.size());
    return static_cast<std::uint32_t>(faults_.size() - first_);
  }
  /// Drops the faults of this event.
  void forget_event() {
    assert(first_ <= faults_.size());
    faults_.resize(first_);
  }
  /// Sets the id of the event that the faults belong to.
  void name_event(std::string_view event_id) {
    for (std::size_t i = first_; i < faults_.size(); ++i) faults_[i].event_id = event_id;
  }
  std::vector<EventFault> release() { return std::move(faults_); }

 private:
  std::size_t described_max_;
  std::vector<EventFault> faults_;
  std::uint32_t index_ = 0;
  std::size_t first_ = 0;
};

/// A sender's text in quotes, shortened; bytes that are not UTF-8 are left out.
std::string shown(std::string_view text);

}  // namespace tidemark::wire
