#pragma once

/// The rollup at one position, from which a question is answered.

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "query/visible.hpp"
#include "views/rollup/day_sets.hpp"
#include "views/rollup/day_unions.hpp"
#include "views/rollup/dictionary.hpp"
#include "views/rollup/first_seen.hpp"

namespace tidemark::views::rollup {

/// The day sets of one zone, and when a question last used them.
struct ZoneSets {
  event::ZonePtr zone;
  Ref<DayTable> days;
  std::shared_ptr<std::atomic<std::uint64_t>> last_use;
  std::shared_ptr<DayUnions> unions;  ///< of these days
};

/// Two zone names with the same rules have the same days.
inline bool same_days(const event::Zone& a, const event::Zone& b) {
  if (&a == &b) return true;
  if (a.rules_hash() != b.rules_hash() || a.periods().size() != b.periods().size()) return false;
  for (std::size_t i = 0; i < a.periods().size(); ++i) {
    if (a.periods()[i].begin != b.periods()[i].begin) return false;
    if (a.periods()[i].offset_seconds != b.periods()[i].offset_seconds) return false;
  }
  return true;
}

/// Immutable.
struct ProjectView {
  std::shared_ptr<const Dictionary> users;
  std::shared_ptr<const Dictionary> types;
  std::uint32_t user_count = 0;  ///< of the dictionary at this position; it may have grown since
  std::uint32_t type_count = 0;
  Ref<FirstSeen> first_seen;    ///< none if there are no users
  std::vector<ZoneSets> zones;  ///< UTC first
  std::shared_ptr<const TypeLimits> limits;
  event::Micros latest = -1;  ///< the greatest occurred_at; -1 if there are no events

  /// Null if the zone has no sets.
  [[nodiscard]] const ZoneSets* find(const event::Zone& zone) const {
    for (const ZoneSets& sets : zones) {
      if (same_days(*sets.zone, zone)) return &sets;
    }
    return nullptr;
  }
};

/// Immutable.
struct Root final : query::ViewRoot {
  event::Sequence position = 0;
  bool given_up = false;    ///< the rollup has given up: there is nothing here
  std::uint64_t turns = 0;  ///< turns that the writer had taken for building zones
  std::map<event::ProjectId, std::shared_ptr<const ProjectView>> projects;
  std::shared_ptr<const void> lives;  ///< tells the rollup whether roots are still held
};

}  // namespace tidemark::views::rollup
