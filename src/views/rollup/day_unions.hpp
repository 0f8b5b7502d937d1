#pragma once

/// Unions of the users of sixteen days, by type: a question over a season reads them instead of the
/// days.

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "views/rollup/day_sets.hpp"

namespace tidemark::views::rollup {

/// The users of each type in the days [number * kDays, (number + 1) * kDays), for crowded blocks
/// only: there a union takes no more memory than the sets that it unites, and reading it is many
/// times faster. Immutable.
class DaySpan {
 public:
  static constexpr std::int32_t kDays = 16;

  DaySpan(const DayTable& days, std::int32_t number);

  /// Whether the days are unchanged since this was made from them.
  [[nodiscard]] bool fits(const DayTable& days) const;

  /// Adds block `index` of the users with an event of `type` in these days to `bits`; false if the
  /// block is not held. `fits` must hold for the days.
  bool or_into(std::uint64_t* bits, std::uint32_t type, std::uint32_t index) const;

 private:
  /// Users in a block, over all the days, from which on arrays of 16 bits take as much as a bitset.
  static constexpr std::size_t kUsersOfACrowd = kBlockBytes / sizeof(std::uint16_t);

  [[nodiscard]] event::LocalDay day(std::int32_t at) const { return {number_ * kDays + at}; }

  std::int32_t number_;
  /// `changed` of each day, 0 if there is no such day. It identifies a day's content, because
  /// events come in order of sequence.
  std::array<event::Sequence, kDays> changed_{};
  MeteredVector<std::uint32_t> types_;  // in order
  MeteredVector<OrdinalSet> crowded_;   // per type, every block a bitset
};

/// Spans of the days of one zone, made when they are first needed, and made again when one of their
/// days has changed.
///
/// Threads:  any.
/// Cost:     at worst the memory of the days once more, a tenth of it if the days are bitsets.
///           Making a span reads its days once.
class DayUnions {
 public:
  /// `days` are those of this zone, in any state.
  std::shared_ptr<const DaySpan> span(const DayTable& days, std::int32_t number);
  /// Makes all spans whose days have not changed since the last call, so that no question has to.
  void make_quiet(const DayTable& days);
  void clear();

 private:
  std::mutex mutex_;
  std::unordered_map<std::int32_t, std::shared_ptr<const DaySpan>> spans_;
  std::unordered_map<std::int32_t, event::Sequence> looked_at_;  // by span: its last change then
};

}  // namespace tidemark::views::rollup
