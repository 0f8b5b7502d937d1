#pragma once

/// Questions as SQL over a table of events: project, sequence, event_uuid, event_key, occurred_at,
/// received_at, user_id, event_type, properties. Written once; what differs is in SqlDialect.
///
/// Who was active when is not counted by the database. It gives one row a user with a bit for each
/// day (or week, or month), which is a third of the work of counting distinct users by day, and
/// questions count those bits.

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

/// One row a user: the first of all the user's events (microseconds; 0 without `first_seen`), then
/// `words()` columns of 64 bits, null where none is set.
SqlQuery activity_sql(const SqlDialect& dialect, const SqlScope& scope, const Activity& activity);

/// The events that activity_sql gathers, for who must look at each: user_id, occurred_at, i (the
/// number of the bit; below 0 the event does not count), event_type, properties; users one after
/// another.
SqlQuery activity_events_sql(const SqlDialect& dialect, const SqlScope& scope,
                             const Activity& activity);

/// Rows: event_type, count, unique_users, as Source::totals_by_type wants them.
SqlQuery totals_by_type_sql(const SqlDialect& dialect, const SqlScope& scope,
                            const std::vector<event::Zone::Piece>& pieces, std::uint32_t limit);

/// The events that totals_by_type_sql counts, likewise: event_type, user_id, properties; types, and
/// users within them, one after another.
SqlQuery typed_events_sql(const SqlDialect& dialect, const SqlScope& scope,
                          const std::vector<event::Zone::Piece>& pieces);

/// `occurred_at` lies in one of the pieces, of which there is one at least.
std::string within_sql(const SqlDialect& dialect, const std::vector<event::Zone::Piece>& pieces);

}  // namespace tidemark::query
