#include "contract/reference.hpp"

#include <algorithm>
#include <map>

namespace tidemark::contract {
namespace {

using Users = std::set<std::string>;

/// What a question is answered from: who did something that matches on which local day.
struct World {
  std::map<std::int32_t, Users> active;          ///< by day; matching events
  std::map<std::string, std::int32_t> first_of;  ///< each user's first event of all: its day
  std::optional<std::int32_t> last_day;          ///< the day of the latest event of all

  /// Users with a matching event on one of the days [begin, end).
  [[nodiscard]] Users users(std::int32_t begin, std::int32_t end) const {
    Users users;
    for (const auto& [day, of_day] : active) {
      if (day >= begin && day < end) users.insert(of_day.begin(), of_day.end());
    }
    return users;
  }
};

bool matches_all(const Asked& asked, const KnownEvent& event) {
  return std::ranges::all_of(asked.segments, [&](const auto& s) { return matches(s, event); });
}

World look_at(const Asked& asked, std::span<const KnownEvent> events, LocalDays& days) {
  World world;
  std::map<std::string, std::int64_t> first_instant;
  std::int64_t latest = 0;
  for (const auto& event : events) {
    if (matches_all(asked, event)) {
      world.active[days.day_of(asked.tz, event.at)].insert(event.user);
    }
    const auto [first, is_new] = first_instant.try_emplace(event.user, event.at);
    if (!is_new) first->second = std::min(first->second, event.at);
    latest = std::max(latest, event.at);
  }
  for (const auto& [user, at] : first_instant) world.first_of[user] = days.day_of(asked.tz, at);
  if (!events.empty()) world.last_day = days.day_of(asked.tz, latest);
  return world;
}

query::Answer active_users(const Asked& asked, const World& world) {
  const std::int32_t trailing = asked.what == "dau" ? 1 : asked.what == "wau" ? 7 : 30;
  query::ActiveUsersAnswer rows;
  for (std::int32_t day = asked.from; day <= asked.to; ++day) {
    rows.push_back(
        {.date = {day}, .active_users = world.users(day - trailing + 1, day + 1).size()});
  }
  return rows;
}

query::Answer top_events(const Asked& asked, std::span<const KnownEvent> events, LocalDays& days) {
  std::map<std::string, std::vector<std::string>> users_of;  // an entry an event
  for (const auto& event : events) {
    const auto day = days.day_of(asked.tz, event.at);
    if (day < asked.from || day > asked.to || !matches_all(asked, event)) continue;
    users_of[event.type].push_back(event.user);
  }
  query::TopEventsAnswer rows;
  for (const auto& [type, users] : users_of) {
    rows.push_back({.event_type = type,
                    .count = users.size(),
                    .unique_users = Users(users.begin(), users.end()).size()});
  }
  std::ranges::sort(rows, [](const auto& a, const auto& b) {
    return a.count != b.count ? a.count > b.count : a.event_type < b.event_type;
  });
  if (rows.size() > static_cast<std::size_t>(asked.limit)) {
    rows.resize(static_cast<std::size_t>(asked.limit));
  }
  return rows;
}

/// The first day of window k of cohort c.
std::int32_t window_begin(const Asked& asked, std::int32_t c, std::int32_t k) {
  if (asked.period == "month") return month_begin(asked.from, c + k);
  const std::int32_t days = asked.period == "week" ? 7 : 1;
  const std::int32_t cohort = asked.from + c * days;
  return cohort + k * days;
}

query::RetentionCohort cohort_of(const Asked& asked, const World& world, std::int32_t c) {
  constexpr std::int32_t kForEver = 1'000'000;
  const auto begin = window_begin(asked, c, 0);
  const auto end = window_begin(asked, c, 1);
  Users members = world.users(begin, end);
  if (asked.cohort == "first_seen") {
    std::erase_if(members, [&](const std::string& user) {
      return world.first_of.at(user) < begin || world.first_of.at(user) >= end;
    });
  }
  query::RetentionCohort cohort{.date = {begin}, .size = members.size(), .windows = {}};
  for (std::int32_t k = 0; k <= asked.windows; ++k) {
    const auto from = window_begin(asked, c, k);
    const auto to = window_begin(asked, c, k + 1);
    query::RetentionWindow window{.date = {from}};
    window.complete = world.last_day && to - 1 <= *world.last_day;
    window.begun = world.last_day && from <= *world.last_day;
    const Users back = world.users(from, asked.mode == "on" ? to : kForEver);
    if (window.begun) {
      window.users = static_cast<std::uint64_t>(
          std::ranges::count_if(members, [&](const auto& user) { return back.contains(user); }));
    }
    cohort.windows.push_back(window);
  }
  return cohort;
}

}  // namespace

query::Answer reference_answer(const Asked& asked, std::span<const KnownEvent> events,
                               LocalDays& days) {
  if (asked.what == "top-events") return top_events(asked, events, days);
  const World world = look_at(asked, events, days);
  if (asked.what != "retention") return active_users(asked, world);
  query::RetentionAnswer cohorts;
  for (std::int32_t c = 0; c < asked.cohorts; ++c) cohorts.push_back(cohort_of(asked, world, c));
  return cohorts;
}

}  // namespace tidemark::contract
