#pragma once

/// Removes the names of old queue entries.

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "clients/postgres/connection.hpp"

namespace tidemark::ledger::postgres {

/// What `forget_entries` may remove.
struct ForgetBounds {
  std::uint32_t shards = 1;          ///< shards 0 to this one, excluded
  std::uint64_t before_millis = 0;   ///< no entry that is older comes again or is asked for
  std::size_t entries_max = 10'000;  ///< per shard and call
};

/// Removes the names of old entries and returns their number. Their events stay, and if an entry
/// comes again all the same, all its events are found to be duplicates.
base::Result<std::uint64_t> forget_entries(clients::postgres::Connection& connection,
                                           const ForgetBounds& bounds);

}  // namespace tidemark::ledger::postgres
