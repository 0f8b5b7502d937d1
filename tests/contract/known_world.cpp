#include "contract/known_world.hpp"

#include <algorithm>

#include "contract/reference.hpp"

namespace tidemark::contract {

Users KnownWorld::users(std::int32_t begin, std::int32_t end) const {
  Users users;
  for (const auto& [day, of_day] : active) {
    if (day >= begin && day < end) users.insert(of_day.begin(), of_day.end());
  }
  return users;
}

KnownWorld look_at(const Asked& asked, std::span<const KnownEvent> events, LocalDays& days) {
  KnownWorld world;
  std::map<std::string, std::int64_t> first_instant;
  std::int64_t latest = 0;
  for (const auto& event : events) {
    if (std::ranges::all_of(asked.segments, [&](const auto& s) { return matches(s, event); })) {
      const auto day = days.day_of(asked.tz, event.at);
      world.matching.push_back({.day = day, .user = event.user, .type = event.type});
      world.active[day].insert(event.user);
    }
    const auto [first, is_new] = first_instant.try_emplace(event.user, event.at);
    if (!is_new) first->second = std::min(first->second, event.at);
    latest = std::max(latest, event.at);
  }
  for (const auto& [user, at] : first_instant) world.first_of[user] = days.day_of(asked.tz, at);
  if (!events.empty()) world.last_day = days.day_of(asked.tz, latest);
  return world;
}

}  // namespace tidemark::contract
