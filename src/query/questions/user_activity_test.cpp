// Users counted by bits against users counted one by one.

#include "query/questions/user_activity.hpp"

#include <algorithm>
#include <random>

#include <gtest/gtest.h>

namespace tidemark::query {
namespace {

struct UserActivity : testing::Test {
  UserActivity() { RecordProperty("seed", static_cast<int>(seed)); }

  /// A user's bits, in random density.
  std::vector<std::uint64_t> random_user(std::int32_t bits) {
    std::vector<std::uint64_t> words(static_cast<std::size_t>(bits + 63) / 64);
    const auto one_in = 1 + random() % 40;
    for (std::int32_t bit = 0; bit < bits; ++bit) {
      if (random() % one_in == 0) words[static_cast<std::size_t>(bit) / 64] |= 1ULL << (bit % 64);
    }
    return words;
  }
  static bool has(const std::vector<std::uint64_t>& words, std::int32_t bit) {
    const auto word = static_cast<std::size_t>(bit) / 64;
    return word < words.size() && (words[word] >> (bit % 64) & 1U) != 0;
  }

  const std::uint32_t seed = std::random_device{}();
  std::mt19937 random{seed};
};

TEST_F(UserActivity, TrailingDaysCountAUserOnceADay) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (const std::int32_t trailing : {1, 2, 7, 30, 65}) {
    for (const std::int32_t days : {1, 35, 64, 130}) {
      TrailingCounts counts(days, trailing);
      std::vector<std::uint64_t> expected(static_cast<std::size_t>(days));
      for (int user = 0; user < 50; ++user) {
        const auto words = random_user(days + trailing - 1);
        counts.add(words);
        for (std::int32_t day = 0; day < days; ++day) {
          bool active = false;
          for (std::int32_t i = 0; i < trailing; ++i) active = active || has(words, day + i);
          if (active) ++expected[static_cast<std::size_t>(day)];
        }
      }
      EXPECT_EQ(counts.users(), expected) << trailing << " of " << days;
    }
  }
}

struct RetentionCase {
  std::int32_t cohorts;
  std::int32_t windows;
  std::int32_t bits;
  int users;
};

TEST_F(UserActivity, TheMatrixIsThatOfTheDefinition) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  for (const auto& one : {RetentionCase{1, 3, 4, 100}, RetentionCase{30, 30, 60, 300},
                          RetentionCase{70, 70, 50, 300}, RetentionCase{3, 2, 5, 70'000}}) {
    for (const auto kind : {CohortKind::Active, CohortKind::FirstSeen}) {
      for (const auto mode : {ReturnMode::On, ReturnMode::OnOrAfter}) {
        Retention asked;
        asked.cohort = kind;
        asked.mode = mode;
        asked.windows = one.windows;
        asked.cohorts = one.cohorts;
        RetentionCounts counts(asked, one.bits);
        const auto width = static_cast<std::size_t>(one.windows) + 1;
        std::vector<std::uint64_t> users(static_cast<std::size_t>(one.cohorts) * width);
        std::vector<std::uint64_t> sizes(static_cast<std::size_t>(one.cohorts));
        for (int user = 0; user < one.users; ++user) {
          const auto words = random_user(one.bits);
          const auto first = static_cast<std::int32_t>(random() % 5) - 1;
          counts.add(words, first);
          for (std::int32_t c = 0; c < std::min(one.cohorts, one.bits); ++c) {
            if (!has(words, c) || (kind == CohortKind::FirstSeen && c != first)) continue;
            ++sizes[static_cast<std::size_t>(c)];
            for (std::int32_t k = 0; k <= one.windows; ++k) {
              bool there = has(words, c + k);
              for (std::int32_t i = c + k; mode == ReturnMode::OnOrAfter && i < one.bits; ++i) {
                there = there || has(words, i);
              }
              if (there) ++users[static_cast<std::size_t>(c) * width + static_cast<std::size_t>(k)];
            }
          }
        }
        counts.finish();
        for (std::int32_t c = 0; c < one.cohorts; ++c) {
          ASSERT_EQ(counts.size(c), sizes[static_cast<std::size_t>(c)]) << c;
          for (std::int32_t k = 0; k <= one.windows; ++k) {
            ASSERT_EQ(counts.users(c, k),
                      users[static_cast<std::size_t>(c) * width + static_cast<std::size_t>(k)])
                << c << ", " << k;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace tidemark::query
