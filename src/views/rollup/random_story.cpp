#include "views/rollup/random_story.hpp"

#include "event/limits.hpp"

namespace tidemark::views::rollup {
namespace {

constexpr std::int32_t kFirstDay = 20'384;  // 2025-10-23: many clocks change in the next days
constexpr event::Micros kBegin = kFirstDay * base::kMicrosPerDay;
constexpr std::size_t kUsers = 60;
constexpr std::size_t kTypes = 7;

}  // namespace

void RandomStory::tell(EventList& list, int events) {
  for (int i = 0; i < events; ++i) {
    now_ += static_cast<event::Micros>(below(7'200)) * base::kMicrosPerSecond;
    if (now_ > 30 * base::kMicrosPerDay) now_ = 0;
    event::Micros at = kBegin + now_;
    if (below(5) == 0) at -= static_cast<event::Micros>(below(20)) * base::kMicrosPerDay;
    if (below(200) == 0) at = static_cast<event::Micros>(below(event::kOccurredAtEnd));
    // Few users at first: who comes later is new.
    const std::size_t known = 5 + list.events().size() / 20;
    list.add({.user = "user-" + std::to_string(below(std::min(known, kUsers))),
              .type = "type-" + std::to_string(below(1 + below(kTypes))),
              .at = at});
  }
}

event::LocalDay RandomStory::day() {
  return {kFirstDay - 25 + static_cast<std::int32_t>(below(60))};
}

query::Segment RandomStory::segment() {
  query::Segment segment;
  const std::size_t conditions = below(3);
  for (std::size_t i = 0; i < conditions; ++i) {
    const auto ops = {query::Operator::Equal,    query::Operator::NotEqual,
                      query::Operator::Less,     query::Operator::GreaterOrEqual,
                      query::Operator::Contains, query::Operator::Exists};
    query::Condition condition;
    condition.op = *(ops.begin() + below(ops.size()));
    condition.values = {"type-" + std::to_string(below(kTypes + 1))};
    if (condition.op == query::Operator::Exists) condition.values.clear();
    segment.conditions.push_back(condition);
  }
  return segment;
}

query::Question RandomStory::question(event::ZonePtr zone) {
  const query::Scope scope{.zone = std::move(zone), .segment = segment()};
  const event::LocalDay from = day();
  const event::DayRange range{.from = from, .to = from.plus(static_cast<std::int32_t>(below(40)))};
  switch (below(3)) {
    case 0: {
      const auto widths = {1, 7, 30, 3};
      return query::ActiveUsers{
          .scope = scope, .range = range, .trailing_days = *(widths.begin() + below(4))};
    }
    case 1:
      return query::TopEvents{
          .scope = scope, .range = range, .limit = static_cast<std::uint32_t>(1 + below(10))};
    default: {
      const auto period = static_cast<query::Period>(below(3));
      return query::Retention{
          .scope = scope,
          .start = period == query::Period::Month ? event::month_of(from) : from,
          .period = period,
          .cohort = static_cast<query::CohortKind>(below(2)),
          .mode = static_cast<query::ReturnMode>(below(2)),
          .windows = static_cast<std::int32_t>(below(12)),
          .cohorts = static_cast<std::int32_t>(1 + below(12))};
    }
  }
}

}  // namespace tidemark::views::rollup
