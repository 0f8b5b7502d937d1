#pragma once

/// Whether events are taken, judged by the answers that their senders get.

#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "telemetry/trouble.hpp"

namespace tidemark::app {

/// Some bounds are exceeded at one moment and not at the next, and only this class knows what they
/// refuse. It also notices any future reason to refuse events.
///
/// Promise:  `status` gives the reason of the last refusal until an event is taken, or until kHeld
///           has passed without another refusal. The log has it too, at a bounded rate.
/// Threads:  any. `taken` costs one read if nothing was refused before.
class Intake {
 public:
  using Clock = std::chrono::steady_clock;

  /// Longer than a monitor that looks every second needs. Short, because senders that were turned
  /// away because of it are not there to show that events would be taken again.
  static constexpr std::chrono::seconds kHeld{3};

  void refused(std::string_view why, Clock::time_point now = Clock::now());
  void taken(Clock::time_point now = Clock::now());

  /// Ok, or why events were just refused.
  [[nodiscard]] base::Status status(Clock::time_point now = Clock::now()) const;

 private:
  std::atomic<bool> refuses_{false};
  mutable std::mutex mutex_;  // guards the rest
  std::string why_;
  Clock::time_point at_{};
  telemetry::Trouble trouble_{"events are refused with 503", "events are taken again"};
};

}  // namespace tidemark::app
