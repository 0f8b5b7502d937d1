#pragma once

/// Questions as SQL over a table of events: project, sequence, event_uuid, event_key, occurred_at,
/// received_at, user_id, event_type, properties. Written once; what differs is in SqlDialect.
///
/// Who was active when is not counted by the database. It gives one row a user with a bit for each
/// day (or week, or month), which is a third of the work of counting distinct users by day, and
/// user_activity.hpp counts those bits.

#include <cstdint>
#include <string>
#include <vector>

#include "event/zone.hpp"
#include "query/question.hpp"
#include "query/segment.hpp"
#include "query/sql_dialect.hpp"

namespace tidemark::query {

/// A query and the values of its parameters, in order.
struct SqlQuery {
  std::string text;
  std::vector<std::string> values;
};

/// What every query has in common.
struct SqlScope {
  std::string from;  ///< a table, or a subquery with an alias
  event::ProjectId project = event::ProjectId::Default;
  std::string condition;            ///< of the segment; empty: every event
  std::vector<std::string> values;  ///< of `condition`
};

/// A segment, as far as SQL says it exactly as Segment::matches does.
struct SqlSegment {
  std::string condition;
  std::vector<std::string> values;
  Segment rest;  ///< what SQL cannot say
};
SqlSegment push_segment(const SqlDialect& dialect, const Segment& segment);

/// Bits by user. Bit i of a user is set where the user has a matching event in period i.
struct SqlActivity {
  const event::Zone* zone = nullptr;
  event::DayRange days = {};  ///< all periods from 0 on; not without an instant
  Period period = Period::Day;
  std::int32_t bits = 0;    ///< how many periods there are in `days`
  bool later = false;       ///< one bit more: a matching event after `days`
  bool first_seen = false;  ///< only users without any event, matching or not, before `days`

  [[nodiscard]] std::int32_t words() const { return (bits + (later ? 1 : 0) + 63) / 64; }
};

/// One row a user: the first of all the user's events (microseconds; 0 without `first_seen`), then
/// `words()` columns of 64 bits, null where none is set.
SqlQuery activity_sql(const SqlDialect& dialect, const SqlScope& scope,
                      const SqlActivity& activity);

/// The events that activity_sql gathers, for who must look at each: user_id, occurred_at, i (the
/// number of the bit; below 0 the event does not count), event_type, properties; users one after
/// another.
SqlQuery activity_events_sql(const SqlDialect& dialect, const SqlScope& scope,
                             const SqlActivity& activity);

/// Rows: event_type, count, unique_users, as the answer wants them.
SqlQuery top_events_sql(const SqlDialect& dialect, const SqlScope& scope,
                        const std::vector<event::Zone::Piece>& pieces, std::uint32_t limit);

/// The events that top_events_sql counts, likewise: event_type, user_id, properties; types, and
/// users within them, one after another.
SqlQuery typed_events_sql(const SqlDialect& dialect, const SqlScope& scope,
                          const std::vector<event::Zone::Piece>& pieces);

/// `occurred_at` lies in one of the pieces, of which there is one at least.
std::string within_sql(const SqlDialect& dialect, const std::vector<event::Zone::Piece>& pieces);

}  // namespace tidemark::query
