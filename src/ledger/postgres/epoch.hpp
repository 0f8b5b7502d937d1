#pragma once

/// The name of a ledger's history: this ledger, on this server, on this timeline.

#include <cstddef>
#include <string>

#include "clients/postgres/rows.hpp"

namespace tidemark::ledger::postgres {

/// Columns for a statement that reads FROM ledger; `epoch_of` makes a name of them. A standby has
/// no timeline of its own, so the statement fails there, as it must. The timeline comes from the
/// name of the file that is being written; pg_control_checkpoint() would tell it a checkpoint
/// later.
inline constexpr const char* kEpochColumns =
    "ledger.id, (SELECT system_identifier FROM pg_control_system()), "
    "left(pg_walfile_name(pg_current_wal_lsn()), 8)";

/// `first`: the index of the first of kEpochColumns.
std::string epoch_of(const clients::postgres::Row& row, std::size_t first);

}  // namespace tidemark::ledger::postgres
