#pragma once

/// The MANIFEST of an archive's folder: read at start, replaced in one step.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "archive/manifest.hpp"
#include "base/result.hpp"
#include "files/files.hpp"

namespace tidemark::archive {

/// Threads: any.
class FileLease {
 public:
  FileLease(files::Files& files, std::filesystem::path path)
      : files_(files), path_(std::move(path)) {}
  ~FileLease();
  FileLease(const FileLease&) = delete;
  FileLease& operator=(const FileLease&) = delete;

  /// The file is unlinked when the last holder lets go. (One that cannot be unlinked is an orphan
  /// at the next start.)
  void condemn() { condemned_.store(true); }

 private:
  files::Files& files_;
  std::filesystem::path path_;
  std::atomic<bool> condemned_{false};
};

/// Keeps the list of what the archive holds. The file is described in docs/formats/manifest.md.
///
/// Threads:  one writer; `current` from any.
/// Lifetime: `files` outlives the store and every Manifest that it gave.
class ManifestStore {
 public:
  /// Reads `folder`/MANIFEST (none: an empty archive; the folder is made) and looks whether every
  /// segment that it names is there with its size. (Of runs it does not ask: they can be rebuilt.)
  ///
  /// Errors:   Corrupt, naming the file, where something does not fit; InvalidInput where a newer
  ///           version wrote it; Unavailable.
  static base::Result<std::unique_ptr<ManifestStore>> open(files::Files& files,
                                                           const std::filesystem::path& folder);

  [[nodiscard]] ManifestPtr current() const;

  /// A number that no earlier attempt in this folder got, for the names of new files.
  [[nodiscard]] std::uint64_t next_generation();

  /// Makes these the archive's content, durably; their files are in place and synced already.
  /// Files that are no longer named are unlinked when the last Manifest naming them goes.
  ///
  /// Errors:   after a failure nobody knows which of the two lists is on the disk, and `current`
  ///           is still the old one. Leave the files of both where they are, and try again with new
  ///           names (`next_generation`), or start anew.
  base::Result<ManifestPtr> replace(std::vector<SegmentFile> segments, std::vector<RunFile> runs);

  /// Deletes what is in the folder, looks like the archive's own (*.tmp, *.parquet, *.ids) and is
  /// not named by `current`. For the start, before anybody writes. Tells the names.
  base::Result<std::vector<std::string>> remove_orphans();

 private:
  ManifestStore(files::Files& files, std::filesystem::path folder);
  [[nodiscard]] ManifestPtr with_leases(Manifest manifest);

  files::Files& files_;
  std::filesystem::path folder_;
  std::uint64_t generation_ = 0;
  std::unordered_map<std::string, std::weak_ptr<FileLease>> leases_;
  mutable std::mutex mutex_;  // current_ only
  ManifestPtr current_;
};

/// "00000000000000000000-12.parquet": by first sequence, so that a listing is in order.
std::string segment_name(Sequence first, std::uint64_t generation);

}  // namespace tidemark::archive
