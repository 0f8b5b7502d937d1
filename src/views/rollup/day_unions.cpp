#include "views/rollup/day_unions.hpp"

#include <algorithm>
#include <cassert>
#include <set>
#include <vector>

#include "views/rollup/scope_sets.hpp"

namespace tidemark::views::rollup {

DaySpan::DaySpan(const DayTable& days, std::int32_t number) : number_(number) {
  assert(number >= 0);
  std::array<const Day*, kDays> held{};
  std::set<std::uint32_t> types;
  for (std::int32_t at = 0; at < kDays; ++at) {
    const Day* const found = days.find(day(at));
    if (found == nullptr) continue;
    held[static_cast<std::size_t>(at)] = found;
    changed_[static_cast<std::size_t>(at)] = found->changed;
    found->types.for_each([&types](const TypeRow& row) { types.insert(row.type); });
  }
  BlockBuffer buffer(1);
  for (const std::uint32_t type : types) {
    SetList sets;
    std::uint32_t blocks = 0;
    for (const Day* const one : held) {
      if (one == nullptr) continue;
      const OrdinalSet* const users = one->types.find(type);
      if (users == nullptr) continue;
      sets.push_back(users);
      blocks = std::max(blocks, sets.back()->blocks());
    }
    OrdinalSet crowded;
    for (std::uint32_t index = 0; index < blocks; ++index) {
      std::size_t users = 0;
      for (const OrdinalSet* const set : sets) users += set->block(index).count;
      if (sets.size() == 1 || users < kUsersOfACrowd) continue;
      buffer.clear(0);
      rollup::or_into(buffer[0], sets, index);
      crowded.add_bits(index, buffer[0]);
    }
    if (crowded.empty()) continue;
    types_.push_back(type);
    crowded_.push_back(std::move(crowded));
  }
  assert(types_.size() == crowded_.size() && std::ranges::is_sorted(types_));
}

bool DaySpan::fits(const DayTable& days) const {
  for (std::int32_t at = 0; at < kDays; ++at) {
    const Day* const found = days.find(day(at));
    if (changed_[static_cast<std::size_t>(at)] != (found == nullptr ? 0 : found->changed)) {
      return false;
    }
  }
  return true;
}

bool DaySpan::or_into(std::uint64_t* bits, std::uint32_t type, std::uint32_t index) const {
  const auto found = std::ranges::lower_bound(types_, type);
  if (found == types_.end() || *found != type) return false;
  const BlockView block = crowded_[static_cast<std::size_t>(found - types_.begin())].block(index);
  if (block.form == BlockView::Form::Empty) return false;
  rollup::or_into(bits, block);
  return true;
}

std::shared_ptr<const DaySpan> DayUnions::span(const DayTable& days, std::int32_t number) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = spans_.find(number);
    if (found != spans_.end() && found->second->fits(days)) return found->second;
  }
  // Two threads that find none make two: both are right, and one stays.
  auto made = std::make_shared<const DaySpan>(days, number);
  const std::lock_guard lock(mutex_);
  return spans_[number] = std::move(made);
}

void DayUnions::make_quiet(const DayTable& days) {
  std::unordered_map<std::int32_t, event::Sequence> changed;
  days.for_each_from({0}, [&](event::LocalDay on, const Day& day) {
    auto& last = changed[on.days / DaySpan::kDays];
    last = std::max(last, day.changed);
  });
  std::vector<std::int32_t> quiet;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, last] : changed) {
      const auto before = looked_at_.find(number);
      if (before != looked_at_.end() && before->second == last) quiet.push_back(number);
    }
    looked_at_ = std::move(changed);
  }
  for (const std::int32_t number : quiet) span(days, number);
}

void DayUnions::clear() {
  const std::lock_guard lock(mutex_);
  spans_.clear();
}

}  // namespace tidemark::views::rollup
