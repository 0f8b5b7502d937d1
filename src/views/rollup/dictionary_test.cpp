// Strings get their ordinals in the order in which they first came, and keep them.

#include "views/rollup/dictionary.hpp"

#include <iostream>
#include <random>
#include <thread>
#include <unordered_map>

#include <gtest/gtest.h>

namespace tidemark::views::rollup {
namespace {

std::uint32_t ordinal_of(Dictionary& dictionary, std::string_view key) {
  std::uint32_t ordinal = 0;
  dictionary.find_or_add({&key, 1}, &ordinal);
  return ordinal;
}

std::uint32_t known_ordinal(const Dictionary& dictionary, std::string_view key) {
  std::uint32_t ordinal = 0;
  dictionary.find({&key, 1}, &ordinal);
  return ordinal;
}

TEST(DictionaryTest, OrdinalsFollowTheFirstAppearance) {
  Dictionary dictionary(1);
  const std::array<std::string_view, 6> keys{"b", "a", "b", "", "00001", "1"};
  std::array<std::uint32_t, 6> ordinals{};
  dictionary.find_or_add(keys, ordinals.data());
  EXPECT_EQ(ordinals, (std::array<std::uint32_t, 6>{0, 1, 0, 2, 3, 4}));
  EXPECT_EQ(dictionary.size(), 5U);
  EXPECT_EQ(known_ordinal(dictionary, "c"), Dictionary::kAbsent);
  EXPECT_EQ(dictionary.names(0, 5), (std::vector<std::string_view>{"b", "a", "", "00001", "1"}));
}

TEST(DictionaryTest, HoldsWhatAMapHolds) {
  const unsigned seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  Dictionary dictionary(seed);
  std::unordered_map<std::string, std::uint32_t> reference;
  for (int round = 0; round < 400; ++round) {
    std::vector<std::string> strings;
    for (std::size_t i = 0; i < Dictionary::kBatchMax; ++i) {
      std::string key = std::to_string(random() % 50'000);
      if (random() % 4 == 0) key += std::string(random() % 300, 'x');
      strings.push_back(key);
    }
    const std::vector<std::string_view> keys(strings.begin(), strings.end());
    std::vector<std::uint32_t> ordinals(keys.size());
    dictionary.find_or_add(keys, ordinals.data());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const auto next = static_cast<std::uint32_t>(reference.size());
      ASSERT_EQ(ordinals[i], reference.try_emplace(strings[i], next).first->second);
    }
  }
  ASSERT_EQ(dictionary.size(), reference.size());
  const auto names = dictionary.names(0, dictionary.size());
  for (const auto& [key, ordinal] : reference) {
    EXPECT_EQ(names[ordinal], key);
    EXPECT_EQ(known_ordinal(dictionary, key), ordinal);
  }
}

TEST(DictionaryTest, OthersMayLookUpWhileTheWriterAdds) {
  Dictionary dictionary(7);
  constexpr std::uint32_t kAll = 30'000;
  std::atomic<bool> over = false;
  std::thread reader([&] {
    while (!over) {
      const std::uint32_t size = dictionary.size();
      const std::uint32_t first = size > 100 ? size - 100 : 0;
      const auto names = dictionary.names(first, size);
      std::vector<std::uint32_t> ordinals(names.size());
      dictionary.find(names, ordinals.data());
      for (std::uint32_t i = 0; i < names.size(); ++i) ASSERT_EQ(ordinals[i], first + i);
    }
  });
  for (std::uint32_t i = 0; i < kAll; ++i) {
    ASSERT_EQ(ordinal_of(dictionary, "user-" + std::to_string(i)), i);
  }
  over = true;
  reader.join();
}

TEST(DictionaryTest, AUserTakesAtMostFortyBytesAndTheString) {
  const std::size_t before = MemoryGauge::bytes();
  {
    Dictionary dictionary(3);
    constexpr std::uint32_t kAll = 200'000;
    std::size_t strings = 0;
    for (std::uint32_t i = 0; i < kAll; ++i) {
      const std::string key = "user-" + std::to_string(i);
      strings += key.size();
      ordinal_of(dictionary, key);
    }
    EXPECT_LE(MemoryGauge::bytes() - before, strings + std::size_t{kAll} * 32);
  }
  EXPECT_EQ(MemoryGauge::bytes(), before);
}

}  // namespace
}  // namespace tidemark::views::rollup
