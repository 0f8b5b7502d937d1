#pragma once

/// What a question reads from, whatever the engine: questions fold what a source tells.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "event/event.hpp"
#include "event/zone.hpp"
#include "query/answer.hpp"
#include "query/period.hpp"
#include "query/scope.hpp"

namespace tidemark::query {

/// Bits of a user: bit i is set where the user has a matching event in period i.
using Words = std::span<const std::uint64_t>;

/// Which bits the caller wants.
struct Activity {
  const event::Zone* zone = nullptr;
  event::DayRange days = {};  ///< all periods from 0 on
  Period period = Period::Day;
  std::int32_t bits = 0;    ///< how many periods there are in `days`
  bool later = false;       ///< one bit more: a matching event after `days`
  bool first_seen = false;  ///< only users without any event, matching or not, before `days`

  [[nodiscard]] std::int32_t words() const { return (bits + (later ? 1 : 0) + 63) / 64; }
  /// The number of the bit of a day within `days`.
  [[nodiscard]] std::int32_t bit_of(event::LocalDay day) const;
};

/// The most words that an Activity has for a user: ten years of days and a month before them.
inline constexpr std::int32_t kActivityWordsMax = 58;

/// The events of one type.
struct TypeTotals {
  std::string event_type;
  std::uint64_t count = 0;
  std::uint64_t unique_users = 0;
  bool operator==(const TypeTotals&) const = default;
};

/// Answers every call between its construction and its end from one state.
///
/// Threads: one at a time.
/// Errors:  those of Engine::answer.
class Source {
 public:
  /// `first`: the first of all the user's events; 0 without Activity::first_seen. The words live
  /// until it returns.
  using VisitUser = std::function<void(event::Micros first, Words words)>;

  virtual ~Source() = default;

  /// Visits each user that has a bit or, with `first_seen`, at least a first event. The days must
  /// contain an instant.
  virtual base::Status for_each_user(const Scope& scope, const Activity& activity,
                                     const VisitUser& visit) = 0;
  /// Totals by event type of the events in the pieces: the `limit` types with the most events
  /// first, ties by the bytes of the name. There must be at least one piece.
  virtual base::Result<std::vector<TypeTotals>> totals_by_type(
      const Scope& scope, const std::vector<event::Zone::Piece>& pieces, std::uint32_t limit) = 0;
  /// The time of the project's latest event; nothing if the project has no event.
  virtual base::Result<std::optional<event::Micros>> latest(event::ProjectId project) = 0;
};

/// As Source::for_each_user, for days that may lie beyond the calendar of events, where nobody has
/// an event.
base::Status visit_users(Source& source, const Scope& scope, const Activity& activity,
                         const Source::VisitUser& visit);

}  // namespace tidemark::query
