// That percentiles are those of a sorted list of the same values, to a thousandth.

#include "app/bench/latency.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace tidemark::app::bench {
namespace {

using std::chrono::nanoseconds;

TEST(LatencyHistogram, TellsThePercentilesOfASortedList) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  LatencyHistogram histogram;
  std::vector<std::uint64_t> values;
  for (int i = 0; i < 20'000; ++i) {
    // From nanoseconds to minutes, each power of two as often as any other.
    const std::uint64_t value = (random() >> 28) >> random() % 36;
    values.push_back(value);
    histogram.record(nanoseconds(value));
  }
  std::ranges::sort(values);
  for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * 20'000)) - 1;
    const auto told = static_cast<double>(histogram.percentile(share).count());
    const auto exact = static_cast<double>(values[rank]);
    EXPECT_GE(told, exact) << share;
    EXPECT_LE(told, exact * 1.001 + 1) << share;
  }
  EXPECT_EQ(static_cast<std::uint64_t>(histogram.max().count()), values.back());
  EXPECT_EQ(histogram.count(), 20'000U);
}

TEST(LatencyHistogram, IsZeroWhenEmptyAndEndsAtItsBound) {
  LatencyHistogram histogram;
  EXPECT_EQ(histogram.percentile(0.5), nanoseconds(0));
  histogram.record(std::chrono::hours(5));
  histogram.record(nanoseconds(-3));
  EXPECT_EQ(histogram.percentile(1), LatencyHistogram::kMax);
  EXPECT_EQ(histogram.percentile(0.5), nanoseconds(0));
}

TEST(LatencyHistogram, TwoAddedAreOne) {
  LatencyHistogram all;
  LatencyHistogram some;
  all.record(nanoseconds(1'000));
  some.record(nanoseconds(3'000'000));
  all.add(some);
  EXPECT_EQ(all.count(), 2U);
  EXPECT_EQ(all.percentile(0.5), nanoseconds(1'000));
  EXPECT_EQ(all.max(), nanoseconds(3'000'000));
}

}  // namespace
}  // namespace tidemark::app::bench
