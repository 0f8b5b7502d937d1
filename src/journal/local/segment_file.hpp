#pragma once

/// One file of the log: a header block, then records. See docs/formats/journal.md.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "files/files.hpp"
#include "journal/local/record.hpp"

namespace tidemark::journal::local {

/// The first record begins here; the header has its own block, so that no write of a record touches
/// it.
inline constexpr std::uint64_t kSegmentHeaderBytes = files::kBlockBytes;
inline constexpr std::uint32_t kSegmentVersion = 1;

/// Where and when a segment was begun, so that one file can tell that another belongs to another
/// folder or is older than it was.
struct Origin {
  std::uint64_t folder = 0;    ///< the data folder; 0: nothing is known
  std::uint64_t epoch = 0;     ///< its epoch
  std::uint64_t manifest = 0;  ///< generation of the manifest that was on the disk
};

struct SegmentHeader {
  std::uint64_t number = 0;  ///< its place in the order of segments; also in the file's name
  std::uint64_t bytes = 0;   ///< size of the whole file
  Salt salt{};
  /// Everything below this, and in the segment, was on the disk when the segment got its name; 0
  /// for nothing.
  Sequence synced_to = 0;
  Origin origin = {};  ///< empty if an older program wrote the segment
};

[[nodiscard]] files::Block encode(const SegmentHeader& header);

/// The meaning of a name in the folder. `New`: being made; `Spare`: to be written again.
enum class Kind : std::uint8_t { Log, Spare, New };

struct SegmentName {
  std::uint64_t number = 0;
  Kind kind = Kind::Log;
};

[[nodiscard]] std::string name_of(SegmentName name);
/// Nothing for a name that the log does not use.
[[nodiscard]] std::optional<SegmentName> parse_name(std::string_view name);

/// A segment that is open for reading.
struct SegmentFile {
  files::Files::Path path;
  SegmentHeader header;
  std::unique_ptr<files::File> file;
  std::uint64_t file_bytes = 0;
};

/// Errors: Corrupt for a header that does not read back, Conflict for a newer version.
base::Result<SegmentFile> open_segment(files::Files& files, const files::Files::Path& path,
                                       std::uint64_t number);

/// Reads records one after another.
///
/// Cost: memory of the largest record and one window of a mebibyte.
class RecordReader {
 public:
  explicit RecordReader(const SegmentFile& segment, std::uint64_t offset = kSegmentHeaderBytes)
      : segment_(segment), offset_(offset) {}

  struct Found {
    RecordHeader header;
    std::span<const std::byte> content;  ///< valid until the next call
  };

  /// The record at `offset()`, which then moves past it. Nothing, and no move, if there is no
  /// record with fitting hashes. An error if the file cannot be read.
  base::Result<std::optional<Found>> next();

  /// The offset of a later record that proves that events from `expected` on were once on the disk.
  base::Result<std::optional<std::uint64_t>> find_proof_beyond(Sequence expected);

  /// The least number of unreadable bytes of another record after the last one; 0 if there is no
  /// sign of one.
  base::Result<std::uint64_t> bytes_of_unfinished();

  [[nodiscard]] std::uint64_t offset() const { return offset_; }

 private:
  /// `size` bytes at `offset`; fewer only at the end of the file.
  base::Result<std::span<const std::byte>> look(std::uint64_t offset, std::size_t size);

  const SegmentFile& segment_;
  std::uint64_t offset_;
  std::vector<std::byte> window_;
  std::uint64_t window_begin_ = 0;
};

}  // namespace tidemark::journal::local
