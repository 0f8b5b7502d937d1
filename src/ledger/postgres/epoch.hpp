#pragma once

/// The name of the history that a ledger has: this ledger, on this server, on this timeline.

#include <cstddef>
#include <string>

#include "clients/postgres/rows.hpp"

namespace tidemark::ledger::postgres {

/// Columns of a statement that reads FROM ledger, which `epoch_of` makes a name of. A standby has
/// no timeline of its own: there the statement fails, as it is to. The timeline stands in the name
/// of the file that is being written; pg_control_checkpoint() would tell it a checkpoint later.
inline constexpr const char* kEpochColumns =
    "ledger.id, (SELECT system_identifier FROM pg_control_system()), "
    "left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// `first`: where the first of kEpochColumns stands.
std::string epoch_of(const clients::postgres::Row& row, std::size_t first);

}  // namespace tidemark::ledger::postgres
