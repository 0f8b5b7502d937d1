#pragma once

/// The sets as a source that gives one user after another, for questions without a faster way.

#include <optional>
#include <vector>

#include "query/source.hpp"
#include "views/rollup/scope_sets.hpp"

namespace tidemark::views::rollup {

/// Answers for the scope of its sets.
///
/// Lifetime: must not outlive the sets.
/// Cost:     512 KiB of memory for each 64 bits of an activity: 30 MB for ten years of days. Some
///           nanoseconds per user and day.
class SetSource final : public query::Source {
 public:
  SetSource(const ScopeSets& sets, const query::Cancellation& cancellation)
      : sets_(sets), cancellation_(cancellation) {}

  base::Status for_each_user(const query::Scope& scope, const query::Activity& activity,
                             const VisitUser& visit) override;
  base::Result<std::vector<query::TypeTotals>> totals_by_type(
      const query::Scope& scope, const std::vector<event::Zone::Piece>& pieces,
      std::uint32_t limit) override;
  base::Result<std::optional<event::Micros>> latest(event::ProjectId project) override;

 private:
  /// The bits of a block's users: the words of one user after those of another.
  void fill(std::uint32_t block, const std::vector<SetList>& lists, std::size_t words,
            std::vector<std::uint64_t>& users) const;
  /// The sets of each bit.
  [[nodiscard]] std::vector<SetList> lists_of(const query::Activity& activity) const;

  const ScopeSets& sets_;
  const query::Cancellation& cancellation_;
};

}  // namespace tidemark::views::rollup
