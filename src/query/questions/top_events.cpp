#include "query/questions/top_events.hpp"

#include <cassert>
#include <utility>

namespace tidemark::query {

std::string TopEvents::definition() const {
  const std::string which = scope.segment.empty() ? "events" : "events that match";
  return "Event types by the number of " + which + " from the first to the last day" +
         in_zone(scope) +
         ", both included, most first and ties by the bytes of the name; unique_users are the "
         "distinct users of those events.";
}

base::Result<Answer> fold(const TopEvents& asked, Source& source) {
  TopEventsRows rows;
  const auto pieces = asked.scope.zone->pieces_of(asked.range);
  if (pieces.empty()) return answer_of(rows);
  auto totals = source.totals_by_type(asked.scope, pieces, asked.limit);
  if (!totals) return totals.error();
  assert(totals->size() <= asked.limit);
  for (TypeTotals& of_type : *totals) {
    rows.push_back({.event_type = std::move(of_type.event_type),
                    .count = of_type.count,
                    .unique_users = of_type.unique_users});
  }
  return answer_of(rows);
}

}  // namespace tidemark::query
