#include "views/rollup/naive.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <set>
#include <string>
#include <variant>

namespace tidemark::views::rollup {
namespace {

using event::LocalDay;
using Users = std::set<std::string>;

struct Naive {
  const query::Scope& scope;
  std::ranges::subrange<std::deque<EventList::Event>::const_iterator> events;

  [[nodiscard]] bool matches(const EventList::Event& e) const {
    return scope.segment.matches(e.type, e.user, "{}");
  }
  [[nodiscard]] LocalDay day(const EventList::Event& e) const { return scope.zone->day_of(e.at); }

  /// Users with a matching event on a day in [begin, end).
  [[nodiscard]] Users users(LocalDay begin, LocalDay end) const {
    Users users;
    for (const auto& e : events) {
      if (matches(e) && day(e) >= begin && day(e) < end) users.insert(e.user);
    }
    return users;
  }

  [[nodiscard]] query::Answer answer(const query::ActiveUsers& asked) const {
    query::ActiveUsersAnswer rows;
    for (auto on = asked.range.from; on <= asked.range.to; on = on.plus(1)) {
      rows.push_back(
          {.date = on, .active_users = users(on.plus(1 - asked.trailing_days), on.plus(1)).size()});
    }
    return rows;
  }

  [[nodiscard]] query::Answer answer(const query::TopEvents& asked) const {
    std::map<std::string, std::pair<std::uint64_t, Users>> types;
    for (const auto& e : events) {
      if (!matches(e) || day(e) < asked.range.from || day(e) > asked.range.to) continue;
      ++types[e.type].first;
      types[e.type].second.insert(e.user);
    }
    query::TopEventsAnswer rows;
    for (const auto& [type, found] : types) {
      rows.push_back(
          {.event_type = type, .count = found.first, .unique_users = found.second.size()});
    }
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& a, const auto& b) { return a.count > b.count; });
    if (rows.size() > asked.limit) rows.resize(asked.limit);
    return rows;
  }

  [[nodiscard]] query::Answer answer(const query::Retention& asked) const {
    std::map<std::string, event::Micros> first_seen;
    LocalDay last_day{-1'000'000};
    event::Micros latest = -1;
    for (const auto& e : events) {
      const auto seen = first_seen.try_emplace(e.user, e.at).first;
      seen->second = std::min(seen->second, e.at);
      latest = std::max(latest, e.at);
    }
    if (latest >= 0) last_day = scope.zone->day_of(latest);

    query::RetentionAnswer cohorts;
    for (std::int32_t c = 0; c < asked.cohorts; ++c) {
      const LocalDay begin = asked.window_begin(c, 0);
      const LocalDay end = asked.window_begin(c, 1);
      Users members = users(begin, end);
      if (asked.cohort == query::CohortKind::FirstSeen) {
        std::erase_if(members, [&](const std::string& user) {
          const LocalDay first = scope.zone->day_of(first_seen[user]);
          return first < begin || first >= end;
        });
      }
      query::RetentionCohort cohort{.date = begin, .size = members.size(), .windows = {}};
      for (std::int32_t k = 0; k <= asked.windows; ++k) {
        const LocalDay from = asked.window_begin(c, k);
        const LocalDay to = asked.window_begin(c, k + 1);
        const bool later = asked.mode == query::ReturnMode::OnOrAfter;
        const Users back = users(from, later ? LocalDay{1'000'000} : to);
        query::RetentionWindow window{.date = from,
                                      .users = 0,
                                      .complete = to.plus(-1) <= last_day,
                                      .begun = from <= last_day};
        for (const auto& user : members) window.users += window.begun && back.contains(user);
        cohort.windows.push_back(window);
      }
      cohorts.push_back(cohort);
    }
    return cohorts;
  }
};

}  // namespace

std::vector<event::StoredRow> EventList::rows(std::size_t first, std::size_t end) const {
  std::vector<event::StoredRow> rows;
  for (std::size_t i = first; i < end; ++i) {
    event::StoredRow row;
    row.user_id = events_[i].user;
    row.event_type = events_[i].type;
    row.occurred_at = events_[i].at;
    row.sequence = i;
    rows.push_back(row);
  }
  return rows;
}

query::Answer naive_answer(const query::Question& question, const EventList& list,
                           std::size_t position) {
  const auto begin = list.events().begin();
  const Naive naive{.scope = query::scope_of(question),
                    .events = {begin, begin + static_cast<std::ptrdiff_t>(position)}};
  return std::visit([&](const auto& asked) { return naive.answer(asked); }, question);
}

}  // namespace tidemark::views::rollup
