#include "query/questions/active_users.hpp"

#include <algorithm>
#include <cassert>

#include "query/questions/user_activity.hpp"

namespace tidemark::query {
namespace {

// A range of days is asked in parts of so many bits: a user costs a database's memory 16 bytes a
// word.
constexpr std::int32_t kRangeBitsMax = 8 * 64;

}  // namespace

std::string ActiveUsers::definition() const {
  const auto event = which_events(scope);
  if (trailing_days == 1) {
    return "Distinct users with at least one " + event + " on the calendar day" + in_zone(scope) +
           ".";
  }
  return "Distinct users with at least one " + event + " on any of the " +
         std::to_string(trailing_days) + " calendar days" + in_zone(scope) +
         " that end with the date.";
}

base::Result<Answer> fold(const ActiveUsers& asked, Source& source) {
  assert(asked.trailing_days >= 1 && asked.trailing_days <= kRangeBitsMax);
  const auto before = asked.trailing_days - 1;
  ActiveUsersRows rows;
  for (auto day = asked.range.from; day <= asked.range.to;) {
    const auto days = std::min(asked.range.to.days - day.days + 1, kRangeBitsMax - before);
    assert(days > 0);
    const Activity activity{.zone = asked.scope.zone.get(),
                            .days = {day.plus(-before), day.plus(days - 1)},
                            .bits = days + before};
    TrailingCounts counts(days, asked.trailing_days);
    auto done = visit_users(source, asked.scope, activity,
                            [&](event::Micros, Words words) { counts.add(words); });
    if (!done) return done.error();
    assert(counts.users().size() == static_cast<std::size_t>(days));
    for (const auto users : counts.users()) {
      rows.push_back({.date = day, .active_users = users});
      day = day.plus(1);
    }
  }
  return answer_of(rows);
}

}  // namespace tidemark::query
