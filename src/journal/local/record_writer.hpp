#pragma once

/// Writes records into a segment, one after another, in whole blocks.

#include <cstdint>
#include <vector>

#include "base/result.hpp"
#include "files/files.hpp"
#include "journal/local/record.hpp"
#include "journal/local/segment_file.hpp"

namespace tidemark::journal::local {

/// The file is written past the page cache, hence in blocks. A record ends anywhere in a block, so
/// that block is written again with the next record. Its old bytes stay the same, and a disk that
/// is interrupted leaves each sector with its old or its new content.
///
/// Errors:   after a failed write the content of the file is unknown; write no more.
/// Threads:  one at a time.
/// Lifetime: `file` (opened with Open::Direct) must outlive it.
/// Cost:     memory of the largest record so far, and a copy of each.
class RecordWriter {
 public:
  /// Begins after the segment's header.
  RecordWriter(files::File& file, Salt salt) : file_(&file), salt_(salt) {}
  RecordWriter() = default;  ///< has no file; assign to it

  /// Fills in `header.content_hash`. Does not sync.
  base::Status write(RecordHeader header, Pieces pieces);

  /// Where the next record begins.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  files::File* file_ = nullptr;
  Salt salt_{};
  std::uint64_t offset_ = kSegmentHeaderBytes;
  /// The first block begins with what the block of `offset_` holds already.
  std::vector<files::Block> blocks_;
};

}  // namespace tidemark::journal::local
