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
  const std::size_t count = facts.rows.size();
  for (std::size_t begin = 0; begin < count; begin += kPortion) {
    const std::size_t end = std::min(count, begin + kPortion);
    for (std::size_t i = begin; i < end; ++i) {
      days_[i - begin] = cursor_.day_of(facts.rows[i].occurred_at);
    }
    add_portion(table, facts, {.begin = begin, .end = end}, limits);
  }
}

void DayWriter::add_portion(DayTable& table, const Facts& facts, Portion portion,
                            const TypeLimits& limits) {
  const bool keeps_all = limits.keeps_all();
  event::LocalDay today;
  Day* day = nullptr;
  for (std::size_t i = portion.begin; i < std::min(portion.end, portion.begin + kAhead); ++i) {
    prefetch(table, days_[i - portion.begin], facts.types[i], facts.users[i]);
  }
  for (std::size_t i = portion.begin; i < portion.end; ++i) {
    if (const std::size_t next = i + kAhead; next < portion.end) {
      prefetch(table, days_[next - portion.begin], facts.types[next], facts.users[next]);
    }
    const event::LocalDay on = days_[i - portion.begin];
    if (day == nullptr || on != today) {
      today = on;
      day = &table.own(on);
    }
    const std::uint32_t type = facts.types[i];
    std::uint32_t& guess = guess_of(on, type);
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

void DayWriter::prefetch(const DayTable& table, event::LocalDay on, std::uint32_t type,
                         std::uint32_t user) {
  const Day* const day = table.find(on);
  if (day == nullptr) return;
  day->users.prefetch(user);
  const std::uint32_t guess = guess_of(on, type);
  if (guess < day->types.size() && day->types[guess] == type) day->sets[guess].prefetch(user);
}

}  // namespace tidemark::views::rollup
