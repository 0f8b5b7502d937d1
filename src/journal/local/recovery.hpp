#pragma once

/// Reads what an earlier process left, tells a torn tail from damage, and visits the records.

#include <optional>
#include <vector>

#include "base/result.hpp"
#include "files/files.hpp"
#include "journal/journal.hpp"
#include "journal/local/segment_file.hpp"

namespace tidemark::journal::local {

/// A segment, its name, and the events [begin, end) that its records hold.
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
  std::vector<SegmentName> unfinished;       ///< must be removed
  std::uint64_t next_number = 0;             ///< above every number in the folder
  Sequence end = 0;                          ///< after the last record, or `from`
  Sequence synced_to = 0;                    ///< below it every record was once on the disk
  std::optional<std::uint64_t> live_offset;  ///< of the first record in the last used segment that
                                             ///< holds an event at or after `from`
  Origin origin;                             ///< from the segment that was begun last

  /// Unreadable bytes after the last record; see RecordReader::bytes_of_unfinished.
  struct Torn {
    files::Files::Path path;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;  ///< 0: none
  };
  Torn torn;

  // If damage is tolerated: what ended the reading, and what is unreadable because of it.
  std::optional<base::Error> damage;
  std::vector<SegmentName> beyond_damage;
};

/// How a reading treats damage: as an error, or as the end of the log.
enum class Damage : std::uint8_t { Refuse, ReadUpToIt };

/// Visits every record that holds an event at or after `from`, in order, once.
///
/// Errors: Corrupt, with file and offset, if an event is missing that was once on the disk: a
///         record that does not read back is a torn tail only if no valid later record says that
///         later events were on the disk. Nothing on the disk is changed.
/// Cost:   reads each record once and holds one.
base::Result<Recovered> recover(files::Files& files, const files::Files::Path& folder,
                                Sequence from, const Visitor& visit,
                                Damage damage = Damage::Refuse);

}  // namespace tidemark::journal::local
