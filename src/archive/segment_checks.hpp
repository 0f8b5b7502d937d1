#pragma once

/// Whether the bytes of segments are those that were written, by a checksum of each of their
/// blocks.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "archive/manifest.hpp"
#include "base/result.hpp"
#include "files/files.hpp"

namespace tidemark::archive {

/// Compares files with the sums that the manifest has of them, and remembers for this process which
/// are good and which are damaged.
///
/// Promise:  `require` says ok of a file only when each of its bytes was compared since this
/// process
///           has begun and since the system last saw the file change (inode, size, times).
/// Threads:  any. One reads a file, others that want the same one wait.
/// Lifetime: `files` outlives it.
class SegmentChecks {
 public:
  /// Asked while a file is read: whether nobody waits for the answer any more.
  using Stop = std::function<bool()>;
  /// Called before each block is read, with its bytes.
  using Pace = std::function<void(std::uint64_t bytes)>;

  struct Options {
    /// Called once for each file that is found to be damaged, with what is damaged and where.
    std::function<void(const base::Error& damage)> on_damage = {};
    /// What was found of a file that changed so short a time ago is not relied on later: the times
    /// of files go in steps of some milliseconds, and it may change again within the same one.
    std::chrono::milliseconds settled = std::chrono::milliseconds(100);
  };

  SegmentChecks(files::Files& files, Options options);
  ~SegmentChecks();

  /// To be asked before a segment is read. Of a segment without sums (a Tidemark of before wrote
  /// it) every row is compared with the hash of its content, and sums are made.
  ///
  /// Errors:   Corrupt, naming the file and the block; Unavailable where it cannot be read;
  /// TimedOut
  ///           where `stop` said so.
  /// Cost:     1 µs where the file is known; else it is read, and without sums 1 µs a row besides.
  base::Status require(const Manifest& manifest, const SegmentFile& segment, const Stop& stop = {});

  /// The same of a file that is known too: it is read in any case.
  base::Status read_again(const Manifest& manifest, const SegmentFile& segment,
                          const Pace& pace = {}, const Stop& stop = {});

  /// A file that this process has written and read back. That was its first check; who reads it
  /// next compares it all the same.
  void note_written(const std::string& file);

  /// The sums of a segment: the manifest's, or those that were made here; empty where there are
  /// none yet.
  [[nodiscard]] std::vector<std::uint64_t> sums_of(const SegmentFile& segment) const;

  /// Seconds since 1970 at which a file was last compared in this process; 0 where it was not.
  [[nodiscard]] std::int64_t checked_at(const std::string& file) const;

  struct Figures {
    std::uint64_t bytes = 0;    ///< compared
    std::uint64_t damaged = 0;  ///< files that were last found to be damaged
  };
  [[nodiscard]] Figures figures() const;

 private:
  struct Known;
  struct State;
  base::Status read(const Manifest& manifest, const SegmentFile& segment, const Pace& pace,
                    const Stop& stop);
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::archive
