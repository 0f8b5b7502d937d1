#pragma once

/// The MANIFEST of an archive's folder: read at the start, replaced in one step.

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

  /// Unlinks the file when the last holder lets go. (If the unlinking fails, the file is an orphan
  /// at the next start.)
  void condemn() { condemned_.store(true); }

 private:
  files::Files& files_;
  std::filesystem::path path_;
  std::atomic<bool> condemned_{false};
};

/// Keeps the list of the archive's content. docs/formats/manifest.md describes the file.
///
/// Threads:  one writer; `current` from any.
/// Lifetime: `files` must outlive the store and every Manifest that it gave.
class ManifestStore {
 public:
  /// Reads `folder`/MANIFEST (none: an empty archive; the folder is made) and checks that every
  /// segment that it names exists with its size. (Runs are not checked, because they can be
  /// rebuilt.)
  ///
  /// Errors:   Corrupt, naming the file, if something does not fit; InvalidInput if a newer version
  ///           wrote it; Unavailable.
  static base::Result<std::unique_ptr<ManifestStore>> open(files::Files& files,
                                                           const std::filesystem::path& folder);

  [[nodiscard]] ManifestPtr current() const;

  /// Called by each `replace` for what the manifest says about the rest of the folder; `replace`
  /// returns its error.
  void bear_witness(std::function<base::Result<Witness>()> of) { witness_ = std::move(of); }
  /// `told` is called with each generation that is on the disk.
  void on_replaced(std::function<void(std::uint64_t)> told) { replaced_ = std::move(told); }

  /// A number for the names of new files, which no earlier attempt in this folder got.
  [[nodiscard]] std::uint64_t next_generation();

  /// Makes this the archive's content, durably; its files must be in place and synced already.
  /// Files that are no longer named are unlinked when the last Manifest that names them goes.
  ///
  /// Errors:   after a failure nobody knows which of the two lists is on the disk, and `current` is
  ///           still the old one. Leave the files of both where they are, and try again with new
  ///           names (`next_generation`), or start anew.
  base::Result<ManifestPtr> replace(Listing listing);

  /// Deletes files of the folder that look like the archive's own (*.tmp, *.parquet, *.ids) and
  /// that `current` does not name. For the start, before anybody writes, and only when the journal
  /// is known to hold their events. Returns the names.
  base::Result<std::vector<std::string>> remove_orphans();
  /// For files that may hold events that nothing else has: as `remove_orphans`, but segments are
  /// kept under names that end in ".lost".
  base::Result<std::vector<std::string>> put_orphans_aside();
  /// One past the first event of the youngest segment file in the folder, named or not: at least so
  /// many events were acknowledged. Also returns that file's name.
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
