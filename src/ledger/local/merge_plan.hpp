#pragma once

/// Decides which runs of a partition are merged when a new run comes.

#include <cstddef>
#include <cstdint>
#include <span>

namespace tidemark::ledger::local {

/// `ids` are the sizes of a partition's runs, oldest first, the new one last. Returns the index of
/// the first run that is merged with all later ones; `ids.size() - 1` means that the new run stays
/// by itself.
///
/// Promise:  at most kRunsMax runs are left.
/// Cost:     after n runs of one size an id was written about 2.5 times at n = 20, 4.5 at 100, 6.3
///           at 300. Partitions merge at different times, so that a step merges little more than
///           that: at most 15 times the new ids at n = 100 (docs/adr/0010-exact-id-index.md).
std::size_t merge_from(std::span<const std::uint64_t> ids, std::uint32_t partition);

}  // namespace tidemark::ledger::local
