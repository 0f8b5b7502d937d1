// What the filters promise: they never deny an id that is there (else an event counts twice), and
// they let so few others pass that reading pages for those costs nothing.

#include "ledger/local/fuse_filter.hpp"

#include <string>

#include <gtest/gtest.h>

#include "ledger/local/crc32c.hpp"

namespace tidemark::ledger::local {
namespace {

std::vector<std::uint64_t> keys_for_test(std::size_t count, std::uint64_t from) {
  std::vector<std::uint64_t> keys;
  for (std::size_t i = 0; i < count; ++i) keys.push_back(mixed(from + i + 1));
  return keys;
}

TEST(FuseFilter, NeverDeniesAKeyOfItsOwnWhateverTheSize) {
  FuseBuilder builder;
  std::vector<std::uint16_t> prints;  // filters lie one behind the other, as in a run
  std::size_t fuses = 0;
  for (std::size_t count = 0; count < 3'000; count += count < 200 ? 1 : 97) {
    auto keys = keys_for_test(count, count * 10'000);
    const auto sent = keys;
    const FuseShape shape = builder.build(keys, prints);
    fuses += shape.kind == FuseShape::Kind::Fuse ? 1 : 0;
    for (const auto key : sent) ASSERT_TRUE(may_contain(shape, prints, key)) << count << " keys";
  }
  EXPECT_EQ(fuses, 228U);  // all but the empty one: none had to be given up
}

TEST(FuseFilter, NeverDeniesOneOfAQuarterMillionAndLetsOneInSixtyThousandOthersPass) {
  constexpr std::size_t kKeys = 250'000;
  constexpr std::size_t kOthers = 2'000'000;
  FuseBuilder builder;
  std::vector<std::uint16_t> prints;
  auto keys = keys_for_test(kKeys, 0);
  const auto sent = keys;
  const FuseShape shape = builder.build(keys, prints);
  for (const auto key : sent) ASSERT_TRUE(may_contain(shape, prints, key));

  std::size_t passed = 0;
  for (const auto key : keys_for_test(kOthers, kKeys)) {
    passed += may_contain(shape, prints, key) ? 1 : 0;
  }
  EXPECT_LT(passed, 2 * kOthers / 65'536) << "of " << kOthers;
  EXPECT_GT(passed, 0U) << "else this test looks at nothing";
  RecordProperty("false_passes", static_cast<int>(passed));
}

TEST(FuseFilter, TakesAtMostTwoAndAHalfBytesAKeyFromTenThousandOn) {
  FuseBuilder builder;
  for (const std::size_t count : {10'000U, 20'000U, 33'000U, 65'000U, 131'072U, 262'144U}) {
    std::vector<std::uint16_t> prints;
    auto keys = keys_for_test(count, 0);
    (void)builder.build(keys, prints);
    EXPECT_LE(static_cast<double>(prints.size()) * 2 / static_cast<double>(count), 2.65) << count;
  }
}

TEST(FuseFilter, IsBuiltFromRepeatedKeysToo) {
  FuseBuilder builder;
  std::vector<std::uint16_t> prints;
  auto keys = keys_for_test(1'000, 0);
  keys.insert(keys.end(), 500, keys.front());
  const auto sent = keys;
  const FuseShape shape = builder.build(keys, prints);
  EXPECT_EQ(shape.kind, FuseShape::Kind::Fuse);
  for (const auto key : sent) EXPECT_TRUE(may_contain(shape, prints, key));
}

TEST(FuseFilter, ComesOutTheSameForTheSameKeys) {
  FuseBuilder fresh;
  FuseBuilder used;
  std::vector<std::uint16_t> other;
  auto others = keys_for_test(500, 7'777);
  (void)used.build(others, other);

  std::vector<std::uint16_t> a;
  std::vector<std::uint16_t> b;
  auto keys = keys_for_test(5'000, 0);
  auto again = keys;
  EXPECT_EQ(fresh.build(keys, a).seed, used.build(again, b).seed);
  EXPECT_EQ(a, b);
}

TEST(Crc32c, IsTheOneOfTheBooks) {
  const std::string text = "123456789";
  EXPECT_EQ(crc32c(std::as_bytes(std::span(text))), 0xE3069283U);
  EXPECT_EQ(crc32c_by_table(std::as_bytes(std::span(text))), 0xE3069283U);
}

TEST(Crc32c, IsTheSameByInstructionAndByTableAndInPieces) {
  std::vector<std::byte> bytes(3'000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(mixed(i));
  for (std::size_t size = 0; size <= bytes.size(); size += 13) {
    const auto part = std::span(bytes).first(size);
    const auto whole = crc32c(part);
    ASSERT_EQ(whole, crc32c_by_table(part)) << size;
    ASSERT_EQ(whole, crc32c(part.subspan(size / 3), crc32c(part.first(size / 3)))) << size;
  }
}

}  // namespace
}  // namespace tidemark::ledger::local
