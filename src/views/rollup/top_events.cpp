// The types with most events, and how many users had one.

#include <algorithm>
#include <numeric>

#include "views/rollup/scope_sets.hpp"

namespace tidemark::views::rollup {
namespace {

using query::TopEvents;
using query::TopEventsAnswer;

struct TypeCount {
  std::uint32_t type = 0;
  std::uint64_t events = 0;
};

std::vector<const Day*> days_of(const TopEvents& asked, const ScopeSets& sets) {
  std::vector<const Day*> days;
  for (auto on = asked.range.from; on <= asked.range.to; on = on.plus(1)) {
    if (const Day* const day = sets.days().find(on); day != nullptr) days.push_back(day);
  }
  return days;
}

/// The first `limit` types by number of events, ties by name.
std::vector<TypeCount> most_frequent(const TopEvents& asked, const ScopeSets& sets,
                                     const std::vector<const Day*>& days) {
  std::vector<std::uint64_t> events(sets.type_names().size());
  for (const Day* const day : days) {
    for (std::size_t i = 0; i < day->types.size(); ++i) events[day->types[i]] += day->counts[i];
  }
  std::vector<TypeCount> counted;
  for (std::uint32_t type = 0; type < events.size(); ++type) {
    if (events[type] > 0 && sets.matches(type)) {
      counted.push_back({.type = type, .events = events[type]});
    }
  }
  const auto& names = sets.type_names();
  const auto more = [&names](const TypeCount& a, const TypeCount& b) {
    return a.events != b.events ? a.events > b.events : names[a.type] < names[b.type];
  };
  const auto kept = static_cast<std::ptrdiff_t>(std::min<std::size_t>(counted.size(), asked.limit));
  std::partial_sort(counted.begin(), counted.begin() + kept, counted.end(), more);
  counted.resize(static_cast<std::size_t>(kept));
  return counted;
}

std::uint64_t count_union(const SetList& sets, BlockBuffer& buffer) {
  if (sets.size() == 1) return sets.front()->cardinality();
  std::uint32_t blocks = 0;
  for (const OrdinalSet* const set : sets) blocks = std::max(blocks, set->blocks());
  std::uint64_t users = 0;
  for (std::uint32_t index = 0; index < blocks; ++index) {
    buffer.clear(0);
    if (or_into(buffer[0], sets, index)) users += kernels().count(buffer[0]);
  }
  return users;
}

base::Status all_kept(const std::vector<TypeCount>& top, const ScopeSets& sets) {
  for (const TypeCount& one : top) {
    if (!sets.view().limits->keeps(one.type)) {
      return base::Error(base::ErrorCode::CannotAnswer,
                         "rollup has no users of the event type \"" +
                             std::string(sets.type_names()[one.type]) +
                             "\": its memory was short and the type is rare");
    }
  }
  return base::ok;
}

}  // namespace

base::Status can_answer(const TopEvents& asked, const ScopeSets& sets) {
  if (sets.view().limits->keeps_all()) return base::ok;
  return all_kept(most_frequent(asked, sets, days_of(asked, sets)), sets);
}

base::Result<TopEventsAnswer> answer(const TopEvents& asked, const ScopeSets& sets,
                                     const query::Cancellation& cancellation) {
  const std::vector<const Day*> days = days_of(asked, sets);
  const std::vector<TypeCount> top = most_frequent(asked, sets, days);
  if (auto kept = all_kept(top, sets); !kept) return kept.error();

  TopEventsAnswer rows;
  BlockBuffer buffer(1);
  for (const TypeCount& one : top) {
    if (auto status = going_on(cancellation); !status) return status.error();
    SetList users;
    for (const Day* const day : days) {
      const std::size_t at = day->find(one.type);
      if (at < day->types.size()) users.push_back(&day->sets[at]);
    }
    rows.push_back({.event_type = std::string(sets.type_names()[one.type]),
                    .count = one.events,
                    .unique_users = count_union(users, buffer)});
  }
  return rows;
}

}  // namespace tidemark::views::rollup
