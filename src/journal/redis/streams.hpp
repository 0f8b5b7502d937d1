#pragma once

/// The streams of a Redis server in which accepted requests wait: their keys, bounds and places.

#include <cassert>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "event/entry_id.hpp"

namespace tidemark::journal::redis {

/// What all processes that append to or read from one queue must agree on. docs/formats/streams.md
/// describes the keys and what they hold.
struct Streams {
  std::string prefix = "tidemark";  ///< of all keys
  std::string group = "workers";
  std::uint32_t shards = 4;  ///< 1 to kShardsMax
  /// Uncommitted payload of all shards; appends are refused when it is reached.
  std::uint64_t bytes_max = std::uint64_t{256} << 20U;
  /// Dead letters of all shards; when reached, nothing more is buried.
  std::uint64_t dead_letters_max = 100'000;

  static constexpr std::uint32_t kShardsMax = 64;

  /// Ok, or InvalidInput.
  [[nodiscard]] base::Status check() const;

  // Each bound is rounded up, so that no shard has a bound of 0.
  [[nodiscard]] std::uint64_t shard_bytes_max() const {
    assert(shards > 0);
    return (bytes_max + shards - 1) / shards;
  }
  [[nodiscard]] std::uint64_t shard_dead_letters_max() const {
    assert(shards > 0);
    return (dead_letters_max + shards - 1) / shards;
  }
};

/// The keys of one shard. They share the part in braces, so that a cluster keeps them together.
struct ShardKeys {
  std::string events;  ///< the stream
  std::string bytes;   ///< uncommitted bytes of its payload
  std::string dead;    ///< the stream of dead letters
  std::string ledger;  ///< the epoch of the ledger that acknowledged entries went into
};
ShardKeys keys_of(const Streams& streams, std::uint32_t shard);

/// "1700000000000-3": the id within its shard, as Redis writes it.
std::string entry_id(const event::EntryId& position);

/// Errors: InvalidInput: not an id.
base::Result<event::EntryId> position_from(std::uint32_t shard, std::string_view entry_id);

}  // namespace tidemark::journal::redis
