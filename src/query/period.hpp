#pragma once

/// Lengths of time that a calendar knows.

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "event/local_day.hpp"
#include "query/declaration.hpp"

namespace tidemark::query {

enum class Period : std::uint8_t { Day, Week, Month };

template <>
struct Choices<Period> {
  static constexpr std::array<std::pair<std::string_view, Period>, 6> names{{
      {"day", Period::Day},
      {"week", Period::Week},
      {"month", Period::Month},
      {"daily", Period::Day},
      {"weekly", Period::Week},
      {"monthly", Period::Month},
  }};
};

/// The first day of the day, week (from Monday on) or month that `day` is in.
event::LocalDay begin_of(Period period, event::LocalDay day);

}  // namespace tidemark::query
