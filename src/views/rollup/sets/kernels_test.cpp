// Every form of the kernels counts what the plain form counts.

#include "views/rollup/sets/kernels.hpp"

#include <bit>
#include <iostream>
#include <random>

#include <gtest/gtest.h>

namespace tidemark::views::rollup {
namespace {

using Words = std::vector<std::uint64_t>;

TEST(KernelsTest, EveryFormCountsWhatThePlainFormCounts) {
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937_64 random(seed);
  const auto all = runnable_kernels();
  ASSERT_STREQ(all.front()->name, "plain");
  for (int round = 0; round < 50; ++round) {
    Words a(kBlockWords + 1);
    Words b(kBlockWords + 1);
    const std::size_t shift = random() % 2;  // unaligned, too
    for (auto& word : a) word = round % 3 == 0 ? ~std::uint64_t{0} : random() & random();
    for (auto& word : b) word = round % 5 == 0 ? 0 : random();
    const std::uint64_t* x = a.data() + shift;
    const std::uint64_t* y = b.data() + 1 - shift;

    std::uint32_t ones = 0;
    std::uint32_t both = 0;
    std::uint32_t either = 0;
    std::uint32_t first_only = 0;
    for (std::size_t i = 0; i < kBlockWords; ++i) {
      ones += static_cast<std::uint32_t>(std::popcount(x[i]));
      both += static_cast<std::uint32_t>(std::popcount(x[i] & y[i]));
      either += static_cast<std::uint32_t>(std::popcount(x[i] | y[i]));
      first_only += static_cast<std::uint32_t>(std::popcount(x[i] & ~y[i]));
    }
    for (const Kernels* form : all) {
      EXPECT_EQ(form->count(x), ones) << form->name;
      EXPECT_EQ(form->count_and(x, y), both) << form->name;
      EXPECT_EQ(form->count_or(x, y), either) << form->name;
      EXPECT_EQ(form->count_andnot(x, y), first_only) << form->name;
      Words into(x, x + kBlockWords);
      form->or_into(into.data(), y);
      EXPECT_EQ(form->count(into.data()), either) << form->name;
      EXPECT_EQ(form->count_andnot(y, into.data()), 0U) << form->name;
      into.assign(x, x + kBlockWords);
      form->and_into(into.data(), y);
      EXPECT_EQ(form->count(into.data()), both) << form->name;
      EXPECT_EQ(form->count_andnot(into.data(), y), 0U) << form->name;
    }
  }
}

}  // namespace
}  // namespace tidemark::views::rollup
