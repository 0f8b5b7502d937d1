#pragma once

/// Keeps one segment ready ahead of its use, so that no append waits for 64 MiB of zeros.

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.hpp"
#include "journal/local/segment_stock.hpp"

namespace tidemark::journal::local {

/// Promise:  if a segment cannot be made ahead, no append fails before one is needed; making it is
///           tried again every second, and at once when it is needed.
/// Threads:  one takes; a thread of its own makes, unless `ahead` is false: then `take` makes.
/// Lifetime: `stock` must outlive it.
class NextSegment {
 public:
  NextSegment(SegmentStock& stock, bool ahead);
  ~NextSegment();
  NextSegment(const NextSegment&) = delete;
  NextSegment& operator=(const NextSegment&) = delete;

  /// Blocks while the segment is being made.
  base::Result<ReadySegment> take();

  /// A segment was made ahead: `take` will not fail.
  [[nodiscard]] bool is_ready() const;

 private:
  void make_until_stopped();

  SegmentStock& stock_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<ReadySegment> ready_;
  std::optional<base::Error> error_;  // of the last attempt
  std::uint64_t attempts_ = 0;
  bool wanted_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tidemark::journal::local
