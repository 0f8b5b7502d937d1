#pragma once

/// Unions of the users of sixteen days, by type: what a question over a season reads instead of the
/// days themselves.

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "views/rollup/day_sets.hpp"

namespace tidemark::views::rollup {

/// The users of each type in the days [number * kDays, (number + 1) * kDays), of blocks that are
/// crowded: there a union takes no more than what it unites, and to read it is many times faster.
/// Immutable.
class DaySpan {
 public:
  static constexpr std::int32_t kDays = 16;

  DaySpan(const DayTable& days, std::int32_t number);

  /// Whether the days are still what this was made of.
  [[nodiscard]] bool fits(const DayTable& days) const;

  /// Adds block `index` of the users with an event of `type` in these days to `bits`; false where
  /// it is not held. The days must be those that it fits.
  bool or_into(std::uint64_t* bits, std::uint32_t type, std::uint32_t index) const;

 private:
  /// Of a block, on all the days: as arrays of 16 bits they take what a bitset does.
  static constexpr std::size_t kUsersOfACrowd = kBlockBytes / sizeof(std::uint16_t);

  [[nodiscard]] event::LocalDay day(std::int32_t at) const { return {number_ * kDays + at}; }

  std::int32_t number_;
  /// `changed` of each day, 0 where there is none: it tells a day's content, for events come in
  /// order of sequence.
  std::array<event::Sequence, kDays> changed_{};
  MeteredVector<std::uint32_t> types_;  // in order
  MeteredVector<OrdinalSet> crowded_;   // of each of them, every block a bitset
};

/// Spans of the days of one zone, made when they are first needed and again when a day of theirs
/// has changed.
///
/// Threads:  any.
/// Cost:     as much memory again as the days take at worst, a tenth where they are bitsets. Making
/// a span reads its days once.
class DayUnions {
 public:
  /// `days` are those of this zone, in whatever state.
  std::shared_ptr<const DaySpan> span(const DayTable& days, std::int32_t number);
  /// Makes all spans whose days have not changed since the last call, so that no question has to.
  void make_quiet(const DayTable& days);
  void clear();

 private:
  std::mutex mutex_;
  std::unordered_map<std::int32_t, std::shared_ptr<const DaySpan>> spans_;
  std::unordered_map<std::int32_t, event::Sequence> looked_at_;  // the last change of each then
};

}  // namespace tidemark::views::rollup
