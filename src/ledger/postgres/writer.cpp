#include "ledger/postgres/writer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <ranges>
#include <tuple>
#include <utility>

#include "base/check.hpp"
#include "clients/postgres/transaction.hpp"
#include "ledger/postgres/batch_rows.hpp"
#include "ledger/postgres/epoch.hpp"
#include "ledger/postgres/forget_entries.hpp"

namespace tidemark::ledger::postgres {
namespace {

using base::ErrorCode;
using clients::postgres::Instant;
using clients::postgres::Instants;
using clients::postgres::Integers;
using clients::postgres::Statement;
using clients::postgres::Transaction;
using clients::postgres::Uuids;

// An acknowledged batch must be on the server's disk, whatever the server's default is. The plans
// are made without the lengths of the arrays, so that ids are found by their index.
clients::postgres::Options with_settings(clients::postgres::Options options) {
  options.settings.push_back(
      {.name = "synchronous_commit",
       .value = "CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on' "
                "ELSE current_setting('synchronous_commit') END"});
  options.settings.push_back({.name = "enable_seqscan", .value = "'off'"});
  return options;
}

// An entry that is known makes it fail.
constexpr const char* kClaimNew = R"(
  WITH batch AS MATERIALIZED (SELECT nextval('event_batch_id') AS id),
  claimed AS (
    INSERT INTO stream_entry (shard, entry_millis, entry_number, content, batch_id)
    SELECT given.shard::integer, given.millis, given.number, given.content, batch.id
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
           AS given (shard, millis, number, content), batch)
  SELECT batch.id FROM batch)";

// The same, but known entries are skipped; returns which entries were new.
//
// An entry with a known name and other content comes after a failover, which gives the names of
// lost entries again: it is a new entry.
constexpr const char* kClaim = R"(
  WITH batch AS MATERIALIZED (SELECT nextval('event_batch_id') AS id),
  claimed AS (
    INSERT INTO stream_entry AS known (shard, entry_millis, entry_number, content, batch_id)
    SELECT given.shard::integer, given.millis, given.number, given.content, batch.id
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[])
           AS given (shard, millis, number, content), batch
    ORDER BY 1, 2, 3
    ON CONFLICT (shard, entry_millis, entry_number) DO UPDATE
      SET content = excluded.content, batch_id = excluded.batch_id
      WHERE known.content <> excluded.content
    RETURNING shard, entry_millis, entry_number)
  SELECT batch.id, shard, entry_millis, entry_number FROM claimed, batch
  ORDER BY shard, entry_millis, entry_number)";

constexpr const char* kPositionOf = R"(
  SELECT max(event_batch.position)
  FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS given (shard, millis, number)
  JOIN stream_entry ON stream_entry.shard = given.shard::integer
    AND entry_millis = given.millis AND entry_number = given.number
  JOIN event_batch USING (batch_id))";

// An id that is known makes it fail.
constexpr const char* kCopyNewIds =
    "COPY event_id (occurred_at, batch_id, event_key, project) FROM STDIN (FORMAT binary)";

// Past those that are known, at twice the cost: each row is put, and then made to count. In the
// order in which all writers lock here.
constexpr const char* kTakeIds = R"(
  INSERT INTO event_id (occurred_at, batch_id, event_key, project)
  SELECT occurred_at, $1::bigint, event_key, project::integer
  FROM unnest($2::timestamptz[], $3::uuid[], $4::bigint[])
         AS given (occurred_at, event_key, project)
  ON CONFLICT DO NOTHING)";

// Which of them were another batch's before, by their places in the arrays.
constexpr const char* kKnownIds = R"(
  SELECT given.place
  FROM unnest($2::uuid[], $3::bigint[]) WITH ORDINALITY AS given (event_key, project, place)
  JOIN event_id ON event_id.event_key = given.event_key
    AND event_id.project = given.project::integer
  WHERE event_id.batch_id <> $1::bigint)";

constexpr const char* kCopy =
    "COPY event (occurred_at, received_at, batch_id, batch_row, project, event_key, event_text, "
    "user_id, event_type, properties) FROM STDIN (FORMAT binary)";

constexpr const char* kPublish = R"(
  WITH head AS (
    UPDATE feed_head SET position = position + 1, events = events + $2::bigint
    RETURNING position, events)
  INSERT INTO event_batch (position, batch_id, first_sequence, events,
                           first_occurred_at, last_occurred_at)
  SELECT position, $1::bigint, events - $2::bigint, $2::bigint, $3::timestamptz, $4::timestamptz
  FROM head
  RETURNING position)";

base::Status copy_row(clients::postgres::CopyWriter& copy, std::int64_t batch_id,
                      const KeyedRow& keyed) {
  constexpr std::uint16_t kColumns = 10;
  if (auto begun = copy.begin_row(kColumns); !begun) return begun.error();
  copy.instant(keyed.row->occurred_at);
  copy.instant(keyed.entry->received_at);
  copy.int8(batch_id);
  copy.int4(keyed.place);
  copy.int4(static_cast<std::int32_t>(keyed.entry->project));
  copy.uuid({.high = keyed.key.high, .low = keyed.key.low});
  if (keyed.is_uuid) {
    copy.null();
  } else {
    copy.text(keyed.row->id);
  }
  copy.text(keyed.row->user_id);
  copy.text(keyed.row->event_type);
  copy.text(keyed.row->properties);
  return base::ok;
}

base::Result<event::IdHasher::Key> read_id_key(clients::postgres::Connection& connection) {
  auto rows = connection.exec("SELECT id_key FROM ledger");
  if (!rows) return rows.error();
  event::IdHasher::Key key{};
  if (rows->size() != 1 || (*rows)[0].bytes(0).size() != key.size()) {
    return base::Error(ErrorCode::Corrupt, "the table `ledger` does not hold the key of its ids");
  }
  std::memcpy(key.data(), (*rows)[0].bytes(0).data(), key.size());
  return key;
}

base::Result<std::string> read_epoch(clients::postgres::Connection& connection) {
  auto rows = connection.exec(std::string("SELECT ") + kEpochColumns + " FROM ledger");
  if (!rows) return rows.error().while_doing("asking PostgreSQL for its history");
  return epoch_of((*rows)[0], 0);
}

}  // namespace

PostgresWriter::PostgresWriter(clients::postgres::Options options)
    : options_(with_settings(std::move(options))) {}

base::Status PostgresWriter::connect() {
  if (connection_ && connection_->usable()) return base::ok;
  connection_.reset();
  auto opened = Connection::open(options_);
  if (!opened) return opened.error();
  if (!epoch_.empty()) {
    const auto epoch = read_epoch(*opened);
    if (!epoch) return epoch.error();
    if (*epoch != epoch_) {
      return base::Error(ErrorCode::Conflict, "PostgreSQL has another history now: " + *epoch);
    }
  }
  auto id_key = read_id_key(*opened);
  if (!id_key) return id_key.error();
  const std::array<std::pair<const char*, std::string>, 6> statements{{{"claim_new", kClaimNew},
                                                                       {"claim", kClaim},
                                                                       {"position_of", kPositionOf},
                                                                       {"take_ids", kTakeIds},
                                                                       {"known_ids", kKnownIds},
                                                                       {"publish", kPublish}}};
  for (const auto& [name, sql] : statements) {
    if (auto prepared = opened->prepare(name, sql); !prepared) return prepared.error();
  }
  connection_ = std::move(*opened);
  hasher_.emplace(*id_key);
  return base::ok;
}

base::Result<Written> PostgresWriter::write(std::span<const EntryEvents> batch, Mode mode) {
  TIDEMARK_CHECK(!batch.empty());
  std::size_t rows = 0;
  for (const auto& entry : batch) rows += entry.rows.size();
  if (rows > kBatchRowsMax) {
    return base::Error(
        ErrorCode::TooLarge,
        "a batch of " + std::to_string(rows) + " events, at most " + std::to_string(kBatchRowsMax));
  }
  if (auto connected = connect(); !connected) return connected.error();
  auto written = write_connected(batch, mode);
  if (!written) return written.error().while_doing("writing a batch to PostgreSQL");
  return written;
}

base::Result<std::string> PostgresWriter::epoch() {
  epoch_.clear();  // whichever it is now
  if (auto connected = connect(); !connected) return connected.error();
  auto epoch = read_epoch(*connection_);
  if (epoch) epoch_ = *epoch;
  return epoch;
}

base::Status PostgresWriter::upkeep(base::Micros now, const OldEntries& old) {
  const ForgetBounds forget{.shards = old.shards, .before_millis = old.before_millis};
  if (auto connected = connect(); !connected) return connected;
  if (auto made = partitions_.make_ahead(*connection_, now); !made) return made;
  for (;;) {
    const auto forgotten = forget_entries(*connection_, forget);
    if (!forgotten) return forgotten.error();
    if (*forgotten < forget.entries_max) return base::ok;
  }
}

base::Result<Written> PostgresWriter::write_connected(std::span<const EntryEvents> batch,
                                                      Mode mode) {
  assert(connection_ && hasher_);
  auto rows = lay_out(batch, *hasher_);
  if (auto made = partitions_.make(*connection_, rows.months); !made) return made.error();
  auto transaction = Transaction::begin(*connection_);
  if (!transaction) return transaction.error();
  const auto claimed = claim(rows);
  if (!claimed) return claimed.error();
  Written written{.repeated_entries = batch.size() - claimed->count};
  if (claimed->count == 0) {
    const auto position = position_of(rows);
    if (!position) return position.error();
    written.position = *position;
    return written;  // nothing to commit
  }
  const std::size_t count = keep_new(rows, claimed->is_new);
  if (auto taken = take_ids(claimed->batch_id, rows); !taken) return taken.error();
  if (auto stored = store(claimed->batch_id, rows); !stored) return stored.error();
  written.accepted = rows.rows.size();
  TIDEMARK_CHECK(written.accepted <= count);
  written.duplicates = count - written.accepted;
  if (mode == Mode::Try) return written;  // the transaction is rolled back
  const auto position = publish(claimed->batch_id, rows);
  if (!position) return position.error();
  transaction->committed();
  written.position = *position;
  return written;
}

base::Result<bool> PostgresWriter::attempt(const std::function<base::Status()>& put) {
  assert(connection_);
  if (auto marked = connection_->run("SAVEPOINT attempt"); !marked) return marked.error();
  const auto done = put();
  if (done) return true;
  if (done.error().code() != ErrorCode::Conflict) return done.error();
  if (auto undone = connection_->run("ROLLBACK TO attempt"); !undone) return undone.error();
  return false;
}

base::Result<PostgresWriter::Claimed> PostgresWriter::claim(const BatchRows& rows) {
  const auto& entries = rows.entries;
  const std::array<clients::postgres::Value, 4> given{
      Integers(entries.shards), Integers(entries.millis), Integers(entries.numbers),
      Integers(entries.contents)};
  std::int64_t batch_id = 0;
  const auto all_new = attempt([&]() -> base::Status {
    const auto made = connection_->exec_prepared("claim_new", given);
    if (made) batch_id = (*made)[0].integer(0);
    return made ? base::Status(base::ok) : made.error();
  });
  if (!all_new) return all_new.error();
  if (*all_new) {
    return Claimed{.batch_id = batch_id,
                   .is_new = std::vector<bool>(entries.shards.size(), true),
                   .count = entries.shards.size()};
  }
  auto answer = connection_->exec_prepared("claim", given);
  if (!answer) return answer.error();
  Claimed claimed{.is_new = std::vector<bool>(entries.shards.size(), false),
                  .count = answer->size()};
  // Both are sorted.
  std::size_t at = 0;
  for (const auto row : *answer) {
    claimed.batch_id = row.integer(0);
    while (std::tuple(entries.shards[at], entries.millis[at], entries.numbers[at]) !=
           std::tuple(row.integer(1), row.integer(2), row.integer(3))) {
      ++at;
    }
    claimed.is_new[at] = true;
  }
  return claimed;
}

base::Status PostgresWriter::copy_new_ids(std::int64_t batch_id, const BatchRows& rows) {
  auto copy = connection_->copy_in(kCopyNewIds);
  if (!copy) return copy.error();
  for (const auto& row : rows.rows) {
    constexpr std::uint16_t kColumns = 4;
    if (auto begun = copy->begin_row(kColumns); !begun) return begun;
    copy->instant(row.row->occurred_at);
    copy->int8(batch_id);
    copy->uuid({.high = row.key.high, .low = row.key.low});
    copy->int4(static_cast<std::int32_t>(row.entry->project));
  }
  const auto put = copy->finish();
  return put ? base::Status(base::ok) : put.error();
}

base::Status PostgresWriter::take_ids(std::int64_t batch_id, BatchRows& rows) {
  if (rows.rows.empty()) return base::ok;
  if (careful_batches_ == 0) {
    const auto all_new = attempt([&] { return copy_new_ids(batch_id, rows); });
    if (!all_new) return all_new.error();
    if (*all_new) return base::ok;
    careful_batches_ = kCarefulBatches;
  }
  std::vector<Instant> times;
  std::vector<clients::postgres::Uuid> keys;
  std::vector<std::int64_t> projects;
  for (const auto& row : rows.rows) {
    times.push_back({row.row->occurred_at});
    keys.push_back({.high = row.key.high, .low = row.key.low});
    projects.push_back(static_cast<std::int64_t>(row.entry->project));
  }
  const std::vector<clients::postgres::Value> given{batch_id, Instants(times), Uuids(keys),
                                                    Integers(projects)};
  const auto taken = connection_->exec_prepared("take_ids", given);
  if (!taken) return taken.error();
  if (taken->affected() == rows.rows.size()) {
    assert(careful_batches_ > 0);
    --careful_batches_;
    return base::ok;
  }
  careful_batches_ = kCarefulBatches;
  auto known = connection_->exec_prepared("known_ids", {batch_id, Uuids(keys), Integers(projects)});
  if (!known) return known.error();
  std::vector<bool> is_known(rows.rows.size(), false);
  for (const auto row : *known) is_known[static_cast<std::size_t>(row.integer(0) - 1)] = true;
  leave_out(rows, is_known);
  if (rows.rows.size() == taken->affected()) return base::ok;
  return base::Error(ErrorCode::Unavailable, "ids were removed while a batch was written");
}

base::Status PostgresWriter::store(std::int64_t batch_id, BatchRows& rows) {
  if (rows.rows.empty()) return base::ok;
  std::ranges::sort(rows.rows, {}, &KeyedRow::place);  // as they are read again
  auto copy = connection_->copy_in(kCopy);
  if (!copy) return copy.error();
  for (const auto& row : rows.rows) {
    if (auto put = copy_row(*copy, batch_id, row); !put) return put.error();
  }
  const auto stored = copy->finish();
  if (!stored) return stored.error();
  TIDEMARK_CHECK(*stored == rows.rows.size());
  return base::ok;
}

// In one trip, because all other writers wait from the first statement to the end of the second.
base::Result<std::uint64_t> PostgresWriter::publish(std::int64_t batch_id, const BatchRows& rows) {
  clients::postgres::Value first;  // null where there are none
  clients::postgres::Value last;
  if (!rows.rows.empty()) {
    const auto [least, most] = std::ranges::minmax(
        rows.rows | std::views::transform([](const auto& row) { return row.row->occurred_at; }));
    first = Instant{least};
    last = Instant{most};
  }
  const std::array<Statement, 2> statements{
      Statement{.sql = "publish",
                .values = {batch_id, static_cast<std::int64_t>(rows.rows.size()), first, last},
                .is_prepared = true},
      Statement{.sql = "COMMIT"}};
  auto answers = connection_->pipeline(statements);
  if (!answers) return answers.error();
  if (auto committed = check_committed((*answers)[1]); !committed) return committed.error();
  TIDEMARK_CHECK((*answers)[0].size() == 1);
  return static_cast<std::uint64_t>((*answers)[0][0].integer(0));
}

base::Result<std::uint64_t> PostgresWriter::position_of(const BatchRows& rows) {
  const auto& entries = rows.entries;
  auto answer = connection_->exec_prepared(
      "position_of",
      {Integers(entries.shards), Integers(entries.millis), Integers(entries.numbers)});
  if (!answer) return answer.error();
  if (answer->empty() || (*answer)[0].is_null(0)) {
    return base::Error(ErrorCode::Corrupt, "an entry was claimed by a batch that is not there");
  }
  return static_cast<std::uint64_t>((*answer)[0].integer(0));
}

}  // namespace tidemark::ledger::postgres
