#pragma once

/// A day of a calendar, without a zone and without a time.

#include <cassert>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace tidemark::event {

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
struct LocalDay {
  std::int32_t days = 0;

  auto operator<=>(const LocalDay&) const = default;
  [[nodiscard]] LocalDay plus(std::int32_t more) const { return {days + more}; }
};

/// Both ends are inside.
struct DayRange {
  LocalDay from;
  LocalDay to;
  [[nodiscard]] std::int32_t days() const {
    assert(from <= to);
    return to.days - from.days + 1;
  }
};

/// "2025-08-01" and no other form: InvalidInput for another form or a day that does not exist.
base::Result<LocalDay> parse_day(std::string_view text);
std::string to_string(LocalDay day);

/// The first day of the month of `day`, and the first day of the month `months` later.
LocalDay month_of(LocalDay day);
LocalDay add_months(LocalDay first_of_month, std::int32_t months);

}  // namespace tidemark::event
