#include "views/rollup/scope_sets.hpp"

#include <algorithm>

namespace tidemark::views::rollup {

base::Result<ScopeSets> ScopeSets::make(const query::Scope& scope, const ProjectView& view,
                                        const DayTable& days, DayUnions* unions) {
  ScopeSets sets;
  sets.unions_ = unions;
  sets.view_ = &view;
  sets.days_ = &days;
  sets.names_ = view.types->names(0, view.type_count);
  if (scope.segment.empty()) return sets;
  if (!scope.segment.only_event_type()) {
    return base::Error(base::ErrorCode::CannotAnswer,
                       "rollup keeps users by day and event type: it answers no segment on "
                       "properties or user_id");
  }
  sets.matching_.reserve(sets.names_.size());
  for (const std::string_view name : sets.names_) {
    sets.matching_.push_back(scope.segment.matches_type(name));
  }
  sets.every_type_ =
      std::find(sets.matching_.begin(), sets.matching_.end(), false) == sets.matching_.end();
  return sets;
}

base::Status ScopeSets::has_all_sets() const {
  if (every_type_ || view_->limits->keeps_all()) return base::ok;
  for (std::uint32_t type = 0; type < matching_.size(); ++type) {
    if (matching_[type] && !view_->limits->keeps(type)) {
      return base::Error(base::ErrorCode::CannotAnswer,
                         "rollup has no users of the event type \"" + std::string(names_[type]) +
                             "\": its memory was short and the type is rare");
    }
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
  for (std::size_t i = 0; i < day.types.size(); ++i) {
    if (matching_[day.types[i]]) sets.push_back(&day.sets[i]);
  }
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
