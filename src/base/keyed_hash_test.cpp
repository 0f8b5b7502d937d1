// Keys that fall into one bucket under std::hash are spread by the keyed one.

#include "base/keyed_hash.hpp"

#include <algorithm>
#include <string>
#include <unordered_set>
#include <vector>

#include <gtest/gtest.h>

#include "base/same_hash_for_test.hpp"

namespace tidemark::base {
namespace {

/// The fullest bucket of a table with these keys.
template <class Hash, class Key>
std::size_t fullest(const std::vector<Key>& keys) {
  std::unordered_set<Key, Hash> table;
  table.reserve(keys.size());
  table.insert(keys.begin(), keys.end());
  std::size_t most = 0;
  for (std::size_t at = 0; at < table.bucket_count(); ++at) {
    most = std::max(most, table.bucket_size(at));
  }
  return most;
}

TEST(KeyedHash, TextsThatShareABucketUnderStdHashAreSpread) {
  const auto texts = texts_with_one_std_hash(2'000);
  ASSERT_EQ(fullest<std::hash<std::string>>(texts), 2'000U) << "the attack is one";
  EXPECT_LT(fullest<KeyedHash>(texts), 20U);
}

TEST(KeyedHash, NumbersThatShareABucketUnderStdHashAreSpread) {
  std::unordered_set<std::uint64_t> table;
  table.reserve(2'000);
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i < 2'000; ++i) numbers.push_back(i * table.bucket_count());
  ASSERT_EQ(fullest<std::hash<std::uint64_t>>(numbers), 2'000U) << "the attack is one";
  EXPECT_LT(fullest<KeyedHash>(numbers), 20U);
}

TEST(KeyedHash, IsTheSameForTheSameTextWithinAProcess) {
  EXPECT_EQ(keyed_hash(std::string(300, 'x')), keyed_hash(std::string(300, 'x')));
  EXPECT_NE(keyed_hash("a"), keyed_hash("b"));
  EXPECT_EQ(keyed_hash(std::string_view()), keyed_hash(std::string_view()));
}

}  // namespace
}  // namespace tidemark::base
