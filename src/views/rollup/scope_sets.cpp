#include "views/rollup/scope_sets.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace tidemark::views::rollup {

base::Result<ScopeSets> ScopeSets::make(const query::Scope& scope, const ProjectView& view,
                                        const DayTable& days, DayUnions* unions) {
  ScopeSets sets;
  sets.unions_ = unions;
  sets.view_ = &view;
  sets.days_ = &days;
  if (scope.segment.empty()) return sets;
  if (!scope.segment.only_event_type()) {
    return base::Error(base::ErrorCode::CannotAnswer,
                       "rollup keeps users by day and event type, so it cannot answer a segment on "
                       "properties or user_id");
  }
  sets.match_types(scope.segment);
  return sets;
}

void ScopeSets::match_types(const query::Segment& segment) {
  const auto names_types = [](const query::Condition& condition) {
    return condition.op == query::Operator::Equal || condition.op == query::Operator::In;
  };
  const auto naming = std::ranges::find_if(segment.conditions, names_types);
  if (naming == segment.conditions.end()) {
    matching_.reserve(view_->type_count);
    for (const std::string_view name : type_names()) {
      matching_.push_back(segment.matches_type(name));
    }
    every_type_ = std::ranges::find(matching_, false) == matching_.end();
    return;
  }
  every_type_ = false;
  named_ = true;
  const auto& values = naming->values;
  for (std::size_t at = 0; at < values.size(); at += Dictionary::kBatchMax) {
    const std::size_t count = std::min(values.size() - at, Dictionary::kBatchMax);
    std::array<std::string_view, Dictionary::kBatchMax> keys;
    std::array<std::uint32_t, Dictionary::kBatchMax> types{};
    for (std::size_t i = 0; i < count; ++i) keys[i] = values[at + i];
    view_->types->find({keys.data(), count}, types.data());
    for (std::size_t i = 0; i < count; ++i) {
      // The dictionary may have grown since: what it has new is not in the view.
      if (types[i] >= view_->type_count || !segment.matches_type(keys[i])) continue;
      named_types_.push_back(types[i]);
    }
  }
  std::ranges::sort(named_types_);
  named_types_.erase(std::ranges::unique(named_types_).begin(), named_types_.end());
}

bool ScopeSets::matches(std::uint32_t type) const {
  if (every_type_) return true;
  assert(named_ || type < matching_.size());
  return named_ ? std::ranges::binary_search(named_types_, type) : matching_[type];
}

std::vector<std::string_view> ScopeSets::type_names() const {
  return view_->types->names(0, view_->type_count);
}

std::string_view ScopeSets::name_of(std::uint32_t type) const {
  assert(type < view_->type_count);
  return view_->types->names(type, type + 1).front();
}

base::Error ScopeSets::dropped(std::uint32_t type) const {
  return {base::ErrorCode::CannotAnswer, "rollup has no users of the event type \"" +
                                             std::string(name_of(type)) +
                                             "\": its memory was short and the type is rare"};
}

base::Status ScopeSets::has_all_sets() const {
  if (every_type_ || view_->limits->keeps_all()) return base::ok;
  for (const std::uint32_t type : named_types_) {
    if (!view_->limits->keeps(type)) return dropped(type);
  }
  for (std::uint32_t type = 0; type < matching_.size(); ++type) {
    if (matching_[type] && !view_->limits->keeps(type)) return dropped(type);
  }
  return base::ok;
}

void ScopeSets::collect(event::LocalDay day, SetList& sets) const {
  if (const Day* const found = days_->find(day); found != nullptr) collect(*found, sets);
}

void ScopeSets::collect(const Day& day, SetList& sets) const {
  if (every_type_) {
    sets.push_back(&day.users);
    return;
  }
  if (named_) {
    for (const std::uint32_t type : named_types_) {
      if (const OrdinalSet* const set = day.types.find(type); set != nullptr) sets.push_back(set);
    }
    return;
  }
  day.types.for_each([&](const TypeRow& row) {
    assert(row.type < matching_.size());
    if (matching_[row.type]) sets.push_back(&row.users);
  });
}

bool or_into(std::uint64_t* bits, const SetList& sets, std::uint32_t index) {
  bool any = false;
  for (const OrdinalSet* const set : sets) {
    const BlockView block = set->block(index);
    if (block.form == BlockView::Form::Empty) continue;
    or_into(bits, block);
    any = true;
  }
  return any;
}

base::Status going_on(const query::Cancellation& cancellation) {
  if (!cancellation.cancelled()) return base::ok;
  return base::Error(base::ErrorCode::TimedOut, "the question was given up");
}

}  // namespace tidemark::views::rollup
