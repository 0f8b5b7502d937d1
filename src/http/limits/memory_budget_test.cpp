// What a budget gives, to whom, and that it all comes back.

#include "http/limits/memory_budget.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace tidemark::http {
namespace {

using Hold = MemoryBudget::Hold;

Address address(std::uint8_t last) {
  Address one;
  one.bytes[10] = one.bytes[11] = 0xff;
  one.bytes[12] = 10;
  one.bytes[15] = last;
  return one;
}

TEST(MemoryBudget, AnAddressAloneMayHoldHalfAndNoMore) {
  MemoryBudget budget(1'000);
  Hold first(budget, address(1));
  EXPECT_TRUE(first.resize(400));
  Hold second(budget, address(1));
  EXPECT_TRUE(second.resize(100));
  EXPECT_FALSE(second.resize(101));
  EXPECT_EQ(second.bytes(), 100U);
  EXPECT_EQ(budget.bytes(), 500U);
  EXPECT_EQ(budget.refused(), 0U);
  second.tell_refused();
  EXPECT_EQ(budget.refused(), 1U);
}

TEST(MemoryBudget, WhateverOneAddressHoldsAnotherGetsAShare) {
  MemoryBudget budget(1'000);
  std::vector<Hold> holds;
  // Each takes in steps of ten what it is given.
  for (std::uint8_t each = 1; each <= 8; ++each) {
    Hold& hold = holds.emplace_back(budget, address(each));
    while (hold.resize(hold.bytes() + 10)) {
    }
  }
  EXPECT_LE(budget.bytes(), 1'000U);
  EXPECT_GE(holds.front().bytes(), 490U);
  EXPECT_GT(holds[5].bytes(), 0U);
}

TEST(MemoryBudget, WhatIsSmallFitsBesideWhatIsLargeOfTheSameAddress) {
  MemoryBudget budget(std::size_t{1} << 20U);
  Hold large(budget, address(1));
  ASSERT_TRUE(large.resize(std::size_t{1} << 19U));
  EXPECT_FALSE(Hold(budget, address(1)).resize(1'025));
  std::vector<Hold> small;
  while (small.emplace_back(budget, address(1)).resize(1'024)) {
  }
  EXPECT_NEAR(static_cast<double>(budget.bytes()), 0.75 * (1 << 20), 2'048);
  EXPECT_TRUE(Hold(budget, address(2)).resize(100'000));
}

TEST(MemoryBudget, WhatIsGivenBackIsThereForOthers) {
  MemoryBudget budget(1'000);
  Hold first(budget, address(1));
  ASSERT_TRUE(first.resize(500));
  Hold other(budget, address(2));
  EXPECT_FALSE(other.resize(400));
  EXPECT_TRUE(first.resize(100));
  EXPECT_TRUE(other.resize(400));
  first.release();
  other = Hold();
  EXPECT_EQ(budget.bytes(), 0U);
}

TEST(MemoryBudget, WhatMustBeAnsweredIsCountedAndGiven) {
  MemoryBudget budget(1'000);
  Hold full(budget, address(1));
  ASSERT_TRUE(full.resize(500));
  {
    Hold probe(budget, address(1));
    probe.force(700);
    EXPECT_EQ(budget.bytes(), 1'200U);
    EXPECT_FALSE(Hold(budget, address(2)).resize(1));
  }
  EXPECT_EQ(budget.bytes(), 500U);
}

TEST(MemoryBudget, WhatSeveralHoldTogetherCountsOnce) {
  MemoryBudget budget(1'000);
  const int text = 0;
  {
    Hold first(budget, address(1));
    EXPECT_TRUE(first.share(&text, 900));
    Hold second(budget, address(2));
    EXPECT_TRUE(second.share(&text, 900));
    EXPECT_EQ(budget.bytes(), 900U);
    Hold moved = std::move(first);
    EXPECT_EQ(budget.bytes(), 900U);
    const int another = 0;
    EXPECT_FALSE(Hold(budget, address(3)).share(&another, 101));
  }
  EXPECT_EQ(budget.bytes(), 0U);
}

TEST(MemoryBudget, ManyThreadsGiveBackWhatTheyTook) {
  MemoryBudget budget(10'000);
  std::vector<std::jthread> threads;
  for (std::uint8_t each = 0; each < 4; ++each) {
    threads.emplace_back([&budget, each] {
      for (std::size_t turn = 0; turn < 2'000; ++turn) {
        Hold hold(budget, address(each));
        std::ignore = hold.resize(turn % 900);
        EXPECT_LE(budget.bytes(), 10'000U);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(budget.bytes(), 0U);
}

}  // namespace
}  // namespace tidemark::http
