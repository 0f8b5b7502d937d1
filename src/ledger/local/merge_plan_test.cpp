// What the plan of merges promises: never more than four runs, few bytes written again, and no
// step that merges everything at once.

#include "ledger/local/merge_plan.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "ledger/local/sealed_ids.hpp"

namespace tidemark::ledger::local {
namespace {

/// What the merges of `steps` segments of 32,000 ids cost, in times the new ids.
struct Cost {
  double mean = 0;
  double greatest = 0;
};

Cost cost_of(int steps) {
  constexpr std::uint64_t kNew = 1'000;  // in each partition
  std::vector<std::vector<std::uint64_t>> partitions(kIdPartitions);
  Cost cost;
  for (int step = 0; step < steps; ++step) {
    std::uint64_t written = 0;
    for (std::uint32_t partition = 0; partition < kIdPartitions; ++partition) {
      auto& runs = partitions[partition];
      runs.push_back(kNew);
      const auto from = runs.begin() + static_cast<std::ptrdiff_t>(merge_from(runs, partition));
      const auto merged = std::accumulate(from, runs.end(), std::uint64_t{0});
      runs.erase(from, runs.end());
      runs.push_back(merged);
      written += merged;
      EXPECT_LE(runs.size(), kRunsMax);
    }
    const double times = static_cast<double>(written) / (kNew * kIdPartitions);
    cost.mean += times / steps;
    cost.greatest = std::max(cost.greatest, times);
  }
  return cost;
}

TEST(MergePlan, WritesAnIdFewTimesAndNeverAllIdsAtOnce) {
  EXPECT_LE(cost_of(20).mean, 2.6);
  const Cost hundred = cost_of(100);
  EXPECT_LE(hundred.mean, 4.7);
  EXPECT_LE(hundred.greatest, 16);
  const Cost thousand = cost_of(1'000);
  EXPECT_LE(thousand.mean, 11);
  EXPECT_LE(thousand.greatest, 60);
}

TEST(MergePlan, ANewRunStaysByItselfWhileThereIsRoom) {
  const std::vector<std::uint64_t> runs = {1, 1, 1, 1};
  EXPECT_EQ(merge_from(runs, 0), 3U);
}

TEST(MergePlan, AGreatOldRunIsLeftAloneByALittleNewOne) {
  const std::vector<std::uint64_t> runs = {1'000'000, 10'000, 100, 10, 1};
  EXPECT_EQ(merge_from(runs, 0), 3U);
}

TEST(MergePlan, MakesFewOfTheManyThatARepairLeft) {
  const std::vector<std::uint64_t> runs(12, 5);
  EXPECT_LT(merge_from(runs, 3), kRunsMax);
}

}  // namespace
}  // namespace tidemark::ledger::local
