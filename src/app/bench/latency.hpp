#pragma once

/// Counts times, so that any percentile can be told to three digits.

#include <chrono>
#include <cstdint>
#include <vector>

namespace tidemark::app::bench {

/// A histogram of log-linear buckets, after Gil Tene's HdrHistogram (hdrhistogram.org): between two
/// powers of two there are 1,024 buckets of equal width, so a value is off by at most 0.1 %.
///
/// Threads: one at a time.
/// Cost:    some nanoseconds a value; 300 KB, whatever is recorded.
class LatencyHistogram {
 public:
  using Nanoseconds = std::chrono::nanoseconds;

  /// A longer time counts as this one; nothing that is waited for takes longer.
  static constexpr Nanoseconds kMax = std::chrono::minutes(10);

  LatencyHistogram();

  void record(Nanoseconds took);
  void add(const LatencyHistogram& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// The least time within which this share (0 to 1) of all was done; 0 if there are none.
  [[nodiscard]] Nanoseconds percentile(double share) const;
  [[nodiscard]] Nanoseconds max() const { return max_; }

 private:
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  Nanoseconds max_{0};
};

}  // namespace tidemark::app::bench
