#include "query/questions/retention.hpp"

#include <algorithm>
#include <cassert>

#include "query/questions/user_activity.hpp"

namespace tidemark::query {
namespace {

std::string words_for(Period period) {
  switch (period) {
    case Period::Day:
      return "calendar day";
    case Period::Week:
      return "seven calendar days, counted from start_date,";
    case Period::Month:
      return "calendar month";
  }
  return "";
}

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

}  // namespace

event::LocalDay Retention::window_begin(std::int32_t c, std::int32_t k) const {
  switch (period) {
    case Period::Day:
      return start.plus(c + k);
    case Period::Week:
      return start.plus(7 * (c + k));
    case Period::Month:
      return event::add_months(start, c + k);
  }
  return start;
}

std::string Retention::definition() const {
  const auto event = which_events(scope);
  std::string text = "A window is one " + words_for(period) + in_zone(scope) +
                     "; a cohort consists of the users with at least one " + event + " in window 0";
  if (cohort == CohortKind::FirstSeen) text += " whose first event of all is also in it";
  text += "; users counts those of them with at least one " + event + " in window k";
  if (mode == ReturnMode::OnOrAfter) text += " or at any time after it";
  return text + ", and rate is users divided by cohort_size.";
}

RetentionRows empty_cohorts(const Retention& asked, std::optional<event::LocalDay> last_day) {
  RetentionRows cohorts(static_cast<std::size_t>(asked.cohorts));
  for (std::int32_t c = 0; c < asked.cohorts; ++c) {
    auto& cohort = cohorts[static_cast<std::size_t>(c)];
    cohort.date = asked.window_begin(c, 0);
    for (std::int32_t k = 0; k <= asked.windows; ++k) {
      RetentionWindow window{.date = asked.window_begin(c, k), .rate = {}};
      window.window = static_cast<std::uint64_t>(k);
      window.begun = last_day && window.date <= *last_day;
      window.complete = last_day && asked.window_begin(c, k + 1) <= last_day->plus(1);
      cohort.windows.push_back(window);
    }
  }
  return cohorts;
}

Answer answer_of(RetentionRows cohorts) {
  for (RetentionCohort& cohort : cohorts) {
    for (RetentionWindow& window : cohort.windows) {
      if (!window.begun) {
        window.users = 0;
      } else if (cohort.size > 0) {
        window.rate = {.part = window.users, .whole = cohort.size};
      }
    }
  }
  return answer_of<RetentionCohort>(cohorts);
}

base::Result<Answer> fold(const Retention& asked, Source& source) {
  assert(asked.cohorts >= 1 && asked.windows >= 0);
  auto latest = source.latest(asked.scope.project);
  if (!latest) return latest.error();
  std::optional<event::LocalDay> last_day;
  if (*latest) last_day = asked.scope.zone->day_of(**latest);

  const auto periods = last_day ? periods_with_events(asked, *last_day) : 0;
  assert(periods >= 0 && periods <= asked.cohorts + asked.windows);
  // With OnOrAfter the last bit stands for everything after the last window.
  const bool later = asked.mode == ReturnMode::OnOrAfter;
  RetentionCounts counts(asked, periods + (later ? 1 : 0));
  if (periods > 0) {
    const bool first_seen = asked.cohort == CohortKind::FirstSeen;
    const auto begins = period_begins(asked, periods);
    const Activity activity{
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
  auto cohorts = empty_cohorts(asked, last_day);
  for (std::int32_t c = 0; c < asked.cohorts; ++c) {
    RetentionCohort& cohort = cohorts[static_cast<std::size_t>(c)];
    cohort.size = counts.size(c);
    for (std::int32_t k = 0; k <= asked.windows; ++k) {
      cohort.windows[static_cast<std::size_t>(k)].users = counts.users(c, k);
    }
  }
  return answer_of(std::move(cohorts));
}

}  // namespace tidemark::query
