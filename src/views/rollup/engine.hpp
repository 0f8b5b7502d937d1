#pragma once

/// Answers from the rollup's sets: daily actives, top events and retention in milliseconds.

#include "query/engine.hpp"
#include "views/rollup/rollup.hpp"

namespace tidemark::views::rollup {

/// Answers every question that has no segment or a segment on the event type alone: in UTC at once,
/// in another zone as soon as its sets are built. Reads only what `visible` shows of the rollup.
///
/// Errors:   CannotAnswer for segments on users or properties, and for types whose sets were
///           dropped; Overloaded while a zone's sets are built (ask again soon); TimedOut when
///           cancelled.
/// Threads:  any, several at once.
/// Lifetime: the rollup must outlive the engine.
class RollupEngine final : public query::Engine {
 public:
  explicit RollupEngine(Rollup& rollup) : rollup_(rollup) {}

  [[nodiscard]] std::string_view name() const override { return "rollup"; }

  /// False for a zone that has no sets yet; the call also starts building them.
  [[nodiscard]] bool can_answer(const query::Question& question,
                                const query::Visible& visible) const override;

  /// Lookup for nearly every question that people ask, but not for one over years of days, or with
  /// tens of thousands of cells, which takes a second with a million users.
  [[nodiscard]] query::Cost cost(const query::Question& question,
                                 const query::Visible& visible) const override;

  /// If `patient`, waits for the zone's sets up to `zone_patience`, and reads the events of
  /// `visible` through the replay if it must.
  base::Result<query::Answer> answer(const query::Question& question, const query::Visible& visible,
                                     const query::Cancellation& cancellation,
                                     bool patient) override;

 private:
  Rollup& rollup_;
};

}  // namespace tidemark::views::rollup
