#pragma once

/// MARK tells how far events were acknowledged. It has a place of its own, so that the files that
/// hold the events cannot lose the last of them unnoticed.

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>

#include "base/result.hpp"
#include "files/files.hpp"

namespace tidemark::files {

/// The content of MARK. The format: docs/formats/data_folder.md.
struct Marked {
  std::uint64_t folder = 0;       ///< DataFolder::print of its folder; 0: none was there
  std::uint64_t epoch = 0;        ///< the number of the epoch in which it was written
  std::uint64_t reached = 0;      ///< number of events on the disk
  std::uint64_t manifest = 0;     ///< generation of the manifest that was on the disk
  std::uint64_t unconfirmed = 0;  ///< bytes that an opening dropped and that may be events
  /// No event beyond `reached` can have been acknowledged, because the process that wrote it ended
  /// in order, or because the system has not restarted since and so still has everything that was
  /// written.
  bool exact = false;
};

/// Promise:  what it says was true when it was written. It survives the death of the process; a
///           power cut takes it back to the last `sync`, never to something that was not true.
/// Errors:   what cannot be written is written with the next change; the service goes on without
///           it.
/// Threads:  `sync` from one at a time; all else from any.
/// Lifetime: `files` must outlive it.
/// Cost:     a change is a write of 88 bytes into the page cache, 1 to 2 µs.
class Mark {
 public:
  /// Reads MARK in `folder`, if there is one, and changes nothing.
  ///
  /// Errors: Conflict if a newer program wrote it, Unavailable.
  static base::Result<std::unique_ptr<Mark>> open(Files& files,
                                                  const std::filesystem::path& folder);

  /// Its content at the opening.
  [[nodiscard]] const Marked& found() const { return found_; }

  /// Writes `state`, with this run of the system, durably; from here on changes are written. Makes
  /// the file if it is missing.
  base::Status begin(const Marked& state);

  /// The events below `end` are on the disk. (A smaller value changes nothing.)
  void reached(std::uint64_t end);
  void manifest(std::uint64_t generation);
  /// Bytes that an opening dropped, that may be events, and that nobody has confirmed.
  [[nodiscard]] std::uint64_t unconfirmed() const;

  /// Everything written so far survives a power cut from here on. Does nothing if nothing changed.
  base::Status sync();
  /// The last call: nothing more follows. Durable.
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
  std::unique_ptr<File> syncing_;  // the same file, for `sync`
};

}  // namespace tidemark::files
