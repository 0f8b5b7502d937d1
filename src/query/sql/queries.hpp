#pragma once

/// Questions as SQL over a table of events: project, sequence, event_uuid, event_key, occurred_at,
/// received_at, user_id, event_type, properties. Each query is written once; SqlDialect has what
/// differs.
///
/// The database does not count active users. It gives one row per user with a bit for each day (or
/// week, or month), which is a third of the work of counting distinct users by day. Questions count
/// those bits.

#include <cstdint>
#include <string>
#include <vector>

#include "event/zone.hpp"
#include "query/scope.hpp"
#include "query/segment/segment.hpp"
#include "query/source.hpp"
#include "query/sql/dialect.hpp"

namespace tidemark::query {

/// A query and the values of its parameters, in order.
struct SqlQuery {
  std::string text;
  std::vector<std::string> values;
};

/// What all queries have in common.
struct SqlScope {
  std::string from;  ///< a table, or a subquery with an alias
  event::ProjectId project = event::ProjectId::Default;
  std::string condition;            ///< of the segment; empty: every event
  std::vector<std::string> values;  ///< of `condition`
};

/// A segment, divided into what SQL says exactly as Segment::matches does, and the rest.
struct SqlSegment {
  std::string condition;
  std::vector<std::string> values;
  Segment rest;  ///< what SQL cannot say
};
SqlSegment push_segment(const SqlDialect& dialect, const Segment& segment);

/// One row per user: the time of the first of all the user's events (microseconds; 0 without
/// `first_seen`), then `words()` columns of 64 bits, null if no bit is set.
SqlQuery activity_sql(const SqlDialect& dialect, const SqlScope& scope, const Activity& activity);

/// The events that activity_sql gathers, for a caller that must look at each event: user_id,
/// occurred_at, i (the number of the bit; an event with i below 0 does not count), event_type,
/// properties. All events of a user follow one another.
SqlQuery activity_events_sql(const SqlDialect& dialect, const SqlScope& scope,
                             const Activity& activity);

/// Rows as Source::totals_by_type needs them: event_type, count, unique_users.
SqlQuery totals_by_type_sql(const SqlDialect& dialect, const SqlScope& scope,
                            const std::vector<event::Zone::Piece>& pieces, std::uint32_t limit);

/// The events that totals_by_type_sql counts, for a caller that must look at each event:
/// event_type, user_id, properties; ordered by type, then by user.
SqlQuery typed_events_sql(const SqlDialect& dialect, const SqlScope& scope,
                          const std::vector<event::Zone::Piece>& pieces);

/// `occurred_at` lies in one of the pieces. There must be at least one piece.
std::string within_sql(const SqlDialect& dialect, const std::vector<event::Zone::Piece>& pieces);

}  // namespace tidemark::query
