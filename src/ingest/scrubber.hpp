#pragma once

/// Reads the archive's files again, a block at a time, so that damage is found before somebody
/// needs what is damaged.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "archive/manifest_store.hpp"
#include "archive/segment_checks.hpp"
#include "base/result.hpp"
#include "files/files.hpp"

namespace tidemark::ingest {

/// Promise:  each segment is read again within `pass`, over new starts too, while the disk gives
///           kBytesPerSecondMax. What was never checked comes first, and at that rate where it has
///           no sums yet.
/// Errors:   damage is told by SegmentChecks; a file that cannot be read is tried again with the
/// next
///           pass.
/// Threads:  one of its own, at the lowest priority.
/// Lifetime: what Parts names must outlive it.
class Scrubber {
 public:
  /// Of the disk: a tenth of what a slow one gives.
  static constexpr std::uint64_t kBytesPerSecondMax = std::uint64_t{16} << 20U;

  struct Parts {
    files::Files& files;
    const archive::ManifestStore& manifests;
    archive::SegmentChecks& checks;
  };

  struct Options {
    std::chrono::seconds pass{604'800};
    /// Keeps when each file was checked, for the next start; may be deleted at any time.
    std::filesystem::path remembered;
    /// Asked before that is written: an error, and it is not.
    std::function<base::Status()> may_write = {};
  };

  Scrubber(Parts parts, Options options);
  ~Scrubber();
  Scrubber(const Scrubber&) = delete;
  Scrubber& operator=(const Scrubber&) = delete;

  /// How long ago the file was read that was not read for the longest time. What was never read
  /// counts from the start of this process.
  [[nodiscard]] std::chrono::seconds oldest_check() const;

  void stop();

 private:
  void run();
  /// Reads the file that is next, if one is due. False: none is.
  bool read_next();
  void pace(std::uint64_t bytes, bool hurry);
  void pause(std::chrono::duration<double> time);
  [[nodiscard]] bool stopping() const;
  /// The last check of a file, in seconds since 1970.
  [[nodiscard]] std::int64_t checked_at(const std::string& file) const;
  void recall();
  void remember();

  Parts parts_;
  Options options_;
  std::int64_t begun_;
  mutable std::mutex mutex_;
  std::condition_variable stop_;
  bool stopping_ = false;
  std::map<std::string, std::int64_t>
      recalled_;  // checks of earlier processes, and the last of this
  std::thread thread_;
};

}  // namespace tidemark::ingest
