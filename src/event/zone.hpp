#pragma once

/// Time zones as periods of one offset each. Engines see no more of a zone than this.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "event/local_day.hpp"

namespace tidemark::event {

/// From `begin` to `end` (excluded) local time is UTC plus `offset_seconds`.
struct OffsetPeriod {
  base::Micros begin = 0;
  base::Micros end = 0;
  std::int32_t offset_seconds = 0;
};

/// One IANA zone with the system's rules, from 1970 to the end of 2200.
/// A local day is computed from the offset in force at the instant, never from midnights: in some
/// zones a day has no midnight, and in others it consists of two pieces.
///
/// Threads:  immutable after construction.
class Zone {
 public:
  /// Periods must touch, be in order, and cover [kOccurredAtMin, kOccurredAtEnd).
  Zone(std::string name, std::vector<OffsetPeriod> periods);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const std::vector<OffsetPeriod>& periods() const { return periods_; }
  /// One offset of 0 for ever: local days are UTC days.
  [[nodiscard]] bool is_utc() const {
    return periods_.size() == 1 && periods_[0].offset_seconds == 0;
  }
  [[nodiscard]] LocalDay day_of(base::Micros instant) const;
  /// The period of `instant`; the first or the last one if `instant` is outside of all.
  [[nodiscard]] std::vector<OffsetPeriod>::const_iterator period_of(base::Micros instant) const;
  /// The instants of a range of local days, as disjoint half-open pieces in order. Within them
  /// `day_of` still decides; outside of them no instant is in the range.
  struct Piece {
    base::Micros begin = 0;
    base::Micros end = 0;
  };
  [[nodiscard]] std::vector<Piece> pieces_of(DayRange days) const;
  /// Changes when the rules change: sets that were built by other rules must be built anew.
  [[nodiscard]] std::uint64_t rules_hash() const { return rules_hash_; }

 private:
  std::string name_;
  std::vector<OffsetPeriod> periods_;
  std::uint64_t rules_hash_ = 0;
};

using ZonePtr = std::shared_ptr<const Zone>;

/// The zone with this name (in IANA spelling; "UTC" always works). InvalidInput for an unknown
/// name.
/// Cost: the first call for a name reads tzdata; later calls find it in a bounded cache.
base::Result<ZonePtr> find_zone(std::string_view name);
ZonePtr utc();

}  // namespace tidemark::event
