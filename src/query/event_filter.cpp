#include "query/event_filter.hpp"

#include <algorithm>
#include <cassert>

#include "event/limits.hpp"

namespace tidemark::query {
namespace {

EventFilter::Pieces pieces_of(const ListEvents& asked) {
  constexpr event::LocalDay kFirstDay{-2};
  constexpr event::LocalDay kLastDay{
      static_cast<std::int32_t>(event::kOccurredAtEnd / base::kMicrosPerDay) + 2};
  EventFilter::Pieces pieces{{event::kOccurredAtMin, event::kOccurredAtEnd}};
  if (asked.from_day || asked.to_day) {
    assert(asked.scope.zone != nullptr);
    pieces = asked.scope.zone->pieces_of(
        {asked.from_day.value_or(kFirstDay), asked.to_day.value_or(kLastDay)});
  }
  const auto from = asked.from.value_or(event::kOccurredAtMin);
  const auto to = asked.to.value_or(event::kOccurredAtEnd);
  for (auto& piece : pieces) {
    piece.begin = std::max(piece.begin, from);
    piece.end = std::min(piece.end, to);
  }
  std::erase_if(pieces, [](const auto& piece) { return piece.begin >= piece.end; });
  return pieces;
}

}  // namespace

EventFilter::EventFilter(const ListEvents& question)
    : project_(question.scope.project),
      pieces_(pieces_of(question)),
      segment_(question.scope.segment) {}

bool EventFilter::matches(event::ProjectId project, const event::Row& row) const {
  if (project != project_) return false;
  const bool within = std::ranges::any_of(pieces_, [&](const auto& piece) {
    return row.occurred_at >= piece.begin && row.occurred_at < piece.end;
  });
  return within && segment_.matches(row.event_type, row.user_id, row.properties);
}

std::string EventFilter::key() const {
  std::string key = std::to_string(static_cast<std::uint32_t>(project_)) + ":";
  for (const auto& piece : pieces_) {
    key += std::to_string(piece.begin) + "-" + std::to_string(piece.end) + ",";
  }
  for (const auto& condition : segment_.conditions) {
    const auto text = to_string(condition);
    key += ";" + std::to_string(text.size()) + ":" + text;
  }
  return key;
}

}  // namespace tidemark::query
