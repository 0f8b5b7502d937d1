#pragma once

/// The number of parts of the space of hashes, and the part that an id belongs to.

#include <cstdint>

#include "event/event.hpp"

namespace tidemark::ledger::local {

/// Each partition merges its runs on its own, so that no merge is large. There are 32 and not more,
/// because each partition costs a sync per segment (docs/adr/0010-exact-id-index.md).
inline constexpr unsigned kPartitionBits = 5;
inline constexpr std::uint32_t kIdPartitions = 1U << kPartitionBits;

/// The highest bits of the hash.
constexpr std::uint32_t partition_of(const event::IdHash& hash) {
  return static_cast<std::uint32_t>(hash.high >> (64 - kPartitionBits));
}

}  // namespace tidemark::ledger::local
