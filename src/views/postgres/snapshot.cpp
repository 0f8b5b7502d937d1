#include "views/postgres/snapshot.hpp"

#include <limits>
#include <utility>

namespace tidemark::views::postgres {
namespace {

using base::ErrorCode;
using clients::postgres::Connection;
using clients::postgres::Row;
using clients::postgres::Transaction;

constexpr std::int64_t kBatchesAtOnce = 1'000;
constexpr std::uint64_t kBytesOfKilobyte = 1'024;

// Compiling a query takes longer than running most of them. All rows of a cursor are read, so a
// plan that gives the first rows sooner is useless.
std::string begin_sql(const Snapshot::Bounds& bounds) {
  return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL jit = off; "
         "SET LOCAL cursor_tuple_fraction = 1; SET LOCAL work_mem = " +
         std::to_string(bounds.memory_bytes_max / kBytesOfKilobyte);
}

event::Sequence sequence_of(const Row& row, std::size_t column) {
  return static_cast<event::Sequence>(row.integer(column));
}

/// "batch_id = 7 AND batch_row >= 12", for the events after the first `kept` of a batch.
base::Result<std::string> part_behind(Connection& connection, const Row& batch,
                                      event::Sequence kept) {
  auto rows = connection.exec(
      "SELECT batch_row FROM event WHERE batch_id = $1::bigint AND occurred_at BETWEEN $2 AND $3 "
      "ORDER BY batch_row OFFSET $4::bigint LIMIT 1",
      {batch.integer(1), clients::postgres::Instant{batch.instant(4)},
       clients::postgres::Instant{batch.instant(5)}, static_cast<std::int64_t>(kept)});
  if (!rows) return rows.error();
  if (rows->empty()) {
    return base::Error(ErrorCode::Corrupt, "batch " + std::to_string(batch.integer(1)) +
                                               " has fewer events than were committed");
  }
  return "batch_id = " + std::to_string(batch.integer(1)) +
         " AND batch_row >= " + std::to_string((*rows)[0].integer(0));
}

}  // namespace

base::Result<Snapshot> Snapshot::open(Connection& connection, event::Sequence position,
                                      const Bounds& bounds) {
  auto transaction = Transaction::begin(connection, begin_sql(bounds));
  if (!transaction) return transaction.error();
  Snapshot snapshot(*std::move(transaction));
  auto head = connection.exec("SELECT events FROM feed_head");
  if (!head) return head.error();
  const auto events = head->empty() ? 0 : sequence_of((*head)[0], 0);
  if (position > events) {
    return base::Error(ErrorCode::Unavailable,
                       "PostgreSQL has " + std::to_string(events) + " events, and not yet the " +
                           std::to_string(position) + " that the question is about");
  }
  snapshot.from_ = "event";
  if (position == events) return snapshot;
  auto later = find_later(connection, position);
  if (!later) return later.error();
  std::string ids;
  for (const auto id : later->batches) ids += (ids.empty() ? "" : ",") + std::to_string(id);
  snapshot.from_ =
      "(SELECT project, occurred_at, user_id, event_type, properties FROM event "
      "WHERE batch_id <> ALL ('{" +
      ids + "}'::bigint[])" + (later->part.empty() ? "" : " AND NOT (" + later->part + ")") +
      ") AS events";
  return snapshot;
}

base::Result<Snapshot::Later> Snapshot::find_later(Connection& connection,
                                                   event::Sequence position) {
  Later later;
  auto below = std::numeric_limits<std::int64_t>::max();
  while (later.batches.size() <= kBatchesBehindMax) {
    auto rows = connection.exec(
        "SELECT position, batch_id, first_sequence, events, first_occurred_at, last_occurred_at "
        "FROM event_batch WHERE position < $1::bigint ORDER BY position DESC LIMIT $2::bigint",
        {below, kBatchesAtOnce});
    if (!rows) return rows.error();
    for (const auto row : *rows) {
      below = row.integer(0);
      const auto first = sequence_of(row, 2);
      if (first >= position) {
        later.batches.push_back(row.integer(1));
        continue;
      }
      if (first + sequence_of(row, 3) == position) return later;
      auto part = part_behind(connection, row, position - first);
      if (!part) return part.error();
      later.part = *std::move(part);
      return later;
    }
    if (rows->size() < static_cast<std::size_t>(kBatchesAtOnce)) return later;
  }
  return base::Error(ErrorCode::Unavailable,
                     "PostgreSQL is more than " + std::to_string(kBatchesBehindMax) +
                         " batches beyond the position that the question is about");
}

}  // namespace tidemark::views::postgres
