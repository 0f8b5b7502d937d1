#pragma once

/// The MANIFEST of an archive's folder: read at start, replaced in one step.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
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

  /// Asked with each `replace` what the manifest shall say of the rest of the folder; an error is
  /// that of `replace`.
  void bear_witness(std::function<base::Result<Witness>()> of) { witness_ = std::move(of); }
  /// Told of each generation that is on the disk.
  void on_replaced(std::function<void(std::uint64_t)> told) { replaced_ = std::move(told); }

  /// A number that no earlier attempt in this folder got, for the names of new files.
  [[nodiscard]] std::uint64_t next_generation();

  /// Makes this the archive's content, durably; its files are in place and synced already.
  /// Files that are no longer named are unlinked when the last Manifest naming them goes.
  ///
  /// Errors:   after a failure nobody knows which of the two lists is on the disk, and `current`
  ///           is still the old one. Leave the files of both where they are, and try again with new
  ///           names (`next_generation`), or start anew.
  base::Result<ManifestPtr> replace(Listing listing);

  /// Deletes what is in the folder, looks like the archive's own (*.tmp, *.parquet, *.ids) and is
  /// not named by `current`. For the start, before anybody writes, and only when the journal was
  /// seen to hold their events. Tells the names.
  base::Result<std::vector<std::string>> remove_orphans();
  /// The same where they may hold events that nothing else has: segments are kept under names that
  /// end in ".lost".
  base::Result<std::vector<std::string>> put_orphans_aside();
  /// One past the first event of the youngest segment whose file is in the folder, named or not: so
  /// many were acknowledged. With that file's name.
  [[nodiscard]] base::Result<std::pair<Sequence, std::string>> proven_by_files() const;

 private:
  ManifestStore(files::Files& files, std::filesystem::path folder);
  [[nodiscard]] ManifestPtr with_leases(Manifest manifest);
  [[nodiscard]] base::Result<std::vector<std::string>> orphans() const;

  files::Files& files_;
  std::filesystem::path folder_;
  std::uint64_t generation_ = 0;
  std::function<base::Result<Witness>()> witness_;
  std::function<void(std::uint64_t)> replaced_;
  std::unordered_map<std::string, std::weak_ptr<FileLease>> leases_;
  mutable std::mutex mutex_;  // current_ only
  ManifestPtr current_;
};

/// "00000000000000000000-12.parquet": by first sequence, so that a listing is in order.
std::string segment_name(Sequence first, std::uint64_t generation);

}  // namespace tidemark::archive
