#include "quarantine/quarantine_table.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "clients/postgres/copy_writer.hpp"
#include "clients/postgres/transaction.hpp"
#include "quarantine/encoding.hpp"
#include "quarantine/holdings.hpp"

namespace tidemark::quarantine {

/// The row of quarantine_total, and what becomes of it in a transaction.
struct Totals {
  std::int64_t events = 0;
  std::int64_t bytes = 0;
  std::int64_t dropped = 0;  ///< in this transaction
  std::vector<std::pair<event::ProjectId, std::string>> dropped_sources = {};  ///< one of each
};

namespace {

using base::Error;
using base::ErrorCode;
using clients::postgres::Connection;
using clients::postgres::CopyWriter;
using clients::postgres::Integers;
using clients::postgres::Row;
using clients::postgres::Rows;
using clients::postgres::Statement;
using clients::postgres::Transaction;

/// How long one caller alone asks a server that was away, at most.
constexpr std::chrono::minutes kAskedMax{1};
/// So many of the oldest are looked at together when some have to go.
constexpr std::int64_t kOldestEvents = 100;

// All others wait for the totals: a session that holds them and falls silent loses them.
constexpr const char* kBegin = "BEGIN; SET LOCAL idle_in_transaction_session_timeout = '10s'";
constexpr const char* kTotals = "SELECT events, bytes FROM quarantine_total";
constexpr const char* kCopy =
    "COPY quarantine (project, rejected_at, bytes, row_hash, format, source, raw, faults) "
    "FROM STDIN (FORMAT binary)";
constexpr const char* kList =
    "SELECT id, rejected_at, format, source, raw, faults, project FROM quarantine "
    "WHERE project = $1::bigint AND id > $2::bigint ORDER BY id LIMIT $3::bigint";

/// A number of the program's as one of the database's.
std::int64_t stored(std::uint64_t number) { return static_cast<std::int64_t>(number); }
std::int64_t stored(event::ProjectId project) { return static_cast<std::int64_t>(project); }
event::ProjectId project_in(const Row& row, std::size_t column) {
  return static_cast<event::ProjectId>(row.integer(column));
}

/// The same for one that a caller may have chosen.
std::int64_t stored_at_most(std::uint64_t number) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  return stored(std::min(number, kMost));
}

/// Whoever asks can do nothing about any of these but come again.
bool is_away(const Error& error) {
  return error.code() == ErrorCode::Unavailable || error.code() == ErrorCode::TimedOut ||
         error.code() == ErrorCode::Overloaded;
}

base::Result<Totals> totals_of(const Rows& rows) {
  if (rows.size() != 1) {
    return Error{ErrorCode::Corrupt, "the table `quarantine_total` does not hold its one row"};
  }
  return Totals{.events = rows[0].integer(0), .bytes = rows[0].integer(1)};
}

base::Result<Totals> lock_totals(Connection& connection) {
  const auto rows = connection.exec(std::string(kTotals) + " FOR UPDATE");
  if (!rows) return rows.error();
  return totals_of(*rows);
}

base::Status save_totals(Connection& connection, const Totals& totals) {
  const auto saved = connection.exec(
      "UPDATE quarantine_total SET events = $1::bigint, bytes = $2::bigint, "
      "dropped = dropped + $3::bigint",
      {totals.events, totals.bytes, totals.dropped});
  if (!saved) return saved.error();
  return base::ok;
}

base::Status copy_event(CopyWriter& copy, const QuarantinedEvent& event) {
  constexpr std::uint16_t kColumns = 8;
  if (auto begun = copy.begin_row(kColumns); !begun) return begun;
  Writer faults;
  faults.faults(event.faults);
  copy.int8(stored(event.project));
  copy.instant(event.rejected_at);
  copy.int8(stored(event.bytes()));
  event.is_row() ? copy.int8(stored(event.row_hash())) : copy.null();
  copy.int2(static_cast<std::int16_t>(event.format));
  copy.text(event.source);
  copy.text(event.raw);
  copy.text(faults.bytes());
  return base::ok;
}

base::Status copy_events(Connection& connection, std::span<const QuarantinedEvent> events,
                         Totals& totals) {
  auto copy = connection.copy_in(kCopy);
  if (!copy) return copy.error();
  for (const auto& event : events) {
    if (auto copied = copy_event(*copy, event); !copied) return copied;
    ++totals.events;
    totals.bytes += stored(event.bytes());
  }
  const auto finished = copy->finish();
  if (!finished) return finished.error();
  return base::ok;
}

bool is_over(const Totals& totals, const Bounds& bounds) {
  return totals.events > stored(bounds.events_max) || totals.bytes > stored(bounds.bytes_max);
}

/// What is kept of each project. Other than the totals, it is right also after somebody has removed
/// rows by hand.
base::Result<Holdings> holdings_in(Connection& connection) {
  const auto sides = connection.exec(
      "SELECT project, row_hash IS NOT NULL, count(*), sum(bytes)::bigint FROM quarantine "
      "GROUP BY 1, 2");
  if (!sides) return sides.error();
  Holdings held;
  for (const auto side : *sides) {
    held.add({.project = project_in(side, 0), .rows = side.boolean(1)},
             {.events = static_cast<std::size_t>(side.integer(2)),
              .bytes = static_cast<std::size_t>(side.integer(3))});
  }
  return held;
}

void take_off(Totals& totals, std::int64_t bytes) {
  --totals.events;
  totals.bytes -= bytes;
}

/// Drops some of the oldest of the side that has to give; the bounds are exceeded.
base::Status drop_some(Connection& connection, const Bounds& bounds, Totals& totals,
                       Holdings& held) {
  const auto side = held.giving(bounds);
  assert(side);
  const std::string which =
      std::string("project = $2::bigint AND row_hash IS ") + (side->rows ? "NOT NULL" : "NULL");
  const auto oldest = connection.exec(
      "SELECT id, bytes, source FROM quarantine WHERE " + which + " ORDER BY id LIMIT $1::bigint",
      {kOldestEvents, stored(side->project)});
  if (!oldest) return oldest.error();
  if (oldest->empty()) {  // somebody has removed them by hand just now
    auto counted = holdings_in(connection);
    if (!counted) return counted.error();
    held = std::move(*counted);
    return base::ok;
  }
  std::int64_t last = 0;
  for (const auto row : *oldest) {
    if (held.giving(bounds) != side) break;
    last = row.integer(0);
    held.take_off(*side, static_cast<std::size_t>(row.integer(1)));
    ++totals.dropped;
    totals.dropped_sources.emplace_back(side->project, row.bytes(2));
  }
  const auto gone = connection.exec("DELETE FROM quarantine WHERE id <= $1::bigint AND " + which,
                                    {last, stored(side->project)});
  if (!gone) return gone.error();
  return base::ok;
}

base::Status drop_oldest_while_over(Connection& connection, const Bounds& bounds, Totals& totals) {
  if (!is_over(totals, bounds)) return base::ok;
  auto held = holdings_in(connection);
  if (!held) return held.error();
  while (held->giving(bounds)) {
    if (auto dropped = drop_some(connection, bounds, totals, *held); !dropped) return dropped;
  }
  totals.events = stored(held->all().events);
  totals.bytes = stored(held->all().bytes);
  return base::ok;
}

/// The project of a row, and its hash.
using RowKey = std::pair<event::ProjectId, std::uint64_t>;
RowKey key_of(const QuarantinedEvent& row) { return {row.project, row.row_hash()}; }

/// Those rows that are kept already.
base::Result<std::set<RowKey>> known_rows(Connection& connection,
                                          std::span<const QuarantinedEvent> rows) {
  std::set<std::int64_t> of_projects;
  std::vector<std::int64_t> hashes;
  hashes.reserve(rows.size());
  for (const auto& row : rows) {
    of_projects.insert(stored(row.project));
    hashes.push_back(stored(row.row_hash()));
  }
  const std::vector<std::int64_t> projects(of_projects.begin(), of_projects.end());
  const auto found = connection.exec(
      "SELECT project, row_hash FROM quarantine WHERE project = ANY ($1) AND row_hash = ANY ($2)",
      {Integers(projects), Integers(hashes)});
  if (!found) return found.error();
  std::set<RowKey> known;
  for (const auto row : *found) {
    known.emplace(project_in(row, 0), static_cast<std::uint64_t>(row.integer(1)));
  }
  return known;
}

base::Result<QuarantinedEvent> event_of(const Row& row) {
  QuarantinedEvent event{.id = static_cast<std::uint64_t>(row.integer(0)),
                         .rejected_at = row.instant(1),
                         .raw = std::string(row.bytes(4)),
                         .source = std::string(row.bytes(3)),
                         .format = row.integer(2) == 1 ? RawFormat::Csv : RawFormat::Json,
                         .project = project_in(row, 6),
                         .faults = {}};
  Reader faults(row.bytes(5));
  event.faults = faults.faults();
  if (faults.ok()) return event;
  return Error{ErrorCode::Corrupt, "the faults of rejected event " + std::to_string(event.id) +
                                       " do not read back as they were written"};
}

}  // namespace

QuarantineTable::QuarantineTable(clients::postgres::Pool& pool, Bounds bounds,
                                 std::chrono::milliseconds rest)
    : pool_(pool), bounds_(bounds), rest_(rest) {}

base::Status QuarantineTable::add(std::vector<QuarantinedEvent> events) {
  if (events.empty()) return base::ok;
  auto added = change([&](Connection& connection, Totals& totals) {
    return copy_events(connection, events, totals);
  });
  if (!added) return added.error().while_doing("keeping rejected events");
  return base::ok;
}

base::Result<std::size_t> QuarantineTable::add_rows(std::vector<QuarantinedEvent> rows) {
  if (rows.empty()) return std::size_t{0};
  auto added = change([&](Connection& connection, Totals& totals) -> base::Status {
    auto known = known_rows(connection, rows);
    if (!known) return known.error();
    std::erase_if(rows, [&](const auto& row) { return !known->insert(key_of(row)).second; });
    return copy_events(connection, rows, totals);
  });
  if (!added) return added.error().while_doing("keeping rejected rows");
  return rows.size();
}

base::Result<std::vector<QuarantinedEvent>> QuarantineTable::list(event::ProjectId project,
                                                                  std::uint64_t after,
                                                                  std::size_t limit) const {
  std::vector<QuarantinedEvent> events;
  auto listed = ask([&](Connection& connection) -> base::Status {
    const std::array statements{
        Statement{.sql = kList,
                  .values = {stored(project), stored_at_most(after), stored_at_most(limit)}},
        Statement{.sql = kTotals}};
    const auto answers = connection.pipeline(statements);
    if (!answers) return answers.error();
    assert(answers->size() == statements.size());
    for (const auto row : answers->front()) {
      auto event = event_of(row);
      if (!event) return event.error();
      events.push_back(std::move(*event));
    }
    const auto totals = totals_of(answers->back());
    if (!totals) return totals.error();
    hear(*totals);
    return base::ok;
  });
  if (!listed) return listed.error().while_doing("listing rejected events");
  return events;
}

base::Result<std::size_t> QuarantineTable::remove(event::ProjectId project,
                                                  std::span<const std::uint64_t> ids) {
  if (ids.empty()) return std::size_t{0};
  std::vector<std::int64_t> numbers;
  numbers.reserve(ids.size());
  for (const auto id : ids) numbers.push_back(stored(id));
  std::size_t gone = 0;
  auto removed = change([&](Connection& connection, Totals& totals) -> base::Status {
    const auto rows = connection.exec(
        "DELETE FROM quarantine WHERE id = ANY ($1) AND project = $2::bigint RETURNING bytes",
        {Integers(numbers), stored(project)});
    if (!rows) return rows.error();
    gone = rows->size();
    for (const auto row : *rows) take_off(totals, row.integer(0));
    return base::ok;
  });
  if (!removed) return removed.error().while_doing("removing rejected events");
  return gone;
}

base::Result<std::size_t> QuarantineTable::remove_source(event::ProjectId project,
                                                         std::string_view source) {
  std::size_t gone = 0;
  auto removed = change([&](Connection& connection, Totals& totals) -> base::Status {
    // FILE, and names that begin with FILE: and go on with a number.
    const auto rows = connection.exec(
        "DELETE FROM quarantine WHERE project = $2::bigint AND (source = $1::bytea OR (substring("
        "source from 1 for length($1::bytea) + 1) = $1::bytea || '\\x3a'::bytea AND encode("
        "substring(source from length($1::bytea) + 2), 'escape') ~ '^[0-9]+$')) RETURNING bytes",
        {clients::postgres::Bytes{source}, stored(project)});
    if (!rows) return rows.error();
    gone = rows->size();
    for (const auto row : *rows) take_off(totals, row.integer(0));
    return base::ok;
  });
  if (!removed) return removed.error().while_doing("removing rejected events");
  return gone;
}

CountsBySource QuarantineTable::dropped_by_source(event::ProjectId project) const {
  const std::lock_guard lock(mutex_);
  return dropped_by_source_.counts(project);
}

QuarantineTable::Figures QuarantineTable::figures() const {
  const std::lock_guard lock(mutex_);
  return heard_;
}

base::Status QuarantineTable::recount() {
  auto counted = change([](Connection& connection, Totals& totals) -> base::Status {
    const auto rows =
        connection.exec("SELECT count(*), coalesce(sum(bytes), 0)::bigint FROM quarantine");
    if (!rows) return rows.error();
    totals.events = (*rows)[0].integer(0);
    totals.bytes = (*rows)[0].integer(1);
    return base::ok;
  });
  if (!counted) return counted.error().while_doing("counting rejected events");
  return base::ok;
}

base::Status QuarantineTable::ask(const Work& work) const {
  if (auto may = may_ask(); !may) return may;
  auto lease = pool_.take();
  auto done = lease ? work(**lease) : base::Status(lease.error());
  const bool away = !done && is_away(done.error());
  note_outcome(away);
  if (away) return Error{ErrorCode::Unavailable, done.error().message()};
  return done;
}

base::Status QuarantineTable::change(const Change& change) {
  return ask([&](Connection& connection) { return change_connected(connection, change); });
}

base::Status QuarantineTable::change_connected(Connection& connection, const Change& change) {
  auto transaction = Transaction::begin(connection, kBegin);
  if (!transaction) return transaction.error();
  auto totals = lock_totals(connection);
  if (!totals) return totals.error();
  if (auto changed = change(connection, *totals); !changed) return changed;
  if (auto dropped = drop_oldest_while_over(connection, bounds_, *totals); !dropped) return dropped;
  if (auto saved = save_totals(connection, *totals); !saved) return saved;
  if (auto committed = transaction->commit(); !committed) return committed;
  hear(*totals);
  return base::ok;
}

base::Status QuarantineTable::may_ask() const {
  const std::lock_guard lock(mutex_);
  if (!rests_until_) return base::ok;
  if (Clock::now() < *rests_until_) return Error{ErrorCode::Unavailable, "PostgreSQL is away"};
  rests_until_ = Clock::now() + kAskedMax;  // or until this one knows more
  return base::ok;
}

void QuarantineTable::note_outcome(bool away) const {
  const std::lock_guard lock(mutex_);
  rests_until_.reset();
  if (away) rests_until_ = Clock::now() + rest_;
}

void QuarantineTable::hear(const Totals& totals) const {
  const std::lock_guard lock(mutex_);
  heard_.events = static_cast<std::size_t>(totals.events);
  heard_.bytes = static_cast<std::size_t>(totals.bytes);
  heard_.dropped += static_cast<std::uint64_t>(totals.dropped);
  for (const auto& [project, source] : totals.dropped_sources) {
    dropped_by_source_.add(project, name_of_source(source));
  }
}

}  // namespace tidemark::quarantine
