#pragma once

/// Every byte of ours that must survive goes to disk through here, so that a test can break the
/// disk.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace tidemark::files {

/// What a disk is written in, aligned as direct writing wants its memory.
inline constexpr std::size_t kBlockBytes = 4'096;
struct alignas(kBlockBytes) Block {
  std::array<std::byte, kBlockBytes> bytes{};
};

/// One open file.
///
/// Errors:   every failure is Unavailable and names the file and what the system said.
/// Threads:  reads from any thread; writes and syncs from one thread at a time.
class File {
 public:
  virtual ~File() = default;

  /// Writes all of `bytes` at `offset`; a short write is an error that leaves a part behind.
  virtual base::Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;

  /// Reads up to `into.size()` bytes; fewer only at the end of the file.
  virtual base::Result<std::size_t> read_at(std::uint64_t offset,
                                            std::span<std::byte> into) const = 0;

  /// Returns when what was written is on the disk (fdatasync). After a failure nobody knows what
  /// is on the disk: never retry it, open the file again and look.
  virtual base::Status sync() = 0;

  [[nodiscard]] virtual base::Result<std::uint64_t> size() const = 0;

  /// Whether it still has a name in some folder: what is written to one without is gone with it.
  [[nodiscard]] virtual base::Result<bool> has_name() const = 0;
};

enum class Open : std::uint8_t {
  Read,    ///< an existing file, to read
  Write,   ///< an existing file, to read and write
  Create,  ///< a new file, to read and write; one that exists is an error
  /// An existing file, to write whole blocks only (places and sizes are multiples of kBlockBytes,
  /// memory is that of Blocks), past the page cache where the file system can do that.
  Direct,
};

/// The file system, as far as we need it.
///
/// Promise:  what `sync` and `sync_folder` confirmed survives a power cut; nothing else does.
/// Errors:   as for File; `open` answers NotFound for a file that is not there, and Conflict where
///           Create meets one that is.
/// Threads:  any.
class Files {
 public:
  using Path = std::filesystem::path;

  virtual ~Files() = default;

  virtual base::Result<std::unique_ptr<File>> open(const Path& path, Open how) = 0;
  /// Replaces `to` in one step. Durable only after `sync_folder` of its folder.
  virtual base::Status rename(const Path& from, const Path& to) = 0;
  /// A file that is not there is a success.
  virtual base::Status remove(const Path& path) = 0;
  /// With those above it, readable for the owner and the group alone (0750, like files' 0640); one
  /// that exists is a success and stays as it is. Durable after `sync_folder` of its parent.
  virtual base::Status make_folder(const Path& path) = 0;
  /// Names (not paths) of what is in `path`, sorted. A missing folder is empty.
  virtual base::Result<std::vector<std::string>> list(const Path& path) const = 0;
  virtual base::Status sync_folder(const Path& path) = 0;
  /// Bytes left for us on the disk that holds `path`.
  virtual base::Result<std::uint64_t> free_bytes(const Path& path) const = 0;
};

/// The machine's own file system. One object serves the whole process.
Files& posix_files();

/// Reads all of a small file; over `bytes_max` is Corrupt, a missing file NotFound.
base::Result<std::string> read_whole(Files& files, const Files::Path& path,
                                     std::uint64_t bytes_max);

/// Writes `path` so that after a crash either the old or the new content is there:
/// `path.tmp`, sync, rename, sync of the folder. After an error either may be there.
base::Status replace_whole(Files& files, const Files::Path& path, std::string_view content);

}  // namespace tidemark::files
