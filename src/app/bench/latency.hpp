#pragma once

/// Times, counted so that any percentile can be told to three digits.

#include <chrono>
#include <cstdint>
#include <vector>

namespace tidemark::app::bench {

/// A histogram of log-linear buckets, after Gil Tene's HdrHistogram (hdrhistogram.org): between two
/// powers of two lie 1,024 buckets of one width, so a value is off by 0.1 % at most.
///
/// Threads: one at a time.
/// Cost:    some nanoseconds a value; 300 KB whatever is recorded.
class LatencyHistogram {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  /// Above it a value counts as this one; nothing that we wait for takes longer.
  static constexpr Nanoseconds kMax = std::chrono::minutes(10);

  LatencyHistogram();

  void record(Nanoseconds took);
  void add(const LatencyHistogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The least time within which this share (0 to 1) of all was done; 0 where there are none.
  [[nodiscard]] Nanoseconds percentile(double share) const;
  [[nodiscard]] Nanoseconds max() const { return max_; }

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  Nanoseconds max_{0};
};

}  // namespace tidemark::app::bench
