#pragma once

/// MARK: how far events were acknowledged, in a place of its own, so that what holds them cannot
/// lose the last of them without a word.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>

#include "base/result.hpp"
#include "files/files.hpp"

namespace tidemark::files {

/// What MARK says. The format: docs/formats/data_folder.md.
struct Marked {
  std::uint64_t folder = 0;    ///< DataFolder::print of the folder that it is of; 0: none was there
  std::uint64_t epoch = 0;     ///< the number of the epoch in which it was written
  std::uint64_t reached = 0;   ///< so many events were on the disk
  std::uint64_t manifest = 0;  ///< generation of the manifest that was on the disk
  std::uint64_t unconfirmed = 0;  ///< bytes that an opening dropped and that may have been events
  /// Nothing can have been acknowledged beyond `reached`: whoever wrote it ended in order, or the
  /// system has run ever since, so that it still has all that was written.
  bool exact = false;
};

/// Promise:  what it says was true when it was written. After the process dies it is there; a power
///           cut takes it back to the last `sync`, never to something that was not true.
/// Errors:   what cannot be written is written with the next change; the service goes on without.
/// Threads:  `sync` from one at a time; all else from any.
/// Lifetime: `files` must outlive it.
/// Cost:     a change is a write of 96 bytes into the page cache, 1 to 2 µs.
class Mark {
 public:
  /// Reads MARK in `folder`, if there is one, and changes nothing.
  ///
  /// Errors: Conflict where a newer program wrote it, Unavailable.
  static base::Result<std::unique_ptr<Mark>> open(Files& files,
                                                  const std::filesystem::path& folder);

  /// As it was at the opening.
  [[nodiscard]] const Marked& found() const { return found_; }

  /// From here on changes are written: as `state` says, of this system's run, durably. Makes the
  /// file where there is none.
  base::Status begin(const Marked& state);

  /// The events below `end` are on the disk. (Less than before: nothing changes.)
  void reached(std::uint64_t end);
  void manifest(std::uint64_t generation);
  /// What was dropped has been told, and somebody has read it.
  [[nodiscard]] std::uint64_t unconfirmed() const;

  /// What was written survives a power cut from here on. Does nothing where nothing changed.
  base::Status sync();
  /// The last word: nothing more follows. Durable.
  base::Status end();

 private:
  Mark(Files& files, std::filesystem::path folder) : files_(files), folder_(std::move(folder)) {}
  base::Status read();
  base::Status make();
  base::Status write(bool ended);

  Files& files_;
  const std::filesystem::path folder_;
  Marked found_;

  mutable std::mutex mutex_;
  Marked state_;
  std::uint64_t turn_ = 0;  // of the slot that was written last
  bool begun_ = false;
  bool changed_ = false;  // since the last sync
  std::unique_ptr<File> file_;
  std::unique_ptr<File> syncing_;  // the same file, for who syncs
};

}  // namespace tidemark::files
