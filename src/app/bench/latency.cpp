#include "app/bench/latency.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tidemark::app::bench {
namespace {

constexpr unsigned kBits = 10;  // of a value that are told exactly
constexpr std::uint64_t kHalf = std::uint64_t{1} << kBits;

/// Values below 2 * kHalf have a bucket each; every further power of two has kHalf buckets.
std::size_t bucket_of(std::uint64_t value) {
  if (value < 2 * kHalf) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
  return shift * kHalf + (value >> shift);
}

/// The largest value of a bucket.
std::uint64_t end_of(std::size_t bucket) {
  if (bucket < 2 * kHalf) return bucket;
  const std::uint64_t shift = bucket / kHalf - 1;
  const std::uint64_t digits = bucket - shift * kHalf;
  return ((digits + 1) << shift) - 1;
}

std::uint64_t nanoseconds(LatencyHistogram::Nanoseconds time) {
  return static_cast<std::uint64_t>(time.count());
}

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(bucket_of(nanoseconds(kMax)) + 1) {}

void LatencyHistogram::record(Nanoseconds took) {
  took = std::clamp(took, Nanoseconds(0), kMax);
  ++buckets_[bucket_of(nanoseconds(took))];
  ++count_;
  max_ = std::max(max_, took);
}

void LatencyHistogram::add(const LatencyHistogram& other) {
  for (std::size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

LatencyHistogram::Nanoseconds LatencyHistogram::percentile(double share) const {
  if (count_ == 0) return Nanoseconds(0);
  const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::max(static_cast<std::uint64_t>(wanted), std::uint64_t{1});
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen >= rank) return std::min(Nanoseconds(end_of(i)), max_);
  }
  return max_;
}

}  // namespace tidemark::app::bench
