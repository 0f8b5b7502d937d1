#pragma once

/// The bounds of endpoints and lanes as plain values, set by code that reads the settings.

#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"
#include "event/event.hpp"

namespace tidemark::api {

/// Defaults are those of the settings with the same names.
struct Limits {
  std::size_t body_bytes_max = std::size_t{16} << 20;
  std::uint32_t batch_events_max = 10'000;
  /// How far ahead of the clock an event's time may be.
  base::Micros future_max = 86'400 * base::kMicrosPerSecond;
  event::Sequence live_replay_events_max = 100'000;
  /// In CSV for people, text that a spreadsheet would take for a formula is quoted.
  bool csv_formulas_quoted = true;

  std::size_t query_threads = 2;
  std::size_t query_queue_max = 256;
  std::size_t live_listeners_max = 2'000;
};

}  // namespace tidemark::api
