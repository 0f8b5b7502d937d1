#pragma once

/// Makes the records at a segment's end durable where they lie: for a disk without room for a copy.

#include <cstdint>

#include "base/result.hpp"
#include "files/files.hpp"
#include "journal/journal.hpp"
#include "journal/local/segment_file.hpp"

namespace tidemark::journal::local {

/// Records of a segment that may be in the disk's cache alone.
struct InDoubt {
  std::uint64_t from_offset = 0;  ///< a record begins here; those in doubt are here or behind it
  Sequence synced_to = 0;         ///< only records that end above it are in doubt
  Sequence end = 0;               ///< where the last record ends
};

/// Writes the blocks of these records again, with what they hold, and syncs them. A sync alone
/// would not do: after one that failed the system takes for written what the disk never got.
///
/// Promise:  no byte changes. A disk that is interrupted leaves each sector with its old or its
///           new content, and here they are the same: what was durable stays so.
/// Errors:   those of the disk; Corrupt where the records do not read back as they just did.
/// Cost:     memory of the records in doubt, which is one record at most.
base::Status write_in_place(files::Files& files, const SegmentFile& segment, InDoubt in_doubt);

}  // namespace tidemark::journal::local
