#include "query/source.hpp"

#include <cassert>

namespace tidemark::query {

std::int32_t Activity::bit_of(event::LocalDay day) const {
  constexpr std::int32_t kDaysOfAWeek = 7;
  assert(day >= days.from);
  const std::int32_t since = day.days - days.from.days;
  if (period == Period::Day) return since;
  if (period == Period::Week) return since / kDaysOfAWeek;
  std::int32_t months = 0;
  for (auto next = event::add_months(days.from, 1); next <= day; ++months) {
    next = event::add_months(next, 1);
  }
  return months;
}

base::Status visit_users(Source& source, const Scope& scope, const Activity& activity,
                         const Source::VisitUser& visit) {
  assert(activity.zone != nullptr && activity.words() <= kActivityWordsMax);
  if (activity.zone->pieces_of(activity.days).empty()) return base::ok;
  return source.for_each_user(scope, activity, visit);
}

}  // namespace tidemark::query
