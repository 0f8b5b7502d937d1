#pragma once

/// What can be asked, as values. Every engine answers the same questions in the same words.

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "event/event.hpp"
#include "event/local_day.hpp"
#include "event/zone.hpp"
#include "query/segment.hpp"

namespace tidemark::query {

/// What all statistics have in common.
struct Scope {
  event::ProjectId project = event::ProjectId::Default;
  event::ZonePtr zone;  ///< never null
  Segment segment;      ///< empty: every event
};

/// Users with at least one matching event in the `trailing_days` days that end with each day of
/// `range`: 1 for dau, 7 for wau, 30 for mau. Days before the range count where they trail.
struct ActiveUsers {
  Scope scope;
  event::DayRange range;
  std::int32_t trailing_days = 1;
};

/// Event types by number of matching events, ties by the bytes of the name.
struct TopEvents {
  Scope scope;
  event::DayRange range;
  std::uint32_t limit = 10;
};

enum class Period : std::uint8_t { Day, Week, Month };
enum class CohortKind : std::uint8_t {
  Active,     ///< a matching event in window 0
  FirstSeen,  ///< and window 0 also holds the first of all the user's events
};
enum class ReturnMode : std::uint8_t {
  On,         ///< a matching event in the window
  OnOrAfter,  ///< a matching event in the window or at any time after
};

/// Cohorts one after another from `start`; window k of cohort S is [S + k·p, S + (k+1)·p).
struct Retention {
  Scope scope;
  event::LocalDay start;  ///< with Period::Month the first of its month
  Period period = Period::Day;
  CohortKind cohort = CohortKind::Active;
  ReturnMode mode = ReturnMode::On;
  std::int32_t windows = 3;  ///< windows 0..windows are told
  std::int32_t cohorts = 1;

  /// The first day of window `k` of cohort `c`; `k` may be one past the end.
  [[nodiscard]] event::LocalDay window_begin(std::int32_t c, std::int32_t k) const;
};

/// Whether an event matches, in which order events come, and where a page begins.
struct ListEvents {
  Scope scope;
  std::optional<event::Micros> from;        ///< included
  std::optional<event::Micros> to;          ///< excluded
  std::optional<event::LocalDay> from_day;  ///< local days of scope.zone, included
  std::optional<event::LocalDay> to_day;    ///< included
  bool descending = true;                   ///< by (occurred_at, event_id)
  std::uint32_t limit = 100;
  /// The page after this event, of what was there below `position`.
  struct After {
    event::Micros occurred_at = 0;
    std::string event_id;
    event::Sequence position = 0;
  };
  std::optional<After> after;
};

using Question = std::variant<ActiveUsers, TopEvents, Retention>;

const Scope& scope_of(const Question& question);

/// One sentence that tells a reader what the figures mean; `meta.definition` of every answer.
std::string definition_of(const Question& question);

}  // namespace tidemark::query
