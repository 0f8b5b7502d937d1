#pragma once

/// Time, passed in, so that a test can hold it still.

#include <atomic>
#include <cstdint>

namespace tidemark::base {

/// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
using Micros = std::int64_t;

inline constexpr Micros kMicrosPerSecond = 1'000'000;
inline constexpr Micros kMicrosPerDay = 86'400 * kMicrosPerSecond;

/// Threads: every clock may be read from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Micros now() const = 0;
};

/// The machine's own clock.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Micros now() const override;
};

/// Stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Micros start) : now_(start) {}
  [[nodiscard]] Micros now() const override { return now_.load(); }
  void advance(Micros by) { now_ += by; }
  void set(Micros to) { now_ = to; }

 private:
  std::atomic<Micros> now_;
};

}  // namespace tidemark::base
