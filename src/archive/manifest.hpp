#pragma once

/// The list of the archive's content: Parquet segments and runs of ids, each of a range of
/// sequences. Sequences rise and have gaps where events were removed.

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "archive/run_file.hpp"
#include "base/result.hpp"
#include "event/event.hpp"
#include "files/files.hpp"

namespace tidemark::archive {

using event::Micros;
using event::Sequence;

/// The last block of a file may be shorter. The sums of a terabyte, 250,000 blocks, take 4 MiB of
/// the manifest.
inline constexpr std::uint64_t kSumBlockBytes = std::uint64_t{4} << 20U;

/// One immutable Parquet file with the existing events of [first, end), in order of sequence.
struct SegmentFile {
  std::string file;  ///< its name within the archive's folder
  Sequence first = 0;
  Sequence end = 0;
  std::uint64_t rows = 0;  ///< 1 to end - first
  Micros occurred_min = 0;
  Micros occurred_max = 0;
  std::uint64_t bytes = 0;
  std::uint64_t content_hash = 0;  ///< over every column of every row; what read-back compared
  /// XXH3-64 of each block of kSumBlockBytes; empty if a Tidemark without sums wrote the file.
  std::vector<std::uint64_t> block_sums = {};

  /// Every sequence of the range has an event.
  [[nodiscard]] bool is_dense() const {
    assert(first <= end);
    return rows == end - first;
  }
};

/// The events [first, end) were archived, and all of them were removed: there is no file.
struct EmptiedRange {
  Sequence first = 0;
  Sequence end = 0;
};

/// What the archive holds. Segments and emptied ranges together are [0, end), each once.
struct Listing {
  std::vector<SegmentFile> segments = {};  ///< in order
  std::vector<RunFile> runs = {};
  std::vector<EmptiedRange> emptied = {};  ///< in order
};

/// Keeps a file on the disk while a reader may need it; unlinks it once it was replaced and the
/// last holder has let go.
class FileLease;

/// The state of the rest of the data folder when the manifest was written, so that the manifest can
/// tell that another part belongs to another folder or is older than it was.
struct Witness {
  std::uint64_t folder = 0;  ///< files::DataFolder::print; 0: nothing is known
  std::uint64_t epoch = 0;   ///< files::Epoch::number
  Sequence reached = 0;      ///< number of events on the disk, here or in the journal
};

/// Immutable.
struct Manifest {
  std::filesystem::path folder;
  std::vector<SegmentFile> segments;  ///< see Listing
  std::vector<RunFile> runs;
  std::vector<EmptiedRange> emptied = {};
  std::uint64_t generation = 0;  ///< grows with every change; 0: there is no MANIFEST
  Witness witness;
  std::vector<std::shared_ptr<FileLease>> leases;

  /// Every event below is archived, unless it was removed.
  [[nodiscard]] Sequence end() const {
    return std::max(segments.empty() ? 0 : segments.back().end,
                    emptied.empty() ? 0 : emptied.back().end);
  }
  [[nodiscard]] Listing listing() const { return {segments, runs, emptied}; }
};

using ManifestPtr = std::shared_ptr<const Manifest>;

}  // namespace tidemark::archive
