#pragma once

/// Unions of the users of eight days, by type: what a question over a season reads instead of the
/// days themselves.

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "views/rollup/day_sets.hpp"

namespace tidemark::views::rollup {

/// The users of each type in the days [number * kDays, (number + 1) * kDays), of blocks that are
/// crowded; the others are quickly united from the days themselves, and a union of theirs would
/// hardly be smaller. Immutable.
class DaySpan {
 public:
  static constexpr std::int32_t kDays = 8;

  DaySpan(const DayTable& days, std::int32_t number);

  /// Whether the days are still what this was made of.
  [[nodiscard]] bool fits(const DayTable& days) const;

  /// Adds block `index` of the users with an event of `type` in these days to `bits`; false where
  /// it is not held. The days must be those that it fits.
  bool or_into(std::uint64_t* bits, std::uint32_t type, std::uint32_t index) const;

 private:
  /// Fewer bitsets of days than these are not worth one more.
  static constexpr std::size_t kBitsetsWorthAUnion = 3;

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
/// Cost:     one bitset for three or more that the days hold. Making a span reads its days once.
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
