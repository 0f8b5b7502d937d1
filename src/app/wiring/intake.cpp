#include "app/wiring/intake.hpp"

namespace tidemark::app {

using base::Error;
using base::ErrorCode;

void Intake::refused(std::string_view why, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  why_ = why;
  at_ = now;
  refuses_.store(true, std::memory_order_relaxed);
  static_cast<void>(trouble_.note(Error{ErrorCode::Overloaded, why_}, now));
}

void Intake::taken(Clock::time_point now) {
  if (!refuses_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  refuses_.store(false, std::memory_order_relaxed);
  static_cast<void>(trouble_.note(base::ok, now));
}

base::Status Intake::status(Clock::time_point now) const {
  if (!refuses_.load(std::memory_order_relaxed)) return base::ok;
  const std::lock_guard lock(mutex_);
  if (now - at_ > kHeld) return base::ok;
  return Error{ErrorCode::Overloaded, "events were refused with 503 just now: " + why_};
}

}  // namespace tidemark::app
