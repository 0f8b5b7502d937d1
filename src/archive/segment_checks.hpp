#pragma once

/// Checks by checksums of blocks that the bytes of segments are those that were written.

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

/// Compares files with their sums in the manifest, and remembers for this process which files are
/// good and which are damaged.
///
/// Promise:  `require` returns ok for a file only when each of its bytes was compared since this
///           process began and since the file last changed according to the system (inode, size,
///           times).
/// Threads:  any. One thread reads a file; others that need the same file wait.
/// Lifetime: `files` must outlive it.
class SegmentChecks {
 public:
  /// Called while a file is read: true if no caller waits for the answer any more.
  using Stop = std::function<bool()>;
  /// Called before each block is read, with its bytes.
  using Pace = std::function<void(std::uint64_t bytes)>;

  struct Options {
    /// Called once for each file that is found to be damaged, with what is damaged and where.
    std::function<void(const base::Error& damage)> on_damage = {};
    /// The result for a file that changed less than this ago is not relied on later: file times go
    /// in steps of some milliseconds, and the file may change again within the same step.
    std::chrono::milliseconds settled = std::chrono::milliseconds(100);
  };

  SegmentChecks(files::Files& files, Options options);
  ~SegmentChecks();

  /// Call it before a segment is read. If a segment has no sums (an older Tidemark wrote it), every
  /// row is compared with the hash of its content, and sums are made.
  ///
  /// Errors:   Corrupt, naming the file and the block; Unavailable if the file cannot be read;
  ///           TimedOut if `stop` returned true.
  /// Cost:     1 µs for a known file; otherwise the file is read, and without sums it costs 1 µs a
  ///           row besides.
  base::Status require(const Manifest& manifest, const SegmentFile& segment, const Stop& stop = {});

  /// As `require`, but reads the file even if it is known.
  base::Status read_again(const Manifest& manifest, const SegmentFile& segment,
                          const Pace& pace = {}, const Stop& stop = {});

  /// Notes a file that this process has written and read back. That was its first check; the next
  /// reader compares it all the same.
  void note_written(const std::string& file);

  /// The sums of a segment: those of the manifest, or those that were made here; empty if there are
  /// none yet.
  [[nodiscard]] std::vector<std::uint64_t> sums_of(const SegmentFile& segment) const;

  /// Seconds since 1970 at which a file was last compared in this process; 0 if it was not.
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
