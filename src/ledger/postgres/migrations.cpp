#include "ledger/postgres/migrations.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <chrono>
#include <cstdio>

#include "base/hash.hpp"
#include "clients/postgres/transaction.hpp"

namespace tidemark::ledger::postgres {
namespace {

using base::ErrorCode;
using clients::postgres::Connection;
using clients::postgres::Transaction;

// Any number, as long as nobody else's is the same: "tidemark" in ASCII.
constexpr std::int64_t kMigrationLock = 0x7469'6465'6D61'726B;

std::string checksum_of(std::string_view sql) {
  const auto hash = base::hash128(std::as_bytes(std::span(sql)));
  std::array<char, 33> text{};
  std::snprintf(text.data(), text.size(), "%016llx%016llx",
                static_cast<unsigned long long>(hash.high),
                static_cast<unsigned long long>(hash.low));
  return text.data();
}

base::Error newer_schema(std::int64_t version, std::size_t known) {
  return {ErrorCode::Conflict, "the database's schema is of version " + std::to_string(version) +
                                   ", and this program knows versions up to " +
                                   std::to_string(known) + ": run a newer tidemark"};
}

base::Result<bool> has_table(Connection& connection) {
  auto there = connection.exec("SELECT to_regclass('schema_migration') IS NOT NULL");
  if (!there) return there.error();
  return (*there)[0].boolean(0);
}

base::Result<std::vector<MigrationState>> read_states(Connection& connection,
                                                      std::span<const Migration> steps) {
  std::vector<MigrationState> states;
  for (const auto& step : steps) {
    assert(step.version == static_cast<int>(states.size()) + 1);
    states.push_back({.version = step.version, .name = std::string(step.name)});
  }
  const auto there = has_table(connection);
  if (!there) return there.error();
  if (!*there) return states;
  auto applied = connection.exec(
      "SELECT version, checksum, applied_at FROM schema_migration ORDER BY version");
  if (!applied) return applied.error();
  for (const auto row : *applied) {
    const auto version = row.integer(0);
    if (version < 1 || version > static_cast<std::int64_t>(steps.size())) {
      return newer_schema(version, steps.size());
    }
    const auto at = static_cast<std::size_t>(version) - 1;
    if (row.text(1) != checksum_of(steps[at].sql)) {
      return base::Error(ErrorCode::Conflict, "migration " + states[at].name +
                                                  " was applied with another text than this "
                                                  "program's: it is not the same schema");
    }
    states[at].is_applied = true;
    states[at].applied_at = row.instant(2);
  }
  return states;
}

// Everything below stands in one transaction, with the lock that a second `up` waits for.
base::Status prepare(Connection& connection) {
  auto encoding = connection.exec("SELECT current_setting('server_encoding')");
  if (!encoding) return encoding.error();
  if ((*encoding)[0].text(0) != "UTF8") {
    return base::Error(ErrorCode::Conflict, "the database's encoding is " +
                                                std::string((*encoding)[0].text(0)) +
                                                ": create it with ENCODING 'UTF8'");
  }
  auto locked = connection.exec("SELECT pg_advisory_xact_lock($1)", {kMigrationLock});
  if (!locked) return locked.error();
  return connection.run(
      "CREATE TABLE IF NOT EXISTS schema_migration (version integer PRIMARY KEY, "
      "name text NOT NULL, checksum text NOT NULL, "
      "applied_at timestamptz NOT NULL DEFAULT clock_timestamp())");
}

base::Status apply(Connection& connection, const Migration& step) {
  auto done = connection.run(std::string(step.sql));
  if (!done) return done.error().while_doing("applying migration " + std::string(step.name));
  const auto checksum = checksum_of(step.sql);
  auto noted =
      connection.exec("INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)",
                      {std::int64_t{step.version}, step.name, std::string_view(checksum)});
  if (!noted) return noted.error();
  return base::ok;
}

}  // namespace

base::Result<std::size_t> migrate_up(const clients::postgres::Options& options,
                                     std::span<const Migration> steps) {
  auto patient = options;
  patient.statement_timeout = std::chrono::milliseconds(0);
  patient.lock_timeout = std::chrono::milliseconds(0);
  auto connection = Connection::open(patient);
  if (!connection) return connection.error();
  auto transaction = Transaction::begin(*connection);
  if (!transaction) return transaction.error();
  if (auto prepared = prepare(*connection); !prepared) return prepared.error();
  auto states = read_states(*connection, steps);
  if (!states) return states.error();
  std::size_t applied = 0;
  for (std::size_t at = 0; at < steps.size(); ++at) {
    if ((*states)[at].is_applied) continue;
    if (auto done = apply(*connection, steps[at]); !done) return done.error();
    ++applied;
  }
  if (auto committed = transaction->commit(); !committed) return committed.error();
  return applied;
}

base::Result<std::vector<MigrationState>> migration_status(Connection& connection,
                                                           std::span<const Migration> steps) {
  return read_states(connection, steps);
}

base::Status check_schema(Connection& connection, std::span<const Migration> steps) {
  auto states = read_states(connection, steps);
  if (!states) return states.error();
  const auto missing = std::ranges::find(*states, false, &MigrationState::is_applied);
  if (missing == states->end()) return base::ok;
  return base::Error(ErrorCode::Unavailable, "the database lacks migration " + missing->name +
                                                 ": run `tidemark migrate up`");
}

}  // namespace tidemark::ledger::postgres
