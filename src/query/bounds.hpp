#pragma once

/// The bounds of questions, and the sentences that tell a client which bound a question exceeds.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "event/local_day.hpp"

namespace tidemark::query {

inline constexpr std::int32_t kRangeDaysMax = 3'660;
inline constexpr std::int64_t kLimitMax = 1'000;
inline constexpr std::int64_t kListLimitDefault = 100;
inline constexpr std::int64_t kWindowsMax = 366;
inline constexpr std::int64_t kCohortsMax = 366;
inline constexpr std::size_t kConditionsMax = 64;

/// One entry of a problem's `errors`: the parameter, an error code, and what was wrong, expected
/// and received.
struct ParameterFault {
  std::string field;
  std::string code;
  std::string message;
};

/// Checks that `from` is not after `to`, that the range has at most kRangeDaysMax days, and that
/// both days are from 1969-12-31 to 2201-01-01, the local days on which an event can be. The names
/// are those that the client used.
std::optional<ParameterFault> check_range(event::DayRange range,
                                          std::string_view from_name = "from",
                                          std::string_view to_name = "to");
/// Checks that the day is from 1969-12-31 to 2201-01-01.
std::optional<ParameterFault> check_day(event::LocalDay day, std::string_view name);
std::optional<ParameterFault> check_conditions(std::size_t conditions);

}  // namespace tidemark::query
