#pragma once

/// Whether events are taken, as the answers show that their senders get.

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "telemetry/trouble.hpp"

namespace tidemark::app {

/// Some bounds are hit at one moment and not at the next: what they refuse is known here alone, and
/// whatever else may come to refuse events is known here too.
///
/// Promise:  `status` tells the reason of the last refusal until an event is taken, or kHeld has
///           gone by without another one. The log says so too, at a bounded rate.
/// Threads:  any. `taken` costs one read where nothing was refused before.
class Intake {
 public:
  using Clock = std::chrono::steady_clock;

  /// Longer than who looks every second needs; short, since nobody who was sent away for that is
  /// there to show that events would be taken again.
  static constexpr std::chrono::seconds kHeld{3};

  void refused(std::string_view why, Clock::time_point now = Clock::now());
  void taken(Clock::time_point now = Clock::now());

  /// Ok, or why events were refused just now.
  [[nodiscard]] base::Status status(Clock::time_point now = Clock::now()) const;

 private:
  std::atomic<bool> refuses_{false};
  mutable std::mutex mutex_;  // guards the rest
  std::string why_;
  Clock::time_point at_{};
  telemetry::Trouble trouble_{"events are refused with 503", "events are taken again"};
};

}  // namespace tidemark::app
