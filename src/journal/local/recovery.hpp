#pragma once

/// Reads what an earlier process left, tells a torn tail from damage, and visits the records.

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "files/files.hpp"
#include "journal/journal.hpp"
#include "journal/local/segment_file.hpp"

namespace tidemark::journal::local {

/// A segment with a name, and the events [begin, end) that its records hold.
struct UsedSegment {
  std::uint64_t number = 0;
  Sequence begin = 0;
  Sequence end = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t used_bytes = 0;  ///< header block and records
};

struct Recovered {
  std::vector<UsedSegment> used;             ///< in order; only the last may hold unsynced records
  std::vector<UsedSegment> empty;            ///< segments without a record
  std::vector<SegmentName> spares;           ///< not yet looked at
  std::vector<SegmentName> unfinished;       ///< to be removed
  std::uint64_t next_number = 0;             ///< above every number in the folder
  Sequence end = 0;                          ///< behind the last record, or `from`
  Sequence synced_to = 0;                    ///< below it every record was once on the disk
  std::optional<std::uint64_t> live_offset;  ///< of the first record in the last used segment that
                                             ///< holds an event at or after `from`
  Origin origin;                             ///< of the segment that was begun last

  /// What lies behind the last record and cannot be read; see RecordReader::bytes_of_unfinished.
  struct Torn {
    files::Files::Path path;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;  ///< 0: nothing
  };
  Torn torn;

  // Where damage is tolerated, what ended the reading, and what cannot be read because of it.
  std::optional<base::Error> damage;
  std::vector<SegmentName> beyond_damage;
};

/// What becomes of damage: an error, or the end of what is read.
enum class Damage : std::uint8_t { Refuse, ReadUpToIt };

/// Visits every record that holds an event at or after `from`, in order, once.
///
/// Errors: Corrupt, with file and offset, where an event is missing that was once on the disk:
///         a record that does not read back is a torn tail only where no valid later record says
///         that what comes after it was on the disk. Nothing on the disk is changed.
/// Cost:   reads each record once and holds one.
base::Result<Recovered> recover(files::Files& files, const files::Files::Path& folder,
                                Sequence from, const Visitor& visit,
                                Damage damage = Damage::Refuse);

}  // namespace tidemark::journal::local
