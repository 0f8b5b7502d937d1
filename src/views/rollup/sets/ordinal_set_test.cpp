// An ordinal set holds what a std::set holds, and what is shared does not change.

#include "views/rollup/sets/ordinal_set.hpp"

#include <iostream>
#include <random>
#include <set>

#include <gtest/gtest.h>

#include "views/rollup/counted.hpp"

namespace tidemark::views::rollup {
namespace {

using Reference = std::set<std::uint32_t>;

struct OrdinalSetTest : testing::Test {
  OrdinalSetTest() { std::cout << "seed " << seed << "\n"; }
  unsigned seed = std::random_device{}();
  std::mt19937 random{seed};

  static Reference content(const OrdinalSet& set) {
    Reference all;
    for (std::uint32_t i = 0; i < set.blocks(); ++i) {
      const BlockView block = set.block(i);
      std::uint32_t count = 0;
      block.for_each([&](std::uint32_t at) {
        all.insert(i * static_cast<std::uint32_t>(kBlockUsers) + at);
        ++count;
      });
      EXPECT_EQ(count, block.count);
    }
    return all;
  }
  static void expect_holds(const OrdinalSet& set, const Reference& expected) {
    EXPECT_EQ(set.cardinality(), expected.size());
    EXPECT_EQ(set.empty(), expected.empty());
    EXPECT_EQ(content(set), expected);
  }
  /// `count` ordinals below `end`, into both.
  void add(OrdinalSet& set, Reference& reference, int count, std::uint32_t end) {
    for (int i = 0; i < count; ++i) {
      const auto ordinal = static_cast<std::uint32_t>(random() % end);
      ASSERT_EQ(set.contains(ordinal), reference.contains(ordinal));
      ASSERT_EQ(set.add(ordinal), reference.insert(ordinal).second);
    }
  }
};

TEST_F(OrdinalSetTest, HoldsWhatWasAddedInEveryForm) {
  for (const int count : {0, 1, 10, 255, 256, 257, 2'000, 30'000}) {
    for (const std::uint32_t end : {300U, 65'536U, 65'537U, 1'000'000U, 40'000'000U}) {
      OrdinalSet set;
      Reference reference;
      add(set, reference, count, end);
      expect_holds(set, reference);
    }
  }
}

TEST_F(OrdinalSetTest, BlocksTurnIntoBitsetsAndFillUp) {
  OrdinalSet set;
  for (std::uint32_t i = 0; i < 2 * kBlockUsers; ++i) {
    ASSERT_TRUE(set.add(i));
    ASSERT_EQ(set.cardinality(), i + 1);
  }
  EXPECT_FALSE(set.add(0));
  EXPECT_EQ(set.blocks(), 2U);
  EXPECT_EQ(set.block(0).form, BlockView::Form::Bits);
  EXPECT_EQ(set.block(1).count, kBlockUsers);
  EXPECT_EQ(set.block(2).form, BlockView::Form::Empty);
}

TEST_F(OrdinalSetTest, TheHighestOrdinalHasAPlace) {
  OrdinalSet set;
  Reference reference;
  add(set, reference, 400, 1'000);
  for (const std::uint32_t ordinal : {0x7fff'ffffU, 0x0fff'ffffU}) {
    EXPECT_TRUE(set.add(ordinal));
    EXPECT_TRUE(set.contains(ordinal));
  }
  EXPECT_FALSE(set.contains(0x7fff'fffeU));
}

TEST_F(OrdinalSetTest, ACopyDoesNotChangeWithTheOriginal) {
  for (const std::uint32_t end : {1'000U, 200'000U, 30'000'000U}) {
    OrdinalSet set;
    Reference reference;
    std::vector<std::pair<OrdinalSet, Reference>> copies;
    for (int round = 0; round < 40; ++round) {
      copies.emplace_back(set, reference);
      add(set, reference, 1 + static_cast<int>(random() % 700), end);
      if (random() % 3 == 0)
        copies.erase(copies.begin() + static_cast<std::ptrdiff_t>(random() % copies.size()));
    }
    expect_holds(set, reference);
    for (const auto& [copy, expected] : copies) expect_holds(copy, expected);
    // And the other way round: the copies can be added to.
    for (auto& [copy, expected] : copies) add(copy, expected, 100, end);
    expect_holds(set, reference);
  }
}

TEST_F(OrdinalSetTest, UnitesSetsOfEveryForm) {
  const std::array<std::pair<int, std::uint32_t>, 5> shapes{
      {{0, 10}, {100, 1'000'000}, {2'000, 1'000'000}, {30'000, 200'000}, {50'000, 70'000}}};
  for (const auto& [count_a, end_a] : shapes) {
    for (const auto& [count_b, end_b] : shapes) {
      OrdinalSet a;
      OrdinalSet b;
      Reference expected_a;
      Reference expected_b;
      add(a, expected_a, count_a, end_a);
      add(b, expected_b, count_b, end_b);
      const OrdinalSet before = a;
      const Reference expected_before = expected_a;
      a.add_all(b);
      expected_a.insert(expected_b.begin(), expected_b.end());
      expect_holds(a, expected_a);
      expect_holds(b, expected_b);
      expect_holds(before, expected_before);
      a.add_all(a);
      expect_holds(a, expected_a);
    }
  }
}

TEST_F(OrdinalSetTest, BlocksIntersectInEveryForm) {
  const std::array<int, 5> counts{0, 30, 300, 3'000, 30'000};
  for (const int count_a : counts) {
    for (const int count_b : counts) {
      OrdinalSet a;
      OrdinalSet b;
      Reference expected_a;
      Reference expected_b;
      add(a, expected_a, count_a, kBlockUsers);
      add(b, expected_b, count_b, kBlockUsers);
      std::uint32_t both = 0;
      for (const std::uint32_t ordinal : expected_a) both += expected_b.contains(ordinal) ? 1 : 0;
      EXPECT_EQ(count_and(a.block(0), b.block(0)), both);
      EXPECT_EQ(count_and(b.block(0), a.block(0)), both);

      std::vector<std::uint64_t> bits(kBlockWords);
      or_into(bits.data(), a.block(0));
      or_into(bits.data(), b.block(0));
      EXPECT_EQ(kernels().count(bits.data()), expected_a.size() + expected_b.size() - both);
    }
  }
}

TEST_F(OrdinalSetTest, ReadsBackWhatItWrote) {
  for (const int count : {0, 1, 256, 257, 2'048, 2'049, 3'000, 4'096, 4'097, 5'000, 100'000}) {
    for (const std::uint32_t end : {65'536U, 70'000U, 3'000'000U}) {
      OrdinalSet set;
      Reference reference;
      add(set, reference, count, end);
      std::string bytes;
      set.encode(bytes);
      const std::string whole = bytes;
      bytes += "more";
      std::string_view left = bytes;
      OrdinalSet read;
      read.add(7);  // what was there goes
      ASSERT_TRUE(read.decode(left));
      EXPECT_EQ(left, "more");
      expect_holds(read, reference);
      add(read, reference, 1'000, end);
      expect_holds(read, reference);

      for (int i = 0; i < 50; ++i) {
        std::string_view torn(whole.data(), random() % whole.size());
        EXPECT_FALSE(OrdinalSet().decode(torn));
      }
    }
  }
}

TEST_F(OrdinalSetTest, WhatIsStoredEndsWithTheLastUser) {
  OrdinalSet set;
  for (std::uint32_t i = 0; i < 300; ++i) set.add(i);
  // A table grows by more than it needs; a reader refuses a set that reaches beyond all users.
  for (std::uint32_t block = 1; block < 40; ++block) {
    set.add(block * static_cast<std::uint32_t>(kBlockUsers));
    std::string bytes;
    set.encode(bytes);
    std::string_view left = bytes;
    OrdinalSet read;
    ASSERT_TRUE(read.decode(left));
    EXPECT_EQ(read.blocks(), block + 1);
    EXPECT_EQ(read.cardinality(), set.cardinality());
  }
}

TEST_F(OrdinalSetTest, GivesAllItsMemoryBack) {
  const std::size_t before = MemoryGauge::bytes();
  {
    OrdinalSet set;
    Reference reference;
    add(set, reference, 60'000, 500'000);
    const OrdinalSet copy = set;
    add(set, reference, 1'000, 500'000);
    EXPECT_GT(MemoryGauge::bytes(), before + 60'000);
  }
  EXPECT_EQ(MemoryGauge::bytes(), before);
}

}  // namespace
}  // namespace tidemark::views::rollup
