#pragma once

/// Answers from the rollup's sets: daily actives, top events and retention in milliseconds.

#include "query/engine.hpp"
#include "views/rollup/rollup.hpp"

namespace tidemark::views::rollup {

/// Answers every question without a segment or with one on the event type alone, in UTC at once,
/// in another zone as soon as its sets are built. Answers from what `visible` shows of the rollup
/// and nothing else.
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

  /// False for a zone that has no sets yet; that also starts their building.
  [[nodiscard]] bool can_answer(const query::Question& question,
                                const query::Visible& visible) const override;

  /// Nearly every question that people ask; not one of years of days, or of tens of thousands of
  /// cells, which takes a second where there are a million users.
  [[nodiscard]] query::Cost cost(const query::Question& question,
                                 const query::Visible& visible) const override;

  /// Patient: waits for the zone's sets up to `zone_patience`, and reads the events of `visible`
  /// through the replay for it where it must.
  base::Result<query::Answer> answer(const query::Question& question, const query::Visible& visible,
                                     const query::Cancellation& cancellation,
                                     bool patient) override;

 private:
  Rollup& rollup_;
};

}  // namespace tidemark::views::rollup
