#include "query/sql/queries.hpp"

#include <algorithm>
#include <cassert>
#include <span>
#include <string_view>
#include <utility>

#include "wire/text_kernels.hpp"

namespace tidemark::query {
namespace {

using event::Micros;
using event::OffsetPeriod;

// Added to a local time and taken from its day again: the quotient of something negative would be
// rounded up, and in the west the first events of 1970 lie in 1969.
constexpr std::int64_t kBiasDays = 2;

/// Whether it reaches every database unchanged; the rest is left to Segment::matches.
bool is_plain(std::string_view text) {
  return wire::is_utf8(text) && text.find('\0') == std::string_view::npos;
}

bool is_text(const Condition& condition) {
  return std::ranges::all_of(condition.path, is_plain) &&
         std::ranges::all_of(condition.values, is_plain);
}

std::string project_is(const SqlScope& scope) {
  return "project = " + std::to_string(static_cast<std::uint32_t>(scope.project));
}

/// The offset by which a local day is told, with the bias: halves the periods again and again, so
/// that even sixty years of clock changes are six comparisons.
std::string offset_sql(const SqlDialect& dialect, std::span<const OffsetPeriod> periods) {
  assert(!periods.empty());
  if (periods.size() == 1) {
    return dialect.shift(periods[0].offset_seconds * base::kMicrosPerSecond +
                         kBiasDays * base::kMicrosPerDay);
  }
  const auto middle = periods.size() / 2;
  return "CASE WHEN occurred_at < " + dialect.instant(periods[middle].begin) + " THEN " +
         offset_sql(dialect, periods.first(middle)) + " ELSE " +
         offset_sql(dialect, periods.subspan(middle)) + " END";
}

std::span<const OffsetPeriod> periods_within(const event::Zone& zone, Micros begin, Micros end) {
  const std::span<const OffsetPeriod> all = zone.periods();
  const auto first = std::ranges::upper_bound(all, begin, {}, &OffsetPeriod::end);
  const auto last = std::ranges::lower_bound(all, end, {}, &OffsetPeriod::begin);
  assert(begin < end && first < last);
  return {first, last};
}

std::string index_sql(const SqlDialect& dialect, const Activity& activity,
                      std::span<const OffsetPeriod> periods) {
  const auto day = dialect.days_of("occurred_at", offset_sql(dialect, periods));
  const auto start = activity.days.from;
  const auto since_start = "(" + day + " - " + std::to_string(start.days + kBiasDays) + ")";
  switch (activity.period) {
    case Period::Day:
      return since_start;
    case Period::Week:
      return dialect.quotient(since_start, "7");
    case Period::Month: {
      const auto zero = dialect.month_of(std::to_string(start.days));
      return "(" + dialect.month_of("(" + day + " - " + std::to_string(kBiasDays) + ")") + " - " +
             zero + ")";
    }
  }
  return since_start;
}

std::string words_sql(const SqlDialect& dialect, const Activity& activity) {
  std::string text;
  for (std::int32_t word = 0; word < activity.words(); ++word) {
    const auto from = std::to_string(word * 64);
    const auto to = std::to_string(word * 64 + 64);
    text += ", bit_or(CASE WHEN i >= " + from + " AND i < " + to + " THEN " + dialect.bit("i") +
            " END)";
  }
  return text;
}

/// Which events are looked at, and which bit each sets.
struct Gathered {
  std::string index;
  std::string where;
  Micros begin = 0;  ///< of the first period
};

Gathered gather(const SqlDialect& dialect, const SqlScope& scope, const Activity& activity) {
  const auto pieces = activity.zone->pieces_of(activity.days);
  assert(!pieces.empty() && "`visit_users` asks for no other days");
  const auto begin = pieces.front().begin;
  const auto end = pieces.back().end;
  auto index = index_sql(dialect, activity, periods_within(*activity.zone, begin, end));
  auto counts = within_sql(dialect, pieces);
  if (activity.later) {
    const auto after = "occurred_at >= " + dialect.instant(end);
    index =
        "CASE WHEN " + after + " THEN " + std::to_string(activity.bits) + " ELSE " + index + " END";
    counts = "(" + counts + " OR " + after + ")";
  }
  if (!scope.condition.empty()) counts += " AND (" + scope.condition + ")";

  std::string where = project_is(scope);
  if (activity.first_seen) {
    // Every event counts for the first one, only the matching ones for the bits.
    index = "CASE WHEN " + counts + " THEN " + index + " ELSE -1 END";
    if (!activity.later) where += " AND occurred_at < " + dialect.instant(end);
  } else {
    where += " AND " + counts;
    if (activity.later) where += " AND occurred_at >= " + dialect.instant(begin);
  }
  return {.index = std::move(index), .where = std::move(where), .begin = begin};
}

std::string counted_sql(const SqlDialect& dialect, const SqlScope& scope,
                        const std::vector<event::Zone::Piece>& pieces) {
  std::string where = project_is(scope) + " AND " + within_sql(dialect, pieces);
  if (!scope.condition.empty()) where += " AND (" + scope.condition + ")";
  return where;
}

}  // namespace

SqlSegment push_segment(const SqlDialect& dialect, const Segment& segment) {
  SqlSegment split;
  for (const auto& condition : segment.conditions) {
    const auto text =
        is_text(condition) ? dialect.condition(condition, split.values) : std::string();
    if (text.empty()) {
      split.rest.conditions.push_back(condition);
      continue;
    }
    if (!split.condition.empty()) split.condition += " AND ";
    split.condition += text;
  }
  return split;
}

std::string within_sql(const SqlDialect& dialect, const std::vector<event::Zone::Piece>& pieces) {
  assert(!pieces.empty());
  // The bounds of the whole range first: they let the database skip files and row groups.
  const auto from = [&](Micros begin) { return "occurred_at >= " + dialect.instant(begin); };
  const auto to = [&](Micros end) { return "occurred_at < " + dialect.instant(end); };
  std::string text = from(pieces.front().begin) + " AND " + to(pieces.back().end);
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    text += " AND (" + to(pieces[i - 1].end) + " OR " + from(pieces[i].begin) + ")";
  }
  return text;
}

SqlQuery activity_sql(const SqlDialect& dialect, const SqlScope& scope, const Activity& activity) {
  const auto gathered = gather(dialect, scope, activity);
  const std::string first =
      activity.first_seen ? dialect.micros_of("min(occurred_at)") : "CAST(0 AS BIGINT)";
  std::string having;
  if (activity.first_seen) {
    having = " HAVING min(occurred_at) >= " + dialect.instant(gathered.begin);
  }
  return {.text = "SELECT " + first + words_sql(dialect, activity) +
                  " FROM (SELECT user_id, occurred_at, " + gathered.index + " AS i FROM " +
                  scope.from + " WHERE " + gathered.where + ") AS activity GROUP BY user_id" +
                  having,
          .values = scope.values};
}

SqlQuery activity_events_sql(const SqlDialect& dialect, const SqlScope& scope,
                             const Activity& activity) {
  const auto gathered = gather(dialect, scope, activity);
  return {.text = "SELECT user_id, occurred_at, " + gathered.index +
                  " AS i, event_type, properties FROM " + scope.from + " WHERE " + gathered.where +
                  " ORDER BY user_id",
          .values = scope.values};
}

SqlQuery totals_by_type_sql(const SqlDialect& dialect, const SqlScope& scope,
                            const std::vector<event::Zone::Piece>& pieces, std::uint32_t limit) {
  const auto where = " FROM " + scope.from + " WHERE " + counted_sql(dialect, scope, pieces);
  const std::string counts =
      dialect.counts_in_groups()
          ? "SELECT event_type, CAST(sum(n) AS BIGINT) AS events, count(*) FROM (SELECT "
            "event_type, "
            "count(*) AS n" +
                where + " GROUP BY event_type, user_id) AS users"
          : "SELECT event_type, count(*) AS events, count(DISTINCT user_id)" + where;
  return {.text = counts + " GROUP BY event_type ORDER BY events DESC, event_type ASC LIMIT " +
                  std::to_string(limit),
          .values = scope.values};
}

SqlQuery typed_events_sql(const SqlDialect& dialect, const SqlScope& scope,
                          const std::vector<event::Zone::Piece>& pieces) {
  return {.text = "SELECT event_type, user_id, properties FROM " + scope.from + " WHERE " +
                  counted_sql(dialect, scope, pieces) + " ORDER BY event_type, user_id",
          .values = scope.values};
}

}  // namespace tidemark::query
