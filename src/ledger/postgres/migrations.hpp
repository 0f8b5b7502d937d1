#pragma once

/// The schema of the ledger's database, step by step.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "clients/postgres/connection.hpp"

namespace tidemark::ledger::postgres {

/// One step. What has been released is never changed, only followed by another one.
struct Migration {
  int version = 0;  ///< from 1, without gaps
  std::string_view name;
  std::string_view sql;
};

/// Those that this program carries, in order.
std::span<const Migration> migrations();

struct MigrationState {
  int version = 0;
  std::string name;
  bool is_applied = false;
  base::Micros applied_at = 0;
};

// Errors of all below: Conflict where the database holds a version that this program does not know
// (a newer one has been here), or another text of one that it knows; nothing is changed then.

/// Applies what is missing, all of it or nothing; how many that were. Two at once: the second one
/// waits, and finds nothing to do. It takes as long as it takes: no statement's time-out holds.
base::Result<std::size_t> migrate_up(const clients::postgres::Options& options,
                                     std::span<const Migration> steps = migrations());

/// Every step that is known; those that are applied say when.
base::Result<std::vector<MigrationState>> migration_status(
    clients::postgres::Connection& connection, std::span<const Migration> steps = migrations());

/// Whether this program can work with the database. Unavailable: steps are missing.
base::Status check_schema(clients::postgres::Connection& connection,
                          std::span<const Migration> steps = migrations());

}  // namespace tidemark::ledger::postgres
