#include "query/period.hpp"

namespace tidemark::query {

event::LocalDay begin_of(Period period, event::LocalDay day) {
  constexpr std::int32_t kDaysOfAWeek = 7;
  constexpr std::int32_t kMondayBefore = -3;  // 1970-01-01 was a Thursday
  switch (period) {
    case Period::Day:
      return day;
    case Period::Week: {
      const std::int32_t since = (day.days - kMondayBefore) % kDaysOfAWeek;
      return day.plus(since < 0 ? -since - kDaysOfAWeek : -since);
    }
    case Period::Month:
      return event::month_of(day);
  }
  return day;
}

}  // namespace tidemark::query
