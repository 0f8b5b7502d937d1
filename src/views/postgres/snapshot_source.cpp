#include "views/postgres/snapshot_source.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>
#include <utility>

#include "clients/postgres/cursor.hpp"
#include "views/postgres/row_counts.hpp"

namespace tidemark::views::postgres {
namespace {

using clients::postgres::Row;

constexpr std::string_view kCancelled = "nobody waits for the answer any more";

}  // namespace

query::SqlSegment SnapshotSource::split(const query::Segment& segment) const {
  if (looking_ == Looking::Database) {
    auto split = query::push_segment(query::postgres_dialect(), segment);
    if (split.rest.empty()) return split;
  }
  // Events that must be fetched anyhow are tested here as a whole: the database only gives columns.
  query::Segment on_columns;
  query::Segment on_properties;
  for (const auto& condition : segment.conditions) {
    auto& side = condition.field == query::Field::Property ? on_properties : on_columns;
    side.conditions.push_back(condition);
  }
  auto split = query::push_segment(query::postgres_dialect(), on_columns);
  std::ranges::move(on_properties.conditions, std::back_inserter(split.rest.conditions));
  return split;
}

query::SqlScope SnapshotSource::scope_sql(event::ProjectId project,
                                          query::SqlSegment& segment) const {
  return {.from = snapshot_.from(),
          .project = project,
          .condition = std::move(segment.condition),
          .values = std::move(segment.values)};
}

base::Status SnapshotSource::run(const query::SqlQuery& query, std::size_t rows_at_once,
                                 const VisitRow& visit) {
  std::vector<clients::postgres::Value> values;
  for (const auto& value : query.values) values.emplace_back(std::string_view(value));
  auto cursor = clients::postgres::Cursor::open(connection_, query.text, values,
                                                {.rows_at_once = rows_at_once});
  if (!cursor) return cursor.error();
  for (;;) {
    if (cancellation_.cancelled()) {
      return base::Error(base::ErrorCode::TimedOut, std::string(kCancelled));
    }
    auto rows = cursor->next();
    if (!rows) return rows.error();
    if (rows->empty()) return base::ok;
    for (const auto row : *rows) visit(row);
  }
}

base::Status SnapshotSource::for_each_user(const query::Scope& scope,
                                           const query::Activity& activity,
                                           const VisitUser& visit) {
  const auto& dialect = query::postgres_dialect();
  auto segment = split(scope.segment);
  const auto from = scope_sql(scope.project, segment);
  if (segment.rest.empty()) {
    const auto words = static_cast<std::size_t>(activity.words());
    std::array<std::uint64_t, query::kActivityWordsMax> user{};
    assert(words <= user.size());
    return run(query::activity_sql(dialect, from, activity), kUsersAtOnce, [&](const Row& row) {
      for (std::size_t word = 0; word < words; ++word) {
        user.at(word) =
            row.is_null(1 + word) ? 0 : static_cast<std::uint64_t>(row.integer(1 + word));
      }
      visit(row.integer(0), query::Words{user}.first(words));
    });
  }
  UserGather users(activity, activity.zone->pieces_of(activity.days).front().begin, visit);
  auto done =
      run(query::activity_events_sql(dialect, from, activity), kEventsAtOnce, [&](const Row& row) {
        const bool counts =
            row.integer(2) >= 0 && segment.rest.matches(row.text(3), row.text(0), row.text(4));
        users.add(row.text(0), row.instant(1), counts ? row.integer(2) : -1);
      });
  if (!done) return done.error();
  users.finish();
  return base::ok;
}

base::Result<std::vector<query::TypeTotals>> SnapshotSource::totals_by_type(
    const query::Scope& scope, const std::vector<event::Zone::Piece>& pieces, std::uint32_t limit) {
  const auto& dialect = query::postgres_dialect();
  auto segment = split(scope.segment);
  const auto from = scope_sql(scope.project, segment);
  if (segment.rest.empty()) {
    std::vector<query::TypeTotals> totals;
    auto done =
        run(query::totals_by_type_sql(dialect, from, pieces, limit), limit, [&](const Row& row) {
          totals.push_back({.event_type = std::string(row.text(0)),
                            .count = static_cast<std::uint64_t>(row.integer(1)),
                            .unique_users = static_cast<std::uint64_t>(row.integer(2))});
        });
    if (!done) return done.error();
    return totals;
  }
  TypeGather types(limit);
  auto done =
      run(query::typed_events_sql(dialect, from, pieces), kEventsAtOnce, [&](const Row& row) {
        if (!segment.rest.matches(row.text(0), row.text(1), row.text(2))) return;
        types.add(row.text(0), row.text(1));
      });
  if (!done) return done.error();
  return types.finish();
}

base::Result<std::optional<event::Micros>> SnapshotSource::latest(event::ProjectId project) {
  auto rows =
      connection_.exec("SELECT max(occurred_at) FROM " + snapshot_.from() +
                       " WHERE project = " + std::to_string(static_cast<std::uint32_t>(project)));
  if (!rows) return rows.error();
  if ((*rows)[0].is_null(0)) return std::optional<event::Micros>();
  return std::optional((*rows)[0].instant(0));
}

}  // namespace tidemark::views::postgres
