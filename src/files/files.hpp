#pragma once

/// Everything that must survive goes to disk through this interface, so that a test can break the
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

/// The unit of writing to a disk; direct writing needs memory with this alignment.
inline constexpr std::size_t kBlockBytes = 4'096;
struct alignas(kBlockBytes) Block {
  std::array<std::byte, kBlockBytes> bytes{};
};

/// One open file.
///
/// Errors:   every failure is Unavailable and names the file and the system's reason.
/// Threads:  reads from any thread; writes and syncs from one thread at a time.
class File {
 public:
  virtual ~File() = default;

  /// Writes all of `bytes` at `offset`; a short write is an error that leaves a part behind.
  virtual base::Status write_at(std::uint64_t offset, std::span<const std::byte> bytes) = 0;

  /// Reads up to `into.size()` bytes; fewer only at the end of the file.
  virtual base::Result<std::size_t> read_at(std::uint64_t offset,
                                            std::span<std::byte> into) const = 0;

  /// Returns when everything that was written is on the disk (fdatasync). After a failure the
  /// content of the disk is unknown: never retry, but open the file again and look.
  virtual base::Status sync() = 0;

  [[nodiscard]] virtual base::Result<std::uint64_t> size() const = 0;

  /// Whether the file still has a name in some folder: what is written to a file without a name is
  /// lost with it.
  [[nodiscard]] virtual base::Result<bool> has_name() const = 0;
};

enum class Open : std::uint8_t {
  Read,    ///< an existing file, to read
  Write,   ///< an existing file, to read and write
  Create,  ///< a new file, to read and write; an existing one is an error
  /// An existing file, for writing whole blocks only (offsets and sizes are multiples of
  /// kBlockBytes, the memory is that of Blocks), past the page cache if the file system can do
  /// that.
  Direct,
};

/// The part of a file system that Tidemark needs.
///
/// Promise:  what `sync` and `sync_folder` confirmed survives a power cut; nothing else does.
/// Errors:   as for File; `open` returns NotFound for a missing file, and Conflict if Create finds
///           an existing one.
/// Threads:  any.
class Files {
 public:
  using Path = std::filesystem::path;

  virtual ~Files() = default;

  virtual base::Result<std::unique_ptr<File>> open(const Path& path, Open how) = 0;
  /// Replaces `to` in one step. Durable only after `sync_folder` of its folder.
  virtual base::Status rename(const Path& from, const Path& to) = 0;
  /// A missing file counts as a success.
  virtual base::Status remove(const Path& path) = 0;
  /// Makes the folder and those above it, readable only for the owner and the group (0750, like
  /// 0640 of files). An existing folder is a success and stays as it is. Durable after
  /// `sync_folder` of its parent.
  virtual base::Status make_folder(const Path& path) = 0;
  /// Names (not paths) of the entries of `path`, sorted. A missing folder is empty.
  virtual base::Result<std::vector<std::string>> list(const Path& path) const = 0;
  virtual base::Status sync_folder(const Path& path) = 0;
  /// The bytes that this process may still use on the disk of `path`.
  virtual base::Result<std::uint64_t> free_bytes(const Path& path) const = 0;
};

/// The machine's own file system. The whole process uses this one object.
Files& posix_files();

/// Reads a small file whole; Corrupt if it is over `bytes_max`, NotFound if it is missing.
base::Result<std::string> read_whole(Files& files, const Files::Path& path,
                                     std::uint64_t bytes_max);

/// Writes `path` so that after a crash either the old or the new content is there: `path.tmp`,
/// sync, rename, sync of the folder. After an error either may be there.
base::Status replace_whole(Files& files, const Files::Path& path, std::string_view content);

}  // namespace tidemark::files
