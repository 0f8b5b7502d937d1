// The types of a day are what a std::map of them is, copies do not change, and a change to one type
// copies one block.

#include "views/rollup/type_sets.hpp"

#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace tidemark::views::rollup {
namespace {

struct Row {
  std::uint64_t count = 0;
  std::set<std::uint32_t> users;
  bool operator==(const Row&) const = default;
};
using Reference = std::map<std::uint32_t, Row>;

struct TypeSetsTest : testing::Test {
  TypeSetsTest() { std::cout << "seed " << seed << "\n"; }
  unsigned seed = std::random_device{}();
  std::mt19937 random{seed};

  std::uint32_t below(std::uint32_t bound) {
    return std::uniform_int_distribution<std::uint32_t>(0, bound - 1)(random);
  }

  static void add(TypeSets& sets, std::uint32_t type, std::uint32_t user) {
    const TypeSets::Place place = sets.find_or_add(type);
    ASSERT_NE(sets.at(place, type), nullptr);
    TypeRow& row = sets.own(place);
    ++row.count;
    row.users.add(user);
  }

  static Reference content(const TypeSets& sets) {
    Reference all;
    std::int64_t last = -1;
    sets.for_each([&](const TypeRow& row) {
      EXPECT_LT(last, row.type);
      last = row.type;
      Row& held = all[row.type];
      held.count = row.count;
      for (std::uint32_t i = 0; i < row.users.blocks(); ++i) {
        row.users.block(i).for_each([&held](std::uint32_t user) { held.users.insert(user); });
      }
      EXPECT_EQ(sets.find(row.type), &row.users);
    });
    EXPECT_EQ(all.size(), sets.size());
    return all;
  }
};

TEST_F(TypeSetsTest, HoldsWhatAMapHoldsAndCopiesDoNotChange) {
  for (int world = 0; world < 50; ++world) {
    const std::uint32_t types = 1 + below(1'500);
    TypeSets sets;
    TypeSets copy;
    Reference expected;
    Reference before;
    for (int step = 0; step < 3'000; ++step) {
      if (below(400) == 0) {
        copy = sets;
        before = expected;
      }
      const std::uint32_t type = below(types);
      const std::uint32_t user = below(100);
      add(sets, type, user);
      ++expected[type].count;
      expected[type].users.insert(user);
    }
    ASSERT_EQ(content(sets), expected);
    ASSERT_EQ(content(copy), before);
    for (std::uint32_t type = 0; type < types + 2; ++type) {
      ASSERT_EQ(sets.find(type) != nullptr, expected.contains(type)) << type;
    }
  }
}

TEST_F(TypeSetsTest, MergesAndForgets) {
  TypeSets left;
  TypeSets right;
  Reference expected;
  for (int step = 0; step < 2'000; ++step) {
    const std::uint32_t type = below(700);
    const std::uint32_t user = below(50);
    add(below(2) == 0 ? left : right, type, user);
    ++expected[type].count;
    expected[type].users.insert(user);
  }
  const TypeSets before = left;
  const Reference of_left = content(left);
  left.merge(right);
  EXPECT_EQ(content(left), expected);
  EXPECT_EQ(content(before), of_left);

  left.clear_sets([](std::uint32_t type) { return type % 3 == 0; });
  for (auto& [type, row] : expected) {
    if (type % 3 == 0) row.users.clear();
  }
  EXPECT_EQ(content(left), expected);
}

TEST_F(TypeSetsTest, AnOldPlaceIsSeenToBeOne) {
  TypeSets sets;
  for (std::uint32_t type = 0; type < 1'000; type += 2) add(sets, type, 1);
  const TypeSets::Place place = sets.find_or_add(500);
  for (std::uint32_t type = 1; type < 1'000; type += 2) add(sets, type, 1);
  EXPECT_EQ(sets.at(place, 500), nullptr);
  EXPECT_EQ(sets.at({.block = 99'999, .row = 0}, 500), nullptr);
  EXPECT_EQ(sets.at({.block = 0, .row = 9'999}, 0), nullptr);
}

// The kind: 300,000 types grow on one day while questions hold its last state.
TEST_F(TypeSetsTest, ACommitCopiesTheBlocksThatItMeetsAndNotTheDay) {
  constexpr std::uint32_t kTypes = 300'000;
  TypeSets sets;
  for (std::uint32_t type = 0; type < kTypes; ++type) sets.append({.type = type, .count = 1});
  const std::size_t whole = MemoryGauge::bytes();
  const TypeSets held = sets;
  const std::size_t list = MemoryGauge::bytes() - whole;
  add(sets, below(kTypes), 1);
  add(sets, kTypes, 1);
  const std::size_t changed = MemoryGauge::bytes() - whole - list;
  EXPECT_LT(list, whole / 50);
  EXPECT_LT(changed, 16'384U);
}

}  // namespace
}  // namespace tidemark::views::rollup
