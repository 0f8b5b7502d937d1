#pragma once

/// The queries of a question over a Snapshot.

#include <functional>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "clients/postgres/connection.hpp"
#include "query/engine.hpp"
#include "query/source.hpp"
#include "query/sql/queries.hpp"
#include "views/postgres/snapshot.hpp"

namespace tidemark::views::postgres {

/// Who tests properties.
enum class Looking : std::uint8_t {
  Database,  ///< as far as the database can
  Here,      ///< each event is fetched, and Segment::matches decides
};

/// Errors:   TimedOut when cancelled; InvalidInput if a number in properties exceeds PostgreSQL's
///           `numeric`, but never with Looking::Here; otherwise as Connection's.
/// Lifetime: must not outlive what it was made from.
/// Cost:     the memory of kUsersAtOnce users, or of kEventsAtOnce events, however many there are.
class SnapshotSource final : public query::Source {
 public:
  static constexpr std::size_t kUsersAtOnce = 10'000;
  static constexpr std::size_t kEventsAtOnce = 500;  // of 64 KiB each at most

  SnapshotSource(clients::postgres::Connection& connection, const Snapshot& snapshot,
                 const query::Cancellation& cancellation, Looking looking)
      : connection_(connection),
        snapshot_(snapshot),
        cancellation_(cancellation),
        looking_(looking) {}

  base::Status for_each_user(const query::Scope& scope, const query::Activity& activity,
                             const VisitUser& visit) override;
  base::Result<std::vector<query::TypeTotals>> totals_by_type(
      const query::Scope& scope, const std::vector<event::Zone::Piece>& pieces,
      std::uint32_t limit) override;
  base::Result<std::optional<event::Micros>> latest(event::ProjectId project) override;

 private:
  using VisitRow = std::function<void(const clients::postgres::Row&)>;

  [[nodiscard]] query::SqlSegment split(const query::Segment& segment) const;
  [[nodiscard]] query::SqlScope scope_sql(event::ProjectId project,
                                          query::SqlSegment& segment) const;
  base::Status run(const query::SqlQuery& query, std::size_t rows_at_once, const VisitRow& visit);

  clients::postgres::Connection& connection_;
  const Snapshot& snapshot_;
  const query::Cancellation& cancellation_;
  Looking looking_;
};

}  // namespace tidemark::views::postgres
