#pragma once

/// Makes the records at a segment's end durable where they lie, for a disk without room for a copy.

#include <cstdint>

#include "base/result.hpp"
#include "files/files.hpp"
#include "journal/journal.hpp"
#include "journal/local/segment_file.hpp"

namespace tidemark::journal::local {

/// Records of a segment that may be in the disk's cache only.
struct InDoubt {
  std::uint64_t from_offset = 0;  ///< a record begins here; the records in doubt are here or later
  Sequence synced_to = 0;         ///< only records that end above it are in doubt
  Sequence end = 0;               ///< where the last record ends
};

/// Writes the blocks of these records again, with the bytes that they hold, and syncs them. A sync
/// alone would not do: after a sync that failed, the system counts as written what the disk never
/// got.
///
/// Promise:  no byte changes. A disk that is interrupted leaves each sector with its old or its new
///           content, which are the same here: what was durable stays durable.
/// Errors:   those of the disk; Corrupt if the records do not read back as before.
/// Cost:     memory of the records in doubt, which are one record at most.
base::Status write_in_place(files::Files& files, const SegmentFile& segment, InDoubt in_doubt);

}  // namespace tidemark::journal::local
