#include "ledger/postgres/feed.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include "ledger/postgres/epoch.hpp"
#include "ledger/postgres/feed_rows.hpp"

namespace tidemark::ledger::postgres {
namespace {

using clients::postgres::Integers;
using clients::postgres::Row;

const std::string& head_columns() {
  static const std::string columns =
      std::string("SELECT head.position, head.events, ") + kEpochColumns;
  return columns;
}

FeedHead head_of(const Row& row) {
  return {.epoch = epoch_of(row, 2),
          .position = static_cast<std::uint64_t>(row.integer(0)),
          .events = static_cast<std::uint64_t>(row.integer(1))};
}

FeedBatch batch_of(const Row& row) {
  constexpr std::size_t kFirst = 5;
  FeedBatch batch{.position = static_cast<std::uint64_t>(row.integer(kFirst)),
                  .batch_id = row.integer(kFirst + 1),
                  .first_sequence = static_cast<event::Sequence>(row.integer(kFirst + 2)),
                  .events = static_cast<std::uint64_t>(row.integer(kFirst + 3)),
                  .committed_at = row.instant(kFirst + 6)};
  if (batch.events != 0) {
    batch.first_occurred_at = row.instant(kFirst + 4);
    batch.last_occurred_at = row.instant(kFirst + 5);
  }
  return batch;
}

base::Status check_follows(std::uint64_t after, const FeedBatch* previous, const FeedBatch& batch) {
  const bool in_order = batch.position == after + 1;
  const bool in_sequence =
      previous == nullptr || batch.first_sequence == previous->first_sequence + previous->events;
  if (in_order && in_sequence) return base::ok;
  return base::Error(base::ErrorCode::Corrupt, "behind position " + std::to_string(after) +
                                                   " of the feed comes " +
                                                   std::to_string(batch.position));
}

// The query for the events of the batches, without an order: with one the server would sort rows
// that are nearly in order. Empty if there are no events. COPY takes no values.
std::string copy_of(std::span<const FeedBatch> batches) {
  std::string ids;
  base::Micros first = std::numeric_limits<base::Micros>::max();
  base::Micros last = std::numeric_limits<base::Micros>::min();
  for (const auto& batch : batches) {
    if (batch.events == 0) continue;
    if (!ids.empty()) ids += ',';
    ids += std::to_string(batch.batch_id);
    first = std::min(first, batch.first_occurred_at);
    last = std::max(last, batch.last_occurred_at);
  }
  if (ids.empty()) return ids;
  // The times, rounded outwards to whole seconds, exclude partitions that have none of these
  // events.
  return "COPY (SELECT " + std::string(kFeedColumns) + " FROM event WHERE batch_id = ANY ('{" +
         ids + "}'::bigint[]) AND occurred_at BETWEEN to_timestamp(" +
         std::to_string(first / base::kMicrosPerSecond - 1) + ") AND to_timestamp(" +
         std::to_string(last / base::kMicrosPerSecond + 1) + ")) TO STDOUT (FORMAT binary)";
}

}  // namespace

base::Result<FeedHead> PostgresFeed::head() {
  auto lease = pool_->take();
  if (!lease) return lease.error();
  auto rows = (*lease)->exec(head_columns() + " FROM feed_head AS head, ledger");
  if (!rows) return rows.error().while_doing("reading the head of the feed");
  return head_of((*rows)[0]);
}

base::Result<FeedPage> PostgresFeed::page(std::uint64_t after, const FeedBounds& bounds) {
  assert(bounds.batches_max > 0);
  auto lease = pool_->take();
  if (!lease) return lease.error();
  // One statement, so that head, epoch and batches are of one moment.
  auto rows = (*lease)->exec(
      head_columns() +
          ", batch.position, batch_id, first_sequence, batch.events, first_occurred_at, "
          "last_occurred_at, committed_at FROM feed_head AS head CROSS JOIN ledger LEFT JOIN "
          "(SELECT * FROM event_batch WHERE position > $1::bigint ORDER BY position "
          "LIMIT $2::bigint) AS batch ON true ORDER BY batch.position",
      {static_cast<std::int64_t>(after), static_cast<std::int64_t>(bounds.batches_max)});
  if (!rows) return rows.error().while_doing("reading the feed");
  FeedPage page{.head = head_of((*rows)[0])};
  std::uint64_t events = 0;
  for (const auto row : *rows) {
    if (row.is_null(5)) break;  // the head alone
    const auto batch = batch_of(row);
    const auto* previous = page.batches.empty() ? nullptr : &page.batches.back();
    const auto position = previous == nullptr ? after : previous->position;
    if (auto follows = check_follows(position, previous, batch); !follows) return follows.error();
    events += batch.events;
    if (previous != nullptr && events > bounds.events_max) break;
    page.batches.push_back(batch);
  }
  return page;
}

base::Status PostgresFeed::read(std::span<const FeedBatch> batches,
                                const event::RowVisitor& visit) {
  {
    FeedRows rows(batches);
    const auto taken = take_all(batches, rows);
    if (!taken) return taken.error().while_doing("reading events of the feed");
    if (*taken) return rows.hand_over(visit);
  }
  assert(batches.size() > 1);
  const auto half = batches.size() / 2;
  if (auto first = read(batches.first(half), visit); !first) return first;
  return read(batches.subspan(half), visit);
}

base::Result<bool> PostgresFeed::take_all(std::span<const FeedBatch> batches, FeedRows& rows) {
  const auto sql = copy_of(batches);
  if (sql.empty()) return true;
  auto lease = pool_->take();
  if (!lease) return lease.error();
  auto copy = (*lease)->copy_out(sql);
  if (!copy) return copy.error();
  for (;;) {
    auto row = copy->next();
    if (!row) return row.error();
    if (!*row) return true;
    if (auto taken = rows.take(std::move(**row)); !taken) return taken.error();
    if (rows.bytes() > kReadBytesMax && batches.size() > 1) return false;
  }
}

base::Result<std::uint64_t> PostgresFeed::position_before(event::Sequence sequence) {
  auto lease = pool_->take();
  if (!lease) return lease.error();
  auto head = (*lease)->exec("SELECT position FROM feed_head");
  if (!head) return head.error().while_doing("reading the head of the feed");
  // Positions have no gaps and sequences rise with them: twenty looks, and no index to keep.
  std::uint64_t low = 0;
  auto high = static_cast<std::uint64_t>((*head)[0].integer(0));
  while (low < high) {
    const auto middle = low + (high - low + 1) / 2;
    auto end = (*lease)->exec(
        "SELECT first_sequence + events FROM event_batch WHERE position = $1::bigint",
        {static_cast<std::int64_t>(middle)});
    if (!end) return end.error().while_doing("looking for a position");
    if (end->empty()) {
      return base::Error(base::ErrorCode::Corrupt,
                         "the feed has no batch at position " + std::to_string(middle));
    }
    if (static_cast<event::Sequence>((*end)[0].integer(0)) <= sequence) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

base::Result<std::vector<std::optional<std::uint64_t>>> PostgresFeed::positions_of(
    std::span<const event::EntryId> entries) {
  std::vector<std::int64_t> shards;
  std::vector<std::int64_t> millis;
  std::vector<std::int64_t> numbers;
  for (const auto& entry : entries) {
    shards.push_back(static_cast<std::int64_t>(entry.shard));
    millis.push_back(static_cast<std::int64_t>(entry.millis));
    numbers.push_back(static_cast<std::int64_t>(entry.number));
  }
  auto lease = pool_->take();
  if (!lease) return lease.error();
  auto rows = (*lease)->exec(
      "SELECT given.place, position "
      "FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY "
      "       AS given (shard, millis, number, place) "
      "JOIN stream_entry ON stream_entry.shard = given.shard::integer "
      "  AND entry_millis = given.millis AND entry_number = given.number "
      "JOIN event_batch USING (batch_id)",
      {Integers(shards), Integers(millis), Integers(numbers)});
  if (!rows) return rows.error().while_doing("looking up the positions of entries");
  std::vector<std::optional<std::uint64_t>> positions(entries.size());
  for (const auto row : *rows) {
    positions[static_cast<std::size_t>(row.integer(0)) - 1] =
        static_cast<std::uint64_t>(row.integer(1));
  }
  return positions;
}

}  // namespace tidemark::ledger::postgres
