#pragma once

/// Writes rows as one Parquet segment and checks that it reads back as written.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "archive/manifest.hpp"
#include "base/result.hpp"
#include "event/event.hpp"
#include "event/stored_rows.hpp"
#include "files/files.hpp"

namespace tidemark::archive {

/// The total length of the texts of a row.
inline std::size_t text_bytes(const event::StoredRow& row) {
  return row.id.size() + row.user_id.size() + row.event_type.size() + row.properties.size();
}

/// Has its own DuckDB instance with one thread. docs/formats/segment.md describes the columns.
///
/// The steps of one segment are `write` (NAME.tmp), `sync`, `check`; then the caller renames
/// NAME.tmp to NAME through Files, syncs the folder and names the file in the manifest. A crash
/// after any step leaves nothing but an orphan.
///
/// Errors:   Unavailable (disk), Corrupt (`check`), Overloaded (memory), InvalidInput (rows that do
///           not rise, or none). Start again with `write`.
/// Threads:  one at a time.
class SegmentWriter {
 public:
  struct Options {
    std::filesystem::path folder = {};  ///< the archive's
    std::uint64_t memory_bytes_max = std::uint64_t{256} << 20U;
    /// Rows of one row group. A third of DuckDB's default: the file is as small and as fast to
    /// write and scan, and one event is found in half the time.
    std::uint64_t group_rows_max = 40'960;
    /// Bytes of one row group as DuckDB holds it before writing (108 a row plus its texts). Writing
    /// a group takes up to six times as much memory, reading a column of it twice as much. Rows
    /// with 300 bytes of text reach both bounds.
    std::uint64_t group_bytes_max = std::uint64_t{16} << 20U;
    int compression_level = 1;  ///< of zstd
  };

  static base::Result<std::unique_ptr<SegmentWriter>> open(files::Files& files, Options options);
  ~SegmentWriter();

  /// Writes folder/NAME.tmp, which may not be on the disk yet. The rows of `pieces` must rise in
  /// sequence (gaps are allowed), be at least one, and stay where they are until this returns.
  /// Returns what the manifest will say about `name`.
  base::Result<SegmentFile> write(const std::string& name,
                                  std::span<const event::ProjectRows> pieces);

  /// Returns when NAME.tmp is on the disk.
  base::Status sync(const SegmentFile& segment);

  /// Reads NAME.tmp back and compares every column of every row with the `pieces` that `write` got.
  base::Status check(const SegmentFile& segment, std::span<const event::ProjectRows> pieces);

 private:
  struct Engine;
  SegmentWriter(files::Files& files, Options options, std::unique_ptr<Engine> engine);

  files::Files& files_;
  Options options_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace tidemark::archive
