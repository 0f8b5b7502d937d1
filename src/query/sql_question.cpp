#include "query/sql_question.hpp"

#include <algorithm>
#include <span>
#include <string_view>

#include "wire/text_kernels.hpp"

namespace tidemark::query {
namespace {

using event::Micros;
using event::OffsetPeriod;

// Added to a local time and taken from its day again: the quotient of something negative would be
// rounded up, and in the west the first events of 1970 lie in 1969.
constexpr std::int64_t kBiasDays = 2;

/// Whether it reaches every database unchanged; the rest is left to Segment::matches.
bool is_text(std::string_view text) {
  return wire::is_utf8(text) && text.find('\0') == std::string_view::npos;
}

bool can_push(const Condition& condition) {
  if (condition.field == Field::Property) return false;
  const bool known = condition.op == Operator::Equal || condition.op == Operator::NotEqual ||
                     condition.op == Operator::In;
  return known && std::ranges::all_of(condition.values, is_text);
}

std::string pushed(const Condition& condition) {
  const std::string field = condition.field == Field::EventType ? "event_type" : "user_id";
  if (condition.op == Operator::Equal) return field + " = ?";
  if (condition.op == Operator::NotEqual) return field + " <> ?";
  std::string list = field + " IN (?";
  for (std::size_t i = 1; i < condition.values.size(); ++i) list += ",?";
  return list + ")";
}

std::string project_is(const SqlScope& scope) {
  return "project = " + std::to_string(static_cast<std::uint32_t>(scope.project));
}

/// The offset by which a local day is told, in microseconds, with the bias: halves the periods
/// again and again, so that even sixty years of clock changes are six comparisons.
std::string offset_sql(const SqlDialect& dialect, std::span<const OffsetPeriod> periods) {
  if (periods.size() == 1) {
    return std::to_string(periods[0].offset_seconds * base::kMicrosPerSecond +
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
  return {first, last};
}

std::string index_sql(const SqlDialect& dialect, const SqlActivity& activity,
                      std::span<const OffsetPeriod> periods) {
  const auto local =
      "(" + dialect.micros_of("occurred_at") + " + " + offset_sql(dialect, periods) + ")";
  const auto day = dialect.quotient(local, std::to_string(base::kMicrosPerDay));
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

std::string words_sql(const SqlDialect& dialect, const SqlActivity& activity) {
  std::string text;
  for (std::int32_t word = 0; word < activity.words(); ++word) {
    const auto from = std::to_string(word * 64);
    const auto to = std::to_string(word * 64 + 64);
    text += ", bit_or(CASE WHEN i >= " + from + " AND i < " + to + " THEN " + dialect.bit("i") +
            " END)";
  }
  return text;
}

}  // namespace

SqlSegment push_segment(const Segment& segment) {
  SqlSegment split;
  for (const auto& condition : segment.conditions) {
    if (!can_push(condition)) {
      split.rest.conditions.push_back(condition);
      continue;
    }
    if (!split.condition.empty()) split.condition += " AND ";
    split.condition += pushed(condition);
    split.values.insert(split.values.end(), condition.values.begin(), condition.values.end());
  }
  return split;
}

std::string within_sql(const SqlDialect& dialect, const std::vector<event::Zone::Piece>& pieces) {
  // The bounds of the whole first: by them files and groups of rows are left out.
  const auto from = [&](Micros begin) { return "occurred_at >= " + dialect.instant(begin); };
  const auto to = [&](Micros end) { return "occurred_at < " + dialect.instant(end); };
  std::string text = from(pieces.front().begin) + " AND " + to(pieces.back().end);
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    text += " AND (" + to(pieces[i - 1].end) + " OR " + from(pieces[i].begin) + ")";
  }
  return text;
}

SqlQuery activity_sql(const SqlDialect& dialect, const SqlScope& scope,
                      const SqlActivity& activity) {
  const auto pieces = activity.zone->pieces_of(activity.days);
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
  std::string first = "CAST(0 AS BIGINT)";
  std::string having;
  if (activity.first_seen) {
    // Every event counts for the first one, only the matching ones for the bits.
    index = "CASE WHEN " + counts + " THEN " + index + " ELSE -1 END";
    if (!activity.later) where += " AND occurred_at < " + dialect.instant(end);
    first = dialect.micros_of("min(occurred_at)");
    having = " HAVING min(occurred_at) >= " + dialect.instant(begin);
  } else {
    where += " AND " + counts;
    if (activity.later) where += " AND occurred_at >= " + dialect.instant(begin);
  }
  return {.text = "SELECT " + first + words_sql(dialect, activity) +
                  " FROM (SELECT user_id, occurred_at, " + index + " AS i FROM " + scope.from +
                  " WHERE " + where + ") AS activity GROUP BY user_id" + having,
          .values = scope.values};
}

SqlQuery top_events_sql(const SqlDialect& dialect, const SqlScope& scope,
                        const std::vector<event::Zone::Piece>& pieces, std::uint32_t limit) {
  std::string where = project_is(scope) + " AND " + within_sql(dialect, pieces);
  if (!scope.condition.empty()) where += " AND (" + scope.condition + ")";
  return {.text = "SELECT event_type, count(*), count(DISTINCT user_id) FROM " + scope.from +
                  " WHERE " + where +
                  " GROUP BY event_type ORDER BY count(*) DESC, event_type ASC LIMIT " +
                  std::to_string(limit),
          .values = scope.values};
}

}  // namespace tidemark::query
