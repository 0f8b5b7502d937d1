#include "views/rollup/engine.hpp"

#include <cassert>

#include "views/rollup/scope_sets.hpp"
#include "views/rollup/set_source.hpp"
#include "views/rollup/state.hpp"

namespace tidemark::views::rollup {
namespace {

const Root& root_of(const query::View& rollup, const query::Visible& visible) {
  return static_cast<const Root&>(visible.root_of(rollup));
}

/// The view of a project without events, in every zone.
const ProjectView& nothing() {
  static const std::shared_ptr<const ProjectView> view = Project(0).view();
  return *view;
}

const ProjectView& view_of(const Root& root, event::ProjectId id) {
  const auto found = root.projects.find(id);
  return found == root.projects.end() ? nothing() : *found->second;
}

base::Error given_up() {
  return {base::ErrorCode::CannotAnswer,
          "rollup cannot answer: its memory was too small, or a file that it needs is damaged"};
}

base::Status can_answer_from(const query::Question& question, const ProjectView& view,
                             const DayTable& days) {
  auto sets = ScopeSets::make(query::scope_of(question), view, days, nullptr);
  if (!sets) return sets.error();
  if (const auto* top = std::get_if<query::TopEvents>(&question)) return can_answer(*top, *sets);
  return sets->has_all_sets();
}

base::Result<query::Answer> answer_from(const query::Question& question, const ProjectView& view,
                                        const DayTable& days, DayUnions* unions,
                                        const query::Cancellation& cancellation) {
  if (auto can = can_answer_from(question, view, days); !can) return can.error();
  const auto sets = ScopeSets::make(query::scope_of(question), view, days, unions);
  return std::visit(
      [&](const auto& asked) -> base::Result<query::Answer> {
        if constexpr (requires { answer(asked, *sets, cancellation); }) {
          return answer(asked, *sets, cancellation);
        } else {
          SetSource source(*sets, cancellation);
          return query::fold(asked, source);
        }
      },
      question);
}

/// Three years and a bit: a union of a day's sets takes some microseconds.
constexpr std::int64_t kLookupDays = 1'100;
/// Pairs of a cohort and a window: a month of cohorts and of windows is a thousand.
constexpr std::int64_t kLookupCells = 4'096;
/// Types of each day: they are added up and sorted, some nanoseconds each.
constexpr std::int64_t kLookupTypes = 200'000;

struct IsLookup {
  std::size_t types;  // of the project

  bool operator()(const query::ActiveUsers& asked) const { return few(asked.range); }
  bool operator()(const query::TopEvents& asked) const {
    return asked.range.days() * static_cast<std::int64_t>(types) <= kLookupTypes;
  }
  bool operator()(const query::Retention& asked) const {
    return std::int64_t{asked.cohorts} * (asked.windows + 1) <= kLookupCells;
  }
  /// Questions that look at one user after another.
  template <class Question>
  bool operator()(const Question& /*asked*/) const {
    return false;
  }

 private:
  static bool few(event::DayRange range) { return range.days() <= kLookupDays; }
};

/// Null where zones are not built.
ZoneBuilder::BuildPtr request(ZoneBuilder* builder, const query::Scope& scope,
                              const query::Visible& visible, bool waits) {
  if (builder == nullptr) return nullptr;
  return builder->request(scope.project, scope.zone, visible, waits);
}

}  // namespace

bool RollupEngine::can_answer(const query::Question& question,
                              const query::Visible& visible) const {
  const Root& root = root_of(rollup_, visible);
  if (root.given_up) return false;
  const query::Scope& scope = query::scope_of(question);
  const ProjectView& view = view_of(root, scope.project);
  const ZoneSets* const zone = view.find(*scope.zone);
  if (zone != nullptr) return bool(can_answer_from(question, view, *zone->days));
  const DayTable& utc = *view.zones.front().days;
  if (!can_answer_from(question, view, utc)) return false;  // nor could it with the zone's days
  if (view.latest < 0) return true;
  if (!rollup_.state_->zones_dropped) request(rollup_.state_->builder, scope, visible, false);
  return false;
}

query::Cost RollupEngine::cost(const query::Question& question,
                               const query::Visible& visible) const {
  const ProjectView& view = view_of(root_of(rollup_, visible), query::scope_of(question).project);
  const bool is_lookup = std::visit(IsLookup{.types = view.type_count}, question);
  return is_lookup ? query::Cost::Lookup : query::Cost::Memory;
}

base::Result<query::Answer> RollupEngine::answer(const query::Question& question,
                                                 const query::Visible& visible,
                                                 const query::Cancellation& cancellation,
                                                 bool patient) {
  const Root& root = root_of(rollup_, visible);
  if (root.given_up) return given_up();
  const query::Scope& scope = query::scope_of(question);
  const ProjectView& view = view_of(root, scope.project);
  assert(!view.zones.empty());
  const DayTable& utc = *view.zones.front().days;
  if (const ZoneSets* const zone = view.find(*scope.zone); zone != nullptr) {
    zone->last_use->store(++rollup_.state_->uses);
    return answer_from(question, view, *zone->days, zone->unions.get(), cancellation);
  }
  if (view.latest < 0) return answer_from(question, view, utc, nullptr, cancellation);

  // A question that no zone's days could answer is not worth making them.
  if (auto can = can_answer_from(question, view, utc); !can) return can.error();
  ZoneBuilder* const builder = rollup_.state_->builder;
  if (builder == nullptr || rollup_.state_->zones_dropped) {
    return base::Error(base::ErrorCode::CannotAnswer,
                       "rollup has no days of " + scope.zone->name() + " and does not build them");
  }
  const auto build = request(builder, scope, visible, patient);
  if (build == nullptr || !patient) {
    return base::Error(base::ErrorCode::Overloaded,
                       "rollup has no days of " + scope.zone->name() + " yet; ask again soon");
  }
  auto days =
      builder->wait(build, visible, view, cancellation, rollup_.state_->options.zone_patience);
  if (!days) return days.error();
  return answer_from(question, view, **days, nullptr, cancellation);
}

}  // namespace tidemark::views::rollup
