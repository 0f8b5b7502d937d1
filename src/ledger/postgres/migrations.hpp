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

/// One step. A released step is never changed, only followed by another one.
struct Migration {
  int version = 0;  ///< from 1, without gaps
  std::string_view name;
  std::string_view sql;
};

/// The steps that this program carries, in order.
std::span<const Migration> migrations();

struct MigrationState {
  int version = 0;
  std::string name;
  bool is_applied = false;
  base::Micros applied_at = 0;
};

// Errors of all functions below: Conflict if the database holds a version that this program does
// not know (a newer program was here), or another text of a known one; nothing is changed then.

/// Applies the missing steps, all or none, and returns their number. If two run at once, the second
/// waits and finds nothing to do. No time-out of a statement applies.
base::Result<std::size_t> migrate_up(const clients::postgres::Options& options,
                                     std::span<const Migration> steps = migrations());

/// All known steps; an applied step says when it was applied.
base::Result<std::vector<MigrationState>> migration_status(
    clients::postgres::Connection& connection, std::span<const Migration> steps = migrations());

/// Whether this program can work with the database. Unavailable: steps are missing.
base::Status check_schema(clients::postgres::Connection& connection,
                          std::span<const Migration> steps = migrations());

}  // namespace tidemark::ledger::postgres
