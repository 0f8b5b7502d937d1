#include "ledger/postgres/writer.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>
#include <utility>

#include "base/check.hpp"
#include "clients/postgres/transaction.hpp"
#include "ledger/postgres/batch_rows.hpp"
#include "ledger/postgres/epoch.hpp"

namespace tidemark::ledger::postgres {
namespace {

using base::ErrorCode;
using clients::postgres::Instant;
using clients::postgres::Integers;
using clients::postgres::Statement;
using clients::postgres::Transaction;

// Once a session. What was acknowledged is on the server's disk, whatever the server's default is.
// The plans are made while `staging` is empty, of which nested loops would come out.
constexpr const char* kSetUp = R"(
  SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') IN ('off', 'local');
  SET enable_nestloop = off;
  CREATE TEMPORARY TABLE staging (
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    batch_row integer NOT NULL,
    project integer NOT NULL,
    event_key uuid NOT NULL,
    event_text text COLLATE "C",
    user_id text COLLATE "C" NOT NULL,
    event_type text COLLATE "C" NOT NULL,
    properties text COLLATE "C" NOT NULL
  ) ON COMMIT DELETE ROWS)";

// An entry of the same name and other content comes after a failover, when the names of entries
// that were lost are given again: it is a new one.
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

constexpr const char* kCopy =
    "COPY staging (occurred_at, received_at, batch_row, project, event_key, event_text, user_id, "
    "event_type, properties) FROM STDIN (FORMAT binary)";

constexpr const char* kStore = R"(
  WITH fresh AS (
    INSERT INTO event_id (occurred_at, batch_id, event_key, project)
    SELECT occurred_at, $1::bigint, event_key, project FROM staging
    ORDER BY event_key, project
    ON CONFLICT DO NOTHING
    RETURNING event_key, project),
  stored AS (
    INSERT INTO event (occurred_at, received_at, batch_id, batch_row, project, event_key,
                       event_text, user_id, event_type, properties)
    SELECT occurred_at, received_at, $1::bigint, batch_row, project, event_key,
           event_text, user_id, event_type, properties
    FROM staging JOIN fresh USING (event_key, project)
    RETURNING occurred_at)
  SELECT count(*), min(occurred_at), max(occurred_at) FROM stored)";

constexpr const char* kPublish = R"(
  WITH head AS (
    UPDATE feed_head SET position = position + 1, events = events + $2::bigint
    RETURNING position, events)
  INSERT INTO event_batch (position, batch_id, first_sequence, events,
                           first_occurred_at, last_occurred_at)
  SELECT position, $1::bigint, events - $2::bigint, $2::bigint, $3::timestamptz, $4::timestamptz
  FROM head
  RETURNING position)";

base::Status copy_row(clients::postgres::CopyWriter& copy, const KeyedRow& keyed) {
  constexpr std::uint16_t kColumns = 9;
  if (auto begun = copy.begin_row(kColumns); !begun) return begun.error();
  copy.instant(keyed.row->occurred_at);
  copy.instant(keyed.entry->received_at);
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

}  // namespace

Writer::Writer(clients::postgres::Options options) : options_(std::move(options)) {}

base::Status Writer::connect() {
  if (connection_ && connection_->usable()) return base::ok;
  connection_.reset();
  auto opened = Connection::open(options_);
  if (!opened) return opened.error();
  auto id_key = read_id_key(*opened);
  if (!id_key) return id_key.error();
  if (auto made = opened->run(kSetUp); !made) return made.error();
  constexpr std::array kPrepared{std::pair{"claim", kClaim}, std::pair{"position_of", kPositionOf},
                                 std::pair{"store", kStore}, std::pair{"publish", kPublish}};
  for (const auto& [name, sql] : kPrepared) {
    if (auto prepared = opened->prepare(name, sql); !prepared) return prepared.error();
  }
  connection_ = std::move(*opened);
  hasher_.emplace(*id_key);
  return base::ok;
}

base::Result<Written> Writer::write(std::span<const EntryEvents> batch, Mode mode) {
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

base::Result<std::string> Writer::epoch() {
  if (auto connected = connect(); !connected) return connected.error();
  auto rows = connection_->exec(std::string("SELECT ") + kEpochColumns + " FROM ledger");
  if (!rows) return rows.error().while_doing("asking PostgreSQL for its history");
  return epoch_of((*rows)[0], 0);
}

base::Status Writer::upkeep(base::Micros now, const ForgetBounds& forget) {
  if (auto connected = connect(); !connected) return connected;
  if (auto made = partitions_.make_ahead(*connection_, now); !made) return made;
  for (;;) {
    const auto forgotten = forget_entries(*connection_, forget);
    if (!forgotten) return forgotten.error();
    if (*forgotten < forget.entries_max) return base::ok;
  }
}

base::Result<Written> Writer::write_connected(std::span<const EntryEvents> batch, Mode mode) {
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
  if (auto staged = stage(rows); !staged) return staged.error();
  const auto stored = store(claimed->batch_id);
  if (!stored) return stored.error();
  written.accepted = static_cast<std::size_t>(stored->events);
  written.duplicates = count - written.accepted;
  if (mode == Mode::Try) return written;  // the transaction is rolled back
  const auto position = publish(claimed->batch_id, *stored);
  if (!position) return position.error();
  transaction->committed();
  written.position = *position;
  return written;
}

base::Result<Writer::Claimed> Writer::claim(const BatchRows& rows) {
  const auto& entries = rows.entries;
  auto answer =
      connection_->exec_prepared("claim", {Integers(entries.shards), Integers(entries.millis),
                                           Integers(entries.numbers), Integers(entries.contents)});
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

base::Status Writer::stage(const BatchRows& rows) {
  if (rows.rows.empty()) return base::ok;
  auto copy = connection_->copy_in(kCopy);
  if (!copy) return copy.error();
  for (const auto& row : rows.rows) {
    if (auto put = copy_row(*copy, row); !put) return put.error();
  }
  const auto staged = copy->finish();
  if (!staged) return staged.error();
  TIDEMARK_CHECK(*staged == rows.rows.size());
  return base::ok;
}

base::Result<Writer::Stored> Writer::store(std::int64_t batch_id) {
  auto answer = connection_->exec_prepared("store", {batch_id});
  if (!answer) return answer.error();
  const auto row = (*answer)[0];
  Stored stored{.events = row.integer(0)};
  if (stored.events != 0) {
    stored.first_occurred_at = Instant{row.instant(1)};
    stored.last_occurred_at = Instant{row.instant(2)};
  }
  return stored;
}

// In one trip, since all other writers wait from the first statement to the end of the second.
base::Result<std::uint64_t> Writer::publish(std::int64_t batch_id, const Stored& stored) {
  const std::array<Statement, 2> statements{
      Statement{
          .sql = "publish",
          .values = {batch_id, stored.events, stored.first_occurred_at, stored.last_occurred_at},
          .is_prepared = true},
      Statement{.sql = "COMMIT"}};
  auto answers = connection_->pipeline(statements);
  if (!answers) return answers.error();
  if (auto committed = check_committed((*answers)[1]); !committed) return committed.error();
  TIDEMARK_CHECK((*answers)[0].size() == 1);
  return static_cast<std::uint64_t>((*answers)[0][0].integer(0));
}

base::Result<std::uint64_t> Writer::position_of(const BatchRows& rows) {
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
