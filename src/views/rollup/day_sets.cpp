#include "views/rollup/day_sets.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace tidemark::views::rollup {

std::size_t Day::find(std::uint32_t type) const {
  const auto at = std::lower_bound(types.begin(), types.end(), type);
  return at != types.end() && *at == type ? static_cast<std::size_t>(at - types.begin())
                                          : types.size();
}

std::size_t Day::find_or_add(std::uint32_t type) {
  const auto at = std::lower_bound(types.begin(), types.end(), type);
  const auto place = at - types.begin();
  if (at == types.end() || *at != type) {
    types.insert(at, type);
    counts.insert(counts.begin() + place, 0);
    sets.insert(sets.begin() + place, OrdinalSet());
  }
  return static_cast<std::size_t>(place);
}

void Day::merge(const Day& other) {
  changed = std::max(changed, other.changed);
  events += other.events;
  users.add_all(other.users);
  for (std::size_t i = 0; i < other.types.size(); ++i) {
    const std::size_t at = find_or_add(other.types[i]);
    counts[at] += other.counts[i];
    sets[at].add_all(other.sets[i]);
  }
}

std::size_t DayTable::index_of(event::LocalDay day) {
  TIDEMARK_CHECK(holds(day));
  return static_cast<std::size_t>(day.days + kDaysBefore);
}

const Day* DayTable::find(event::LocalDay day) const {
  if (!holds(day)) return nullptr;
  const std::size_t index = index_of(day);
  const auto& page = pages_[index / kDaysInPage];
  return page ? page->days[index % kDaysInPage].get() : nullptr;
}

Day& DayTable::own(event::LocalDay day) {
  const std::size_t index = index_of(day);
  return pages_[index / kDaysInPage].own().days[index % kDaysInPage].own();
}

void DayTable::merge(const DayTable& other) {
  other.for_each([this](event::LocalDay day, const Day& more) { own(day).merge(more); });
}

void DayWriter::add(DayTable& table, const Facts& facts, const TypeLimits& limits) {
  const bool keeps_all = limits.keeps_all();
  event::LocalDay today;
  Day* day = nullptr;
  for (std::size_t i = 0; i < facts.rows.size(); ++i) {
    const event::LocalDay on = cursor_.day_of(facts.rows[i].occurred_at);
    if (day == nullptr || on != today) {
      today = on;
      day = &table.own(on);
    }
    const std::uint32_t type = facts.types[i];
    std::uint32_t& guess =
        guesses_[(static_cast<std::uint32_t>(on.days) * 61 + type) % guesses_.size()];
    if (guess >= day->types.size() || day->types[guess] != type) {
      guess = static_cast<std::uint32_t>(day->find_or_add(type));
    }
    day->changed = facts.rows[i].sequence + 1;
    ++day->events;
    ++day->counts[guess];
    day->users.add(facts.users[i]);
    if (keeps_all || limits.keeps(type)) day->sets[guess].add(facts.users[i]);
  }
}

}  // namespace tidemark::views::rollup
