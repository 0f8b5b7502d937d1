#pragma once

/// How full the queue is, how far the workers are behind, and how much work is left.

#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "base/result.hpp"
#include "clients/redis/connection.hpp"
#include "journal/redis/streams.hpp"

namespace tidemark::journal::redis {

/// Sums over all shards; a moment's values.
struct QueueFigures {
  std::uint64_t waiting = 0;    ///< entries that no worker has taken yet
  std::uint64_t pending = 0;    ///< entries that a worker holds and has not acknowledged
  std::uint64_t kept = 0;       ///< entries in the streams, including committed ones
  std::uint64_t bytes = 0;      ///< payload bytes that are not committed
  std::uint64_t bytes_max = 0;  ///< bound at which appends are refused
  std::uint64_t consumers = 0;  ///< workers that the group knows
  std::uint64_t dead_letters = 0;
  std::chrono::milliseconds oldest_age{0};  ///< of the oldest uncommitted entry

  /// The number of uncommitted entries.
  [[nodiscard]] std::uint64_t depth() const { return waiting + pending; }
};

/// Errors: Unavailable; NotFound: no worker has ever made the group.
base::Result<QueueFigures> queue_figures(clients::redis::Connection& connection,
                                         const Streams& streams);

/// For each entry, in order, whether it is still uncommitted. All others were committed, or buried,
/// before this call. Errors: as above.
base::Result<std::vector<bool>> are_open(clients::redis::Connection& connection,
                                         const Streams& streams,
                                         std::span<const event::EntryId> entries);

}  // namespace tidemark::journal::redis
