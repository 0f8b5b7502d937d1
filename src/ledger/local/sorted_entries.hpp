#pragma once

/// Ids in the order of their hashes, ready to be written as runs.

#include <span>
#include <vector>

#include "ledger/local/sorted_run.hpp"

namespace tidemark::ledger::local {

/// The ids of the sequences from `first` on, in the order of their hashes.
/// Cost: about 40 ns and 25 bytes of memory an id.
std::vector<RunEntry> sorted_entries(std::span<const IdHash> hashes, Sequence first);

/// The entries of one partition.
std::span<const RunEntry> entries_of(std::span<const RunEntry> sorted, std::uint32_t partition);

}  // namespace tidemark::ledger::local
