#pragma once

/// Forgetting the names of what requests put into the queue.

#include <cstddef>
#include <cstdint>

#include "base/result.hpp"
#include "clients/postgres/connection.hpp"

namespace tidemark::ledger::postgres {

/// What `forget_entries` may remove.
struct ForgetBounds {
  std::uint32_t shards = 1;          ///< 0 to this, excluded
  std::uint64_t before_millis = 0;   ///< later than that no entry comes again, nor is asked for
  std::size_t entries_max = 10'000;  ///< of each shard, in one call
};

/// Removes the names of old entries; how many it removed. Their events stay, and an entry that
/// comes again all the same is found to hold nothing but duplicates.
base::Result<std::uint64_t> forget_entries(clients::postgres::Connection& connection,
                                           const ForgetBounds& bounds);

}  // namespace tidemark::ledger::postgres
