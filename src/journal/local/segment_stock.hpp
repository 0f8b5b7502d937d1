#pragma once

/// Makes segments that are ready to be written, from used ones if there are any.

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "files/files.hpp"
#include "journal/local/record_writer.hpp"
#include "journal/local/recovery.hpp"
#include "journal/local/segment_file.hpp"

namespace tidemark::journal::local {

/// A segment that can be written: its name, header and all of its blocks are on the disk.
struct ReadySegment {
  files::Files::Path path;
  SegmentHeader header;
  std::unique_ptr<files::File> file;
  RecordWriter writer;  // writes into `file`, after what the segment was made with
};

/// Promise:  a file gets its name as a segment when its header is on the disk, and its header is
///           written when its old name is gone for good: no crash leaves one without the other.
/// Threads:  any; two may work at a time.
class SegmentStock {
 public:
  struct Options {
    std::uint64_t segment_bytes = 0;
    std::size_t spares_max = 0;
    std::uint64_t disk_free_bytes_min = 0;  ///< room that stays free whatever is made
    /// What a new segment says about where it was begun; after an error none is made.
    std::function<base::Result<Origin>()> origin = {};
  };

  SegmentStock(files::Files& files, files::Files::Path folder, Options options,
               std::uint64_t next_number)
      : files_(files),
        folder_(std::move(folder)),
        options_(std::move(options)),
        next_number_(next_number) {}

  /// Takes a file that already has the name of a spare, durably. Spares above the bound are
  /// removed.
  base::Status adopt(SegmentName spare);

  /// Writes the segment's first records, after its header.
  using Fill = std::function<base::Status(RecordWriter& records)>;

  /// A segment with content gets a size of its own if it needs more than usual.
  struct Content {
    Sequence synced_to = 0;
    std::uint64_t bytes_min = 0;
    Fill fill = {};
  };

  /// Blocks: a new file is filled with zeros, a used one gets one block written, and two syncs
  /// follow. A failure leaves nothing of the segment in use; it is Overloaded if the disk has no
  /// room.
  base::Result<ReadySegment> make() { return make(Content{}); }
  base::Result<ReadySegment> make(const Content& content);

  /// Takes segments that are not needed any more, and removes them from `segments`.
  base::Status give_back(std::vector<UsedSegment>& segments);

  [[nodiscard]] std::size_t spares() const;

 private:
  /// The number of a spare, or nothing.
  std::optional<std::uint64_t> take_spare();
  base::Status create_zeroed(const files::Files::Path& path, std::uint64_t bytes);
  base::Result<ReadySegment> make_from(const files::Files::Path& path, const SegmentHeader& header,
                                       const Fill& fill);

  files::Files& files_;
  const files::Files::Path folder_;
  const Options options_;
  mutable std::mutex mutex_;
  std::vector<std::uint64_t> spares_;
  std::uint64_t next_number_;
};

}  // namespace tidemark::journal::local
