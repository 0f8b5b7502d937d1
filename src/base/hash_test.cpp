// What stands on disks must hash the same for ever, in one piece or in many.
#include "base/hash.hpp"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace tidemark::base {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

// The first and third are the published values of XXH3 for no bytes at all.
TEST(Hash, ItsValuesNeverChange) {
  EXPECT_EQ(hash64(bytes_of("")), 0x2d06800538d394c2U);
  EXPECT_EQ(hash64(bytes_of("tidemark"), 7), 14955991919119367937U);
  EXPECT_EQ(hash128(bytes_of("")).high, 0x99aa06d3014798d8U);
  EXPECT_EQ(hash128(bytes_of("")).low, 0x6001c324468d497fU);
  EXPECT_EQ(hash128(bytes_of("tidemark"), 7).low, 3289417987374814157U);
}

TEST(Hash, TheCanonicalFormBeginsWithTheHighestByte) {
  const auto bytes = canonical({.high = 0x0102030405060708U, .low = 0x090a0b0c0d0e0f10U});
  for (std::size_t i = 0; i < bytes.size(); ++i) EXPECT_EQ(bytes[i], std::byte(i + 1));
}

TEST(Hash, PiecesHashAsTheWhole) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::string text(5'000, ' ');
  for (auto& byte : text) byte = static_cast<char>(random());
  const auto whole = bytes_of(text);
  for (int repeat = 0; repeat < 100; ++repeat) {
    std::vector<std::span<const std::byte>> pieces;
    for (std::size_t at = 0; at < whole.size();) {
      const auto size = std::min<std::size_t>(random() % 1'500, whole.size() - at);
      pieces.push_back(whole.subspan(at, size));
      at += size;
    }
    EXPECT_EQ(hash64(pieces, 42), hash64(whole, 42));
  }
}

TEST(Hash, SeedAndSecretCount) {
  const std::string secret(192, 's');
  EXPECT_NE(hash64(bytes_of("a"), 1), hash64(bytes_of("a"), 2));
  EXPECT_NE(hash128(bytes_of("a"), 1).low, hash128(bytes_of("a"), 2).low);
  EXPECT_NE(hash128(bytes_of("a"), bytes_of(secret)).low, hash128(bytes_of("a")).low);
}

}  // namespace
}  // namespace tidemark::base
