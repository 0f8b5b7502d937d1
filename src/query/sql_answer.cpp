#include "query/sql_answer.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tidemark::query {
namespace {

// A range of days is asked in parts of so many bits: a user costs the database's memory 16 bytes a
// word.
constexpr std::int32_t kRangeBitsMax = 8 * 64;

/// How many periods from the first cohort on can have events in them.
std::int32_t periods_with_events(const Retention& asked, event::LocalDay last_day) {
  // The last day is that of the latest instant; where clocks are set back at midnight an earlier
  // instant may lie on the day after it.
  const auto last = last_day.plus(1);
  const auto all = asked.cohorts + asked.windows;
  std::int32_t count = 0;
  while (count < all && asked.window_begin(count, 0) <= last) ++count;
  return count;
}

/// The first days of the periods, and the day after the last one.
std::vector<event::LocalDay> period_begins(const Retention& asked, std::int32_t periods) {
  std::vector<event::LocalDay> begins;
  for (std::int32_t i = 0; i <= periods; ++i) begins.push_back(asked.window_begin(i, 0));
  return begins;
}

/// -1 for a day before all of them.
std::int32_t period_of(const std::vector<event::LocalDay>& begins, event::LocalDay day) {
  return static_cast<std::int32_t>(std::ranges::upper_bound(begins, day) - begins.begin()) - 1;
}

RetentionAnswer matrix_of(const Retention& asked, const RetentionCounts& counts,
                          std::optional<event::LocalDay> last_day) {
  RetentionAnswer answer;
  for (std::int32_t c = 0; c < asked.cohorts; ++c) {
    RetentionCohort cohort{.date = asked.window_begin(c, 0), .size = counts.size(c), .windows = {}};
    for (std::int32_t k = 0; k <= asked.windows; ++k) {
      RetentionWindow window{.date = asked.window_begin(c, k)};
      window.begun = last_day && window.date <= *last_day;
      window.complete = last_day && asked.window_begin(c, k + 1) <= last_day->plus(1);
      window.users = window.begun ? counts.users(c, k) : 0;
      cohort.windows.push_back(window);
    }
    answer.push_back(std::move(cohort));
  }
  return answer;
}

/// A range of days may lie beyond the calendar of events, where nobody does anything.
base::Status visit_users(SqlSource& source, const Scope& scope, const SqlActivity& activity,
                         const SqlSource::VisitUser& visit) {
  if (activity.zone->pieces_of(activity.days).empty()) return base::ok;
  return source.for_each_user(scope, activity, visit);
}

base::Result<Answer> answer_to(const ActiveUsers& asked, SqlSource& source) {
  const auto before = asked.trailing_days - 1;
  ActiveUsersAnswer answer;
  for (auto day = asked.range.from; day <= asked.range.to;) {
    const auto days = std::min(asked.range.to.days - day.days + 1, kRangeBitsMax - before);
    const SqlActivity activity{.zone = asked.scope.zone.get(),
                               .days = {day.plus(-before), day.plus(days - 1)},
                               .bits = days + before};
    TrailingCounts counts(days, asked.trailing_days);
    auto done = visit_users(source, asked.scope, activity,
                            [&](event::Micros, Words words) { counts.add(words); });
    if (!done) return done.error();
    for (const auto users : counts.users()) {
      answer.push_back({.date = day, .active_users = users});
      day = day.plus(1);
    }
  }
  return Answer{std::move(answer)};
}

base::Result<Answer> answer_to(const TopEvents& asked, SqlSource& source) {
  const auto pieces = asked.scope.zone->pieces_of(asked.range);
  if (pieces.empty()) return Answer{TopEventsAnswer{}};
  auto answer = source.top_events(asked, pieces);
  if (!answer) return answer.error();
  return Answer{*std::move(answer)};
}

base::Result<Answer> answer_to(const Retention& asked, SqlSource& source) {
  auto latest = source.latest(asked.scope.project);
  if (!latest) return latest.error();
  std::optional<event::LocalDay> last_day;
  if (*latest) last_day = asked.scope.zone->day_of(**latest);

  const auto periods = last_day ? periods_with_events(asked, *last_day) : 0;
  // With OnOrAfter the last bit stands for everything after the last window.
  const bool later = asked.mode == ReturnMode::OnOrAfter;
  RetentionCounts counts(asked, periods + (later ? 1 : 0));
  if (periods > 0) {
    const bool first_seen = asked.cohort == CohortKind::FirstSeen;
    const auto begins = period_begins(asked, periods);
    const SqlActivity activity{
        .zone = asked.scope.zone.get(),
        .days = {asked.window_begin(0, 0), asked.window_begin(periods, 0).plus(-1)},
        .period = asked.period,
        .bits = periods,
        .later = later,
        .first_seen = first_seen};
    auto done = visit_users(source, asked.scope, activity, [&](event::Micros first, Words words) {
      counts.add(words, first_seen ? period_of(begins, asked.scope.zone->day_of(first)) : 0);
    });
    if (!done) return done.error();
    counts.finish();
  }
  return Answer{matrix_of(asked, counts, last_day)};
}

}  // namespace

base::Result<Answer> answer_by_sql(const Question& question, SqlSource& source) {
  return std::visit([&](const auto& asked) { return answer_to(asked, source); }, question);
}

}  // namespace tidemark::query
