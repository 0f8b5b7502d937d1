#pragma once

/// Turns rows into one Parquet segment and makes sure that it reads back as written.

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

/// How long the texts of a row are together.
inline std::size_t text_bytes(const event::StoredRow& row) {
  return row.id.size() + row.user_id.size() + row.event_type.size() + row.properties.size();
}

/// An own DuckDB instance with one thread. The columns are described in docs/formats/segment.md.
///
/// The steps of one segment, a crash after any of which costs nothing but an orphan:
/// `write` (NAME.tmp), `sync`, `check`, then the caller renames NAME.tmp to NAME through Files,
/// syncs the folder and names the file in the manifest.
///
/// Errors:   Unavailable (disk), Corrupt (`check`), Overloaded (memory). Start over with `write`.
/// Threads:  one at a time.
class SegmentWriter {
 public:
  struct Options {
    std::filesystem::path folder = {};  ///< the archive's
    std::uint64_t memory_bytes_max = std::uint64_t{256} << 20U;
    /// Rows of one row group. A third of DuckDB's own size: as small on disk and as fast to write
    /// and scan, and one event is found in half the time.
    std::uint64_t group_rows_max = 40'960;
    /// Bytes of one row group as DuckDB holds it before it is written (108 a row beside its texts):
    /// writing one takes up to six times as much memory, reading a column of it twice. Rows with
    /// 300 bytes of text fill both bounds.
    std::uint64_t group_bytes_max = std::uint64_t{16} << 20U;
    int compression_level = 1;  ///< of zstd
  };

  static base::Result<std::unique_ptr<SegmentWriter>> open(files::Files& files, Options options);
  ~SegmentWriter();

  /// Writes folder/NAME.tmp; nothing is on the disk for sure yet. `pieces` touch each other in
  /// sequence, hold one row at least, and stay where they are until this returns. The answer is
  /// what the manifest will say of `name`.
  base::Result<SegmentFile> write(const std::string& name,
                                  std::span<const event::ProjectRows> pieces);

  /// Returns when NAME.tmp is on the disk.
  base::Status sync(const SegmentFile& segment);

  /// Reads NAME.tmp back and compares every column of every row with `pieces`, which `write` was
  /// given.
  base::Status check(const SegmentFile& segment, std::span<const event::ProjectRows> pieces);

 private:
  struct Engine;
  SegmentWriter(files::Files& files, Options options, std::unique_ptr<Engine> engine);

  files::Files& files_;
  Options options_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace tidemark::archive
