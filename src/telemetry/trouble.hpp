#pragma once

/// A trouble that may last for hours. It is logged when it begins, while it lasts and when it is
/// over, and never so often that it hides other lines.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tidemark::telemetry {

/// Threads:  one at a time: callers hold the lock of the state that they note.
/// Lifetime: the texts must outlive it (use literals).
class Trouble {
 public:
  using Clock = std::chrono::steady_clock;

  /// "the ledger cannot be read; it is tried again", "the ledger is read again".
  Trouble(std::string_view begins, std::string_view ends) : begins_(begins), ends_(ends) {}

  /// The time between two lines of one trouble whose reason stays the same. Twice a minute is
  /// enough to find it in the last minutes of a log.
  static constexpr std::chrono::seconds kSameReason{30};
  /// The least time between two lines that report a trouble that comes and goes, or whose reason
  /// changes.
  static constexpr std::chrono::seconds kAnyReason{5};

  enum class Line : std::uint8_t { None, Begins, GoesOn, Ends };
  /// Notes the outcome of a try. Returns which line was written.
  Line note(const base::Status& status, Clock::time_point now = Clock::now());

 private:
  Line note_failure(const std::string& reason, Clock::time_point now);

  std::string_view begins_;
  std::string_view ends_;
  bool lasts_ = false;
  bool is_told_ = false;  ///< there is a line about the current trouble
  bool has_line_ = false;
  std::uint64_t tries_ = 0;  ///< failed tries since it began
  Clock::time_point since_{};
  Clock::time_point line_at_{};
  std::string reason_;  ///< of that line
};

}  // namespace tidemark::telemetry
