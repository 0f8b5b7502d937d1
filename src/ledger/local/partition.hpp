#pragma once

/// Into how many parts the space of hashes falls, and which one an id belongs to.

#include <cstdint>

#include "event/event.hpp"

namespace tidemark::ledger::local {

/// Each partition merges its runs on its own, so that no merge is large; 32 of them rather than
/// more because each costs a sync a segment (docs/adr/0010-exact-id-index.md).
inline constexpr unsigned kPartitionBits = 5;
inline constexpr std::uint32_t kIdPartitions = 1U << kPartitionBits;

/// The highest bits of the hash.
constexpr std::uint32_t partition_of(const event::IdHash& hash) {
  return static_cast<std::uint32_t>(hash.high >> (64 - kPartitionBits));
}

}  // namespace tidemark::ledger::local
