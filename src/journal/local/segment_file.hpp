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

/// The first record begins here: a block of its own, so that no write of a record touches it.
inline constexpr std::uint64_t kSegmentHeaderBytes = files::kBlockBytes;
inline constexpr std::uint32_t kSegmentVersion = 1;

/// Where and when a segment was begun, so that one file can tell that another is of another folder,
/// or older than it was.
struct Origin {
  std::uint64_t folder = 0;    ///< of which data folder; 0: nothing is known
  std::uint64_t epoch = 0;     ///< its epoch
  std::uint64_t manifest = 0;  ///< generation of the manifest that was on the disk
};

struct SegmentHeader {
  std::uint64_t number = 0;  ///< its place in the order of segments; also in the file's name
  std::uint64_t bytes = 0;   ///< of the whole file
  Salt salt{};
  /// The segment got its name when everything below (and in it) was on the disk; 0 for nothing.
  Sequence synced_to = 0;
  Origin origin = {};  ///< nothing where the program of before wrote it
};

[[nodiscard]] files::Block encode(const SegmentHeader& header);

/// What a name in the folder stands for. `new`: being made; `spare`: to be written again.
enum class Kind : std::uint8_t { Log, Spare, New };

struct SegmentName {
  std::uint64_t number = 0;
  Kind kind = Kind::Log;
};

[[nodiscard]] std::string name_of(SegmentName name);
/// Nothing for a name that is not ours.
[[nodiscard]] std::optional<SegmentName> parse_name(std::string_view name);

/// A segment that is read.
struct SegmentFile {
  files::Files::Path path;
  SegmentHeader header;
  std::unique_ptr<files::File> file;
  std::uint64_t file_bytes = 0;
};

/// Errors: Corrupt for a header that does not read back, Conflict for one of a newer version.
base::Result<SegmentFile> open_segment(files::Files& files, const files::Files::Path& path,
                                       std::uint64_t number);

/// Reads records one after the other.
///
/// Cost: memory of the largest record and one window of a mebibyte.
class RecordReader {
 public:
  explicit RecordReader(const SegmentFile& segment, std::uint64_t offset = kSegmentHeaderBytes)
      : segment_(segment), offset_(offset) {}

  struct Found {
    RecordHeader header;
    std::span<const std::byte> content;  ///< until the next call
  };

  /// The record at `offset()`, which moves behind it; nothing, and no move, where there is none
  /// whose hashes fit. An error where the file cannot be read.
  base::Result<std::optional<Found>> next();

  /// Where a later record begins that proves that events from `expected` on were once on the disk.
  base::Result<std::optional<std::uint64_t>> find_proof_beyond(Sequence expected);

  /// Behind the last record: how many bytes of another one lie there that cannot be read, at
  /// least; 0 where there is no sign of one.
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
