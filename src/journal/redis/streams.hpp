#pragma once

/// The streams of a Redis server that accepted requests wait in: their keys, bounds and places.

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "event/entry_id.hpp"

namespace tidemark::journal::redis {

/// What everybody who appends to, or reads from, the same queue must agree on. The keys and what
/// they hold are in docs/formats/streams.md.
struct Streams {
  std::string prefix = "tidemark";  ///< of all keys
  std::string group = "workers";
  std::uint32_t shards = 4;  ///< 1 to kShardsMax
  /// Payload that no worker has committed, over all shards: from there on appends are refused.
  std::uint64_t bytes_max = std::uint64_t{256} << 20U;
  /// Dead letters of all shards; from there on nothing more is buried.
  std::uint64_t dead_letters_max = 100'000;

  static constexpr std::uint32_t kShardsMax = 64;

  /// Ok, or InvalidInput.
  [[nodiscard]] base::Status check() const;

  // Each rounds up, so that no shard has a bound of nothing.
  [[nodiscard]] std::uint64_t shard_bytes_max() const { return (bytes_max + shards - 1) / shards; }
  [[nodiscard]] std::uint64_t shard_dead_letters_max() const {
    return (dead_letters_max + shards - 1) / shards;
  }
};

/// The keys of one shard. They share what stands in braces, so that a cluster keeps them together.
struct ShardKeys {
  std::string events;  ///< the stream
  std::string bytes;   ///< how much of its payload is not committed
  std::string dead;    ///< the stream of dead letters
  std::string ledger;  ///< the epoch of the ledger that acknowledged entries went into
};
ShardKeys keys_of(const Streams& streams, std::uint32_t shard);

/// "1700000000000-3": the id within its shard, as Redis writes it.
std::string entry_id(const event::EntryId& position);

/// Errors: InvalidInput: not an id.
base::Result<event::EntryId> position_from(std::uint32_t shard, std::string_view entry_id);

}  // namespace tidemark::journal::redis
