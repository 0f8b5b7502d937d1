#pragma once

/// Reads the archive's files again, a block at a time, to find damage before a question needs the
/// damaged part.

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

/// Promise:  each segment is read again within `pass`, across restarts too, as long as the disk
///           gives kBytesPerSecondMax. Files that were never checked come first, and at that rate
///           if they have no sums yet.
/// Errors:   SegmentChecks reports damage; a file that cannot be read is tried again in the next
///           pass.
/// Threads:  one of its own, at the lowest priority.
/// Lifetime: what Parts names must outlive it.
class Scrubber {
 public:
  /// A tenth of what a slow disk gives.
  static constexpr std::uint64_t kBytesPerSecondMax = std::uint64_t{16} << 20U;

  struct Parts {
    files::Files& files;
    const archive::ManifestStore& manifests;
    archive::SegmentChecks& checks;
  };

  struct Options {
    std::chrono::seconds pass{604'800};
    /// The file that keeps when each segment was checked, for the next start; may be deleted at any
    /// time.
    std::filesystem::path remembered;
    /// Called before that file is written; after an error it is not written.
    std::function<base::Status()> may_write = {};
  };

  Scrubber(Parts parts, Options options);
  ~Scrubber();
  Scrubber(const Scrubber&) = delete;
  Scrubber& operator=(const Scrubber&) = delete;

  /// The time since the last check of the file that has waited longest. A file that was never
  /// checked counts from the start of this process.
  [[nodiscard]] std::chrono::seconds oldest_check() const;

  void stop();

 private:
  void run();
  /// Reads the next file that is due. False: none is due.
  bool read_next();
  void pace(std::uint64_t bytes, bool hurry);
  void pause(std::chrono::duration<double> time);
  [[nodiscard]] bool stopping() const;
  /// The time of the last check of a file, in seconds since 1970.
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
      recalled_;  // checks of earlier processes, and the latest of this one
  std::thread thread_;
};

}  // namespace tidemark::ingest
