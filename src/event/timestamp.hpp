#pragma once

/// Instants as senders write them, and as Tidemark writes them.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace tidemark::event {

/// The result of reading an instant. `message` completes a sentence that begins with the field's
/// name; it is a literal, so it costs nothing and never dangles.
struct ParsedTimestamp {
  enum class Outcome : std::uint8_t {
    Read,        ///< `micros` holds the instant
    Malformed,   ///< not in the required form (code bad_timestamp)
    OutOfRange,  ///< well formed, but before 1970 or after 2200 in UTC (code out_of_range)
  };
  Outcome outcome = Outcome::Malformed;
  base::Micros micros = 0;
  const char* message = "";

  explicit operator bool() const { return outcome == Outcome::Read; }
};

/// RFC 3339: `2025-08-01T10:00:00.123+03:00`. The offset may be left out (UTC), a space may stand
/// for the `T`, `t` and `z` may be small, the fraction may have any length and is cut to the
/// microsecond. As databases print it, the offset may also be `+0300`, `+03` or `UTC`, after a
/// space or not. A date alone, a missing second, second 60, an offset beyond ±23:59 and digits
/// alone are malformed. The year's bounds apply to the instant in UTC. Cost: 10 to 20 ns, no
/// allocation.
ParsedTimestamp parse_timestamp(std::string_view text);

/// Milliseconds since 1970 in decimal digits, in the form of a JSON integer. A number below 10^11
/// is malformed (seconds, most likely), and so is a fraction, an exponent or a sign.
ParsedTimestamp parse_milliseconds(std::string_view digits);

/// `2025-08-01T10:00:00.123456Z`; without a fraction if it is zero.
std::string to_string(base::Micros instant);

/// As above for any instant, also for one that no event may have: this form for the years 0 to
/// 9999, which it has room for, and otherwise whole milliseconds since 1970.
std::string to_string_of_any(base::Micros instant);

inline constexpr int kTimestampTextBytesMax = 27;
/// As above into `out`, which must have room for kTimestampTextBytesMax; returns the number of
/// bytes written. `instant` must be within [kOccurredAtMin, kOccurredAtEnd).
int write_timestamp(base::Micros instant, char* out);

}  // namespace tidemark::event
