// What the table of fresh ids promises: it agrees with a map, takes back what failed, forgets what
// is archived, and never takes more than 40 bytes an id beside 4 MiB.

#include "ledger/local/fresh_ids.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

#include "ledger/local/ids_for_test.hpp"

namespace tidemark::ledger::local {
namespace {

constexpr std::size_t kBesides = std::size_t{4} << 20;

std::size_t bytes_allowed(const FreshIds& fresh) {
  return 40 * (fresh.end() - fresh.begin()) + kBesides;
}

TEST(FreshIds, ASecondReservationFindsTheFirst) {
  FreshIds fresh(100);
  EXPECT_EQ(fresh.reserve(id_for_test(1), 100), kNoSequence);
  EXPECT_EQ(fresh.reserve(id_for_test(2), 101), kNoSequence);
  EXPECT_EQ(fresh.reserve(id_for_test(1), 102), 100U);
  EXPECT_EQ(fresh.end(), 102U);
}

TEST(FreshIds, IdsThatDifferInOneHalfAreTwo) {
  FreshIds fresh(0);
  EXPECT_EQ(fresh.reserve({.high = 1, .low = 7}, 0), kNoSequence);
  EXPECT_EQ(fresh.reserve({.high = 2, .low = 7}, 1), kNoSequence);
  EXPECT_EQ(fresh.reserve({.high = 1, .low = 8}, 2), kNoSequence);
  EXPECT_EQ(fresh.find({.high = 2, .low = 7}), 1U);
}

TEST(FreshIds, AFailedGroupCanBeReservedAgain) {
  FreshIds fresh(0);
  for (Sequence i = 0; i < 50'000; ++i) fresh.reserve(id_for_test(i), i);
  fresh.forget_from(12'345);  // the table has grown in between
  EXPECT_EQ(fresh.end(), 12'345U);
  for (Sequence i = 0; i < 50'000; ++i) {
    ASSERT_EQ(fresh.find(id_for_test(i)), i < 12'345 ? i : kNoSequence) << i;
  }
  for (Sequence i = 12'345; i < 60'000; ++i) {
    ASSERT_EQ(fresh.reserve(id_for_test(i + 1'000'000), i), kNoSequence) << i;
  }
}

TEST(FreshIds, TakesAtMostFortyBytesAnIdWhileItGrowsAndShrinks) {
  constexpr Sequence kIds = 1'040'000;  // one generation at its largest
  FreshIds fresh(0);
  for (Sequence i = 0; i < kIds; ++i) {
    fresh.reserve(id_for_test(i), i);
    if (i % 512 == 0) {
      ASSERT_LE(fresh.memory_bytes(), bytes_allowed(fresh)) << i;
    }
  }
  for (Sequence i = 0; i <= kIds; i += 10'000) {
    fresh.drop_below(i);
    ASSERT_LE(fresh.memory_bytes(), bytes_allowed(fresh)) << i;
    if (i < kIds) {
      ASSERT_EQ(fresh.find(id_for_test(i)), i);
    }
  }
  EXPECT_LE(fresh.memory_bytes(), kBesides);
}

TEST(FreshIds, AgreesWithAMapWhateverComesInWhateverOrder) {
  const std::uint64_t seed = 20'260'101;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  std::mt19937_64 random(seed);
  FreshIds fresh(0);
  std::map<std::uint64_t, Sequence> model;  // number of the id -> its sequence
  std::vector<std::uint64_t> numbers;       // by sequence
  for (int step = 0; step < 200; ++step) {
    const auto begin = fresh.end();
    for (auto left = random() % 4'000; left > 0; --left) {
      const std::uint64_t number = random() % 500'000;
      const auto known = model.find(number);
      // An archived id never comes here: the sealed runs know it.
      if (known != model.end() && known->second < fresh.begin()) continue;
      const Sequence expected = known == model.end() ? kNoSequence : known->second;
      fresh.prefetch(id_for_test(number));
      ASSERT_EQ(fresh.reserve(id_for_test(number), fresh.end()), expected);
      if (expected != kNoSequence) continue;
      model.emplace(number, numbers.size());
      numbers.push_back(number);
    }
    if (random() % 5 == 0) {
      const Sequence keep = begin + random() % (fresh.end() - begin + 1);
      fresh.forget_from(keep);
      for (; numbers.size() > keep; numbers.pop_back()) model.erase(numbers.back());
    }
    if (random() % 9 == 0) {
      fresh.drop_below(fresh.begin() + random() % (fresh.end() - fresh.begin() + 1));
    }
  }
  for (Sequence i = fresh.begin(); i < fresh.end(); ++i) {
    ASSERT_EQ(fresh.find(id_for_test(numbers[i])), i);
  }
}

}  // namespace
}  // namespace tidemark::ledger::local
