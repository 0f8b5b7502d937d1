#pragma once

/// Plausible events of a small shop: one seed gives the same events on every machine.

#include <cstdint>
#include <string>

#include "event/local_day.hpp"

namespace tidemark::app {

/// A stream of events in order of time. Each user has a country, a platform and a first day, and a
/// few users do most.
class Generator {
 public:
  struct Options {
    std::uint64_t events = 10'000;
    std::uint64_t users = 1'000;
    std::int32_t days = 30;
    std::uint64_t seed = 1;
    event::LocalDay first_day{20'240};  ///< 2025-06-01
  };

  explicit Generator(Options options);

  /// Appends one line of NDJSON with its line end; false when there are no more.
  bool next(std::string& out);

 private:
  /// xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators" (2016).
  std::uint64_t random();
  double fraction();
  [[nodiscard]] std::uint64_t trait(std::uint64_t user, std::uint64_t which) const;
  std::uint64_t pick_user(double progress);
  std::int64_t pick_instant();
  void append_id(std::string& out);
  void append_properties(std::string& out, std::uint64_t user, std::size_t type,
                         std::int64_t instant_ms);

  Options options_;
  std::uint64_t state_;
  std::uint64_t made_ = 0;
};

}  // namespace tidemark::app
