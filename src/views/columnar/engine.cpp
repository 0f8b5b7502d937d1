#include "views/columnar/engine.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "event/limits.hpp"
#include "query/user_activity.hpp"
#include "views/columnar/event_list.hpp"

namespace tidemark::views::columnar {
namespace {

namespace duckdb = clients::duckdb;

/// More periods than this are never asked at once: 12 words a user.
constexpr std::int32_t kWordsMax = 12;
// A range of days is asked in parts of so many bits: a user costs DuckDB's memory 16 bytes a word.
constexpr std::int32_t kRangeBitsMax = 8 * 64;

query::SqlScope scope_sql(const query::Scope& scope, const EventSource& source,
                          const SegmentCondition& condition) {
  return {.from = source.from(),
          .project = scope.project,
          .condition = condition.text,
          .values = condition.values};
}

/// How many periods from the first cohort on can have events in them.
std::int32_t periods_with_events(const query::Retention& asked, event::LocalDay last_day) {
  // The last day is that of the latest instant; where clocks are set back at midnight an earlier
  // instant may lie on the day after it.
  const auto last = last_day.plus(1);
  const auto all = asked.cohorts + asked.windows;
  std::int32_t count = 0;
  while (count < all && asked.window_begin(count, 0) <= last) ++count;
  return count;
}

/// The first days of the periods, and the day after the last one.
std::vector<event::LocalDay> period_begins(const query::Retention& asked, std::int32_t periods) {
  std::vector<event::LocalDay> begins;
  for (std::int32_t i = 0; i <= periods; ++i) begins.push_back(asked.window_begin(i, 0));
  return begins;
}

/// -1 for a day before all of them.
std::int32_t period_of(const std::vector<event::LocalDay>& begins, event::LocalDay day) {
  return static_cast<std::int32_t>(std::ranges::upper_bound(begins, day) - begins.begin()) - 1;
}

query::RetentionAnswer matrix_of(const query::Retention& asked,
                                 const query::RetentionCounts& counts,
                                 std::optional<event::LocalDay> last_day) {
  query::RetentionAnswer answer;
  for (std::int32_t c = 0; c < asked.cohorts; ++c) {
    query::RetentionCohort cohort{
        .date = asked.window_begin(c, 0), .size = counts.size(c), .windows = {}};
    for (std::int32_t k = 0; k <= asked.windows; ++k) {
      query::RetentionWindow window{.date = asked.window_begin(c, k)};
      window.begun = last_day && window.date <= *last_day;
      window.complete = last_day && asked.window_begin(c, k + 1) <= last_day->plus(1);
      window.users = window.begun ? counts.users(c, k) : 0;
      cohort.windows.push_back(window);
    }
    answer.push_back(std::move(cohort));
  }
  return answer;
}

}  // namespace

base::Result<std::unique_ptr<ColumnarEngine>> ColumnarEngine::open(
    const archive::SegmentReader& reader, const ColumnarOptions& options) {
  auto calculator = Calculator::open(options);
  if (!calculator) return calculator.error();
  return std::unique_ptr<ColumnarEngine>(new ColumnarEngine(reader, *std::move(calculator)));
}

base::Result<query::Answer> ColumnarEngine::answer(const query::Question& question,
                                                   const query::Visible& visible,
                                                   const query::Cancellation& cancellation,
                                                   bool /*patient*/) {
  const auto stop = stop_of(cancellation);
  return std::visit([&](const auto& asked) { return answer_to(asked, visible, stop); }, question);
}

template <class Visit>
base::Status ColumnarEngine::for_each_user(const query::Scope& scope, const query::Visible& visible,
                                           const query::SqlActivity& activity, const Stop& stop,
                                           Visit&& visit) {
  const auto pieces = activity.zone->pieces_of(activity.days);
  if (pieces.empty()) return base::ok;  // beyond the calendar of events
  const auto begin = activity.first_seen ? event::kOccurredAtMin : pieces.front().begin;
  const auto end = activity.later ? event::kOccurredAtEnd : pieces.back().end;
  const EventSource source(visible, begin, end, calculator_->tails());
  if (source.empty()) return base::ok;
  const auto condition = calculator_->condition_of(scope.segment);
  const auto query =
      query::activity_sql(query::duckdb_dialect(), scope_sql(scope, source, condition), activity);
  const auto words = static_cast<std::size_t>(activity.words());
  return calculator_->run(query, stop, [&](const duckdb::Chunk& chunk) {
    const auto firsts = chunk.column(0).int64s();
    std::array<std::uint64_t, kWordsMax> user{};
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      for (std::size_t word = 0; word < words; ++word) {
        const auto& column = chunk.column(1 + word);
        user[word] = column.null(row) ? 0 : column.uint64s()[row];
      }
      visit(firsts[row], query::Words{user}.first(words));
    }
  });
}

base::Result<query::Answer> ColumnarEngine::answer_to(const query::ActiveUsers& asked,
                                                      const query::Visible& visible,
                                                      const Stop& stop) {
  const auto before = asked.trailing_days - 1;
  query::ActiveUsersAnswer answer;
  for (auto day = asked.range.from; day <= asked.range.to;) {
    const auto days = std::min(asked.range.to.days - day.days + 1, kRangeBitsMax - before);
    const query::SqlActivity activity{.zone = asked.scope.zone.get(),
                                      .days = {day.plus(-before), day.plus(days - 1)},
                                      .bits = days + before};
    query::TrailingCounts counts(days, asked.trailing_days);
    auto done = for_each_user(asked.scope, visible, activity, stop,
                              [&](event::Micros, query::Words words) { counts.add(words); });
    if (!done) return done.error();
    for (const auto users : counts.users()) {
      answer.push_back({.date = day, .active_users = users});
      day = day.plus(1);
    }
  }
  return query::Answer{std::move(answer)};
}

base::Result<query::Answer> ColumnarEngine::answer_to(const query::TopEvents& asked,
                                                      const query::Visible& visible,
                                                      const Stop& stop) {
  query::TopEventsAnswer answer;
  const auto pieces = asked.scope.zone->pieces_of(asked.range);
  if (pieces.empty()) return query::Answer{std::move(answer)};
  const EventSource source(visible, pieces.front().begin, pieces.back().end, calculator_->tails());
  if (source.empty()) return query::Answer{std::move(answer)};
  const auto condition = calculator_->condition_of(asked.scope.segment);
  const auto query = query::top_events_sql(
      query::duckdb_dialect(), scope_sql(asked.scope, source, condition), pieces, asked.limit);
  auto done = calculator_->run(query, stop, [&](const duckdb::Chunk& chunk) {
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      answer.push_back({.event_type = std::string(chunk.column(0).texts()[row].view()),
                        .count = static_cast<std::uint64_t>(chunk.column(1).int64s()[row]),
                        .unique_users = static_cast<std::uint64_t>(chunk.column(2).int64s()[row])});
    }
  });
  if (!done) return done.error();
  return query::Answer{std::move(answer)};
}

base::Result<query::Answer> ColumnarEngine::answer_to(const query::Retention& asked,
                                                      const query::Visible& visible,
                                                      const Stop& stop) {
  auto latest = latest_.find(asked.scope.project, visible, stop);
  if (!latest) return latest.error();
  std::optional<event::LocalDay> last_day;
  if (*latest) last_day = asked.scope.zone->day_of(**latest);

  const auto periods = last_day ? periods_with_events(asked, *last_day) : 0;
  // With OnOrAfter the last bit stands for everything after the last window.
  const bool later = asked.mode == query::ReturnMode::OnOrAfter;
  query::RetentionCounts counts(asked, periods + (later ? 1 : 0));
  if (periods > 0) {
    const bool first_seen = asked.cohort == query::CohortKind::FirstSeen;
    const auto begins = period_begins(asked, periods);
    const query::SqlActivity activity{
        .zone = asked.scope.zone.get(),
        .days = {asked.window_begin(0, 0), asked.window_begin(periods, 0).plus(-1)},
        .period = asked.period,
        .bits = periods,
        .later = later,
        .first_seen = first_seen};
    auto done = for_each_user(
        asked.scope, visible, activity, stop, [&](event::Micros first, query::Words words) {
          counts.add(words, first_seen ? period_of(begins, asked.scope.zone->day_of(first)) : 0);
        });
    if (!done) return done.error();
    counts.finish();
  }
  return query::Answer{matrix_of(asked, counts, last_day)};
}

base::Result<query::EventPage> ColumnarEngine::list(const query::ListEvents& question,
                                                    const query::Visible& visible,
                                                    const query::Cancellation& cancellation) {
  return list_events(*calculator_, question, visible, stop_of(cancellation));
}

base::Result<std::vector<query::ListedEvent>> ColumnarEngine::by_sequences(
    const query::Visible& visible, std::span<const event::Sequence> sequences) {
  return events_by_sequence(reader_, visible, sequences);
}

}  // namespace tidemark::views::columnar
