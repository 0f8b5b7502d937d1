#include "views/rollup/day_sets.hpp"

#include <algorithm>
#include <cassert>

#include "base/check.hpp"

namespace tidemark::views::rollup {

void Day::merge(const Day& other) {
  changed = std::max(changed, other.changed);
  events += other.events;
  users.add_all(other.users);
  types.merge(other.types);
}

std::size_t DayTable::index_of(event::LocalDay day) {
  TIDEMARK_CHECK(holds(day));
  return static_cast<std::size_t>(day.days + kDaysBefore);
}

const Day* DayTable::find(event::LocalDay day) const {
  const auto index = static_cast<std::size_t>(std::int64_t{day.days} + kDaysBefore);
  if (index >= kPages * kDaysInPage) return nullptr;  // a day before the first is a huge index
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

std::size_t sets_bytes(const DayTable& days) {
  std::size_t bytes = 0;
  days.for_each([&bytes](event::LocalDay /*on*/, const Day& day) {
    bytes += day.users.memory_bytes();
    day.types.for_each([&bytes](const TypeRow& row) { bytes += row.users.memory_bytes(); });
  });
  return bytes;
}

void DayWriter::add(DayTable& table, const Facts& facts, const TypeLimits& limits) {
  assert(facts.users != nullptr && facts.types != nullptr);
  const std::size_t count = facts.rows.size();
  for (std::size_t begin = 0; begin < count; begin += kPortion) {
    const std::size_t end = std::min(count, begin + kPortion);
    for (std::size_t i = begin; i < end; ++i) {
      const event::LocalDay on = cursor_.day_of(facts.rows[i].occurred_at);
      Dated& now = dated_[i - begin];
      const bool again = i > begin && dated_[i - begin - 1].on == on;
      now = {.on = on,
             .day = again ? dated_[i - begin - 1].day : &table.own(on),
             .guess = &guess_of(on, facts.types[i])};
    }
    add_portion(facts, {.begin = begin, .end = end}, limits);
  }
}

void DayWriter::add_portion(const Facts& facts, Portion portion, const TypeLimits& limits) {
  assert(portion.begin <= portion.end && portion.end - portion.begin <= kPortion);
  const bool keeps_all = limits.keeps_all();
  for (std::size_t i = portion.begin; i < std::min(portion.end, portion.begin + kAhead); ++i) {
    prefetch(dated_[i - portion.begin], facts.types[i], facts.users[i]);
  }
  for (std::size_t i = portion.begin; i < portion.end; ++i) {
    if (const std::size_t next = i + kAhead; next < portion.end) {
      prefetch(dated_[next - portion.begin], facts.types[next], facts.users[next]);
    }
    Day& day = *dated_[i - portion.begin].day;
    TypeSets::Place& guess = *dated_[i - portion.begin].guess;
    const std::uint32_t type = facts.types[i];
    if (day.types.at(guess, type) == nullptr) guess = day.types.find_or_add(type);
    TypeRow& row = day.types.own(guess);
    day.changed = facts.rows[i].sequence + 1;
    ++day.events;
    ++row.count;
    day.users.add(facts.users[i]);
    if (keeps_all || limits.keeps(type)) row.users.add(facts.users[i]);
  }
}

void DayWriter::prefetch(const Dated& dated, std::uint32_t type, std::uint32_t user) {
  dated.day->users.prefetch(user);
  const TypeRow* const row = dated.day->types.at(*dated.guess, type);
  if (row != nullptr) row->users.prefetch(user);
}

}  // namespace tidemark::views::rollup
