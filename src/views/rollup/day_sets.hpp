#pragma once

/// The events of each local day of one zone: their number and their users, in all and by type.

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "event/event.hpp"
#include "event/zone.hpp"
#include "views/rollup/counted.hpp"
#include "views/rollup/day_cursor.hpp"
#include "views/rollup/sets/ordinal_set.hpp"
#include "views/rollup/type_sets.hpp"

namespace tidemark::views::rollup {

/// The types that have no sets any more because memory was short. Their counts go on.
/// Threads: immutable once it is shared.
struct TypeLimits {
  std::vector<bool> dropped;  ///< by type
  bool closed = false;        ///< types beyond `dropped` have no sets either

  [[nodiscard]] bool keeps(std::uint32_t type) const {
    return type < dropped.size() ? !dropped[type] : !closed;
  }
  [[nodiscard]] bool keeps_all() const { return dropped.empty() && !closed; }
};

struct Day : Counted {
  event::Sequence changed = 0;  ///< one past the last event of the day
  std::uint64_t events = 0;
  OrdinalSet users;
  TypeSets types;

  /// Adds the events of `other`, none of which may be here already.
  void merge(const Day& other);
};

/// The days from before 1970 to after 2200, most of them empty.
class DayTable : public Counted {
 public:
  /// Whether an event can be on this day, in any zone.
  [[nodiscard]] static bool holds(event::LocalDay day) {
    return day.days >= -kDaysBefore &&
           day.days < static_cast<std::int32_t>(kPages * kDaysInPage) - kDaysBefore;
  }
  /// Null if the day has no events.
  [[nodiscard]] const Day* find(event::LocalDay day) const;
  /// The day, for changes; made if there is none. It must be a day on which an event can be.
  Day& own(event::LocalDay day);
  /// Calls `visit(LocalDay, const Day&)` for each day with events from `from` on, in order.
  template <class Visit>
  void for_each_from(event::LocalDay from, Visit&& visit) const;
  template <class Visit>
  void for_each(Visit&& visit) const {
    for_each_from({-kDaysBefore}, visit);
  }
  /// Adds the events of `other`, none of which may be here already.
  void merge(const DayTable& other);

 private:
  static constexpr std::int32_t kDaysBefore = 2;  // local days may begin before 1970 does
  static constexpr std::size_t kDaysInPage = 64;
  static constexpr std::size_t kPages = 1'320;
  struct Page : Counted {
    std::array<Ref<Day>, kDaysInPage> days;
  };
  [[nodiscard]] static std::size_t index_of(event::LocalDay day);

  std::array<Ref<Page>, kPages> pages_;
};

/// The memory of the sets of users, of all types and days. Cost: visits each of them.
std::size_t sets_bytes(const DayTable& days);

/// Rows with what the dictionaries say about them; three columns of one length.
struct Facts {
  std::span<const event::StoredRow> rows;
  const std::uint32_t* users = nullptr;
  const std::uint32_t* types = nullptr;
};

/// Puts facts on the days of one zone.
class DayWriter {
 public:
  explicit DayWriter(event::ZonePtr zone) : cursor_(std::move(zone)) {}

  void add(DayTable& table, const Facts& facts, const TypeLimits& limits);

 private:
  // The next users cannot be predicted, so the memory for adding them is fetched ahead.
  static constexpr std::size_t kAhead = 8;
  static constexpr std::size_t kPortion = 128;  // rows whose days are computed at once
  struct Portion {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  /// The day and the type of a row.
  struct Dated {
    event::LocalDay on;
    Day* day = nullptr;
    TypeSets::Place* guess = nullptr;
  };

  void add_portion(const Facts& facts, Portion portion, const TypeLimits& limits);
  void prefetch(const Dated& dated, std::uint32_t type, std::uint32_t user);
  TypeSets::Place& guess_of(event::LocalDay on, std::uint32_t type) {
    return guesses_[(static_cast<std::uint32_t>(on.days) * 61 + type) % guesses_.size()];
  }

  DayCursor cursor_;
  std::array<Dated, kPortion> dated_{};
  // Where a type was last found on a day: a guess, which is always checked.
  std::array<TypeSets::Place, 1'024> guesses_{};
};

template <class Visit>
void DayTable::for_each_from(event::LocalDay from, Visit&& visit) const {
  const std::int32_t least = -kDaysBefore;
  for (auto at = static_cast<std::size_t>(std::max(from.days, least) + kDaysBefore);
       at < kPages * kDaysInPage; ++at) {
    const auto& page = pages_[at / kDaysInPage];
    if (!page) {
      at |= kDaysInPage - 1;  // to the end of the page
      continue;
    }
    const auto& day = page->days[at % kDaysInPage];
    if (day) visit(event::LocalDay{static_cast<std::int32_t>(at) - kDaysBefore}, *day);
  }
}

}  // namespace tidemark::views::rollup
