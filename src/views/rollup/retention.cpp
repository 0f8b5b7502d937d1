// Who came back: cohorts against windows, block by block of users, so that all bitsets of a block
// stay near the processor while every pair of them is counted.

#include <algorithm>
#include <cassert>
#include <cstring>

#include "views/rollup/scope_sets.hpp"
#include "views/rollup/shares.hpp"

namespace tidemark::views::rollup {
namespace {

using query::CohortKind;
using query::Retention;
using query::RetentionRows;
using query::ReturnMode;

/// A block with fewer users is looked up user by user; others are counted as bitsets.
constexpr std::uint32_t kFewUsers = 16;

/// From so many blocks on a second thread is worth its start: a block of a month takes 0.2 ms.
constexpr std::size_t kBlocksToShare = 8;

/// Window k of cohort c is period c + k, counted from the first cohort: cohorts share periods.
class Matrix {
 public:
  Matrix(const Retention& asked, const ScopeSets& sets)
      : asked_(asked),
        sets_(sets),
        cohorts_(static_cast<std::size_t>(asked.cohorts)),
        periods_(static_cast<std::size_t>(asked.cohorts + asked.windows)),
        cursor_(asked.scope.zone),
        users_(periods_ + 1),
        later_(asked.mode == ReturnMode::OnOrAfter ? periods_ + 1 : 0),
        first_seen_(asked.cohort == CohortKind::FirstSeen ? cohorts_ : 0) {
    assert(asked.cohorts >= 1 && asked.windows >= 0);
    for (std::size_t i = 0; i <= periods_; ++i) begins_.push_back(begin_of(i));
    lists_.resize(periods_ + 1);
    for (std::size_t i = 0; i < periods_; ++i) {
      for (auto day = begins_[i]; day < begins_[i + 1]; day = day.plus(1)) {
        sets.collect(day, lists_[i]);
      }
    }
    if (asked.mode == ReturnMode::OnOrAfter) {
      // All the days after the last window, too, as far as there is data.
      sets.days().for_each_from(begins_[periods_], [&](event::LocalDay /*on*/, const Day& day) {
        sets.collect(day, lists_[periods_]);
      });
    }
  }

  /// Adds the users of one block to the cells.
  void add_block(std::uint32_t index, RetentionRows& cohorts) {
    std::vector<BlockView> active(periods_);
    for (std::size_t i = 0; i < periods_; ++i) active[i] = unite(i, index);
    std::vector<BlockView> back = active;
    if (asked_.mode == ReturnMode::OnOrAfter) back = unite_later(index, active);
    if (asked_.cohort == CohortKind::FirstSeen) keep_newcomers(index, active);

    for (std::size_t c = 0; c < cohorts_; ++c) {
      const BlockView& members = active[c];
      if (members.count == 0) continue;
      cohorts[c].size += members.count;
      for (std::size_t k = 0; k < cohorts[c].windows.size(); ++k) {
        assert(c + k < back.size());
        cohorts[c].windows[k].users += count_and(members, back[c + k]);
      }
    }
  }

 private:
  [[nodiscard]] event::LocalDay begin_of(std::size_t period) const {
    return asked_.window_begin(0, static_cast<std::int32_t>(period));
  }

  static BlockView as_bits(const std::uint64_t* bits) {
    return {.form = BlockView::Form::Bits, .count = kernels().count(bits), .items = bits};
  }

  /// The users of one period.
  BlockView unite(std::size_t period, std::uint32_t index) {
    const SetList& list = lists_[period];
    if (list.empty()) return {};
    if (list.size() == 1) {
      const BlockView only = list.front()->block(index);
      if (only.form == BlockView::Form::Bits || only.count < kFewUsers) return only;
    }
    users_.clear(period);
    if (!or_into(users_[period], list, index)) return {};
    return as_bits(users_[period]);
  }

  /// The users of each period and of all the days after it.
  std::vector<BlockView> unite_later(std::uint32_t index, const std::vector<BlockView>& active) {
    later_.clear(periods_);
    or_into(later_[periods_], lists_[periods_], index);
    std::vector<BlockView> back(periods_);
    for (std::size_t i = periods_; i-- > 0;) {
      std::memcpy(later_[i], later_[i + 1], kBlockBytes);
      or_into(later_[i], active[i]);
      back[i] = as_bits(later_[i]);
    }
    return back;
  }

  /// Keeps in each cohort the users whose first event of all is in its window 0.
  void keep_newcomers(std::uint32_t index, std::vector<BlockView>& active) {
    for (std::size_t c = 0; c < cohorts_; ++c) first_seen_.clear(c);
    const FirstSeen& seen = *sets_.view().first_seen;
    const auto first = static_cast<std::uint32_t>(index * kBlockUsers);
    assert(first < seen.users());
    const std::uint32_t count = std::min<std::uint32_t>(seen.users() - first, kBlockUsers);
    for (std::uint32_t at = 0; at < count; ++at) {
      const std::size_t cohort = cohort_of(cursor_.day_of(seen.at(first + at)));
      if (cohort < cohorts_) first_seen_[cohort][at / 64] |= std::uint64_t{1} << (at % 64);
    }
    for (std::size_t c = 0; c < cohorts_; ++c) {
      if (active[c].count == 0) continue;
      // A copy instead of the period's own bits, which are still needed where the period is a
      // window.
      std::uint64_t* const members = first_seen_[c];
      if (active[c].form == BlockView::Form::Bits) {
        kernels().and_into(members, active[c].bits());
      } else {
        users_.clear(periods_);
        or_into(users_[periods_], active[c]);
        kernels().and_into(members, users_[periods_]);
      }
      active[c] = as_bits(members);
    }
  }

  /// The cohort whose window 0 holds the day; cohorts_ or more if there is none.
  [[nodiscard]] std::size_t cohort_of(event::LocalDay day) const {
    if (day < begins_.front() || day >= begins_[cohorts_]) return cohorts_;
    const auto days = static_cast<std::size_t>(day.days - begins_.front().days);
    if (asked_.period == query::Period::Day) return days;
    if (asked_.period == query::Period::Week) return days / 7;
    const auto end = begins_.begin() + static_cast<std::ptrdiff_t>(cohorts_);
    return static_cast<std::size_t>(std::upper_bound(begins_.begin(), end, day) - begins_.begin()) -
           1;
  }

  const Retention& asked_;
  const ScopeSets& sets_;
  const std::size_t cohorts_;
  const std::size_t periods_;
  std::vector<event::LocalDay> begins_;  // of each period, and the end of the last one
  std::vector<SetList> lists_;           // of each period, and of all the days after
  DayCursor cursor_;
  BlockBuffer users_;
  BlockBuffer later_;
  BlockBuffer first_seen_;
};

void add(const RetentionRows& part, RetentionRows& whole) {
  assert(part.size() == whole.size());
  for (std::size_t c = 0; c < whole.size(); ++c) {
    whole[c].size += part[c].size;
    for (std::size_t k = 0; k < whole[c].windows.size(); ++k) {
      whole[c].windows[k].users += part[c].windows[k].users;
    }
  }
}

}  // namespace

base::Result<query::Answer> answer(const Retention& asked, const ScopeSets& sets,
                                   const query::Cancellation& cancellation) {
  const event::Micros latest = sets.view().latest;
  std::optional<event::LocalDay> last_day;
  if (latest >= 0) last_day = asked.scope.zone->day_of(latest);

  RetentionRows cohorts = query::empty_cohorts(asked, last_day);
  std::array<RetentionRows, kSharesMax> counted{cohorts, cohorts};
  auto done = in_shares(sets.blocks(), kBlocksToShare, [&](Share share) -> base::Status {
    Matrix matrix(asked, sets);
    for (std::size_t index = share.first; index < sets.blocks(); index += share.step) {
      if (auto status = going_on(cancellation); !status) return status;
      matrix.add_block(static_cast<std::uint32_t>(index), counted[share.first]);
    }
    return base::ok;
  });
  if (!done) return done.error();
  for (const auto& part : counted) add(part, cohorts);
  return query::answer_of(std::move(cohorts));
}

}  // namespace tidemark::views::rollup
