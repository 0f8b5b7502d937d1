// What the hash of an id promises: one value for one id, for ever, and another for another.
#include "event/id_hash.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "event/limits.hpp"

namespace tidemark::event {
namespace {

constexpr std::string_view kSmall = "7b5ed1eb-83df-4255-a283-87fd4140b95e";
constexpr std::string_view kLarge = "7B5ED1EB-83DF-4255-A283-87FD4140B95E";

IdHasher::Key key_of(unsigned char fill) {
  IdHasher::Key key;
  key.fill(std::byte{fill});
  return key;
}

TEST(EventId, AUuidIsReadInAnyCaseAndWrittenSmall) {
  const auto uuid = parse_uuid(kLarge);
  ASSERT_TRUE(uuid);
  EXPECT_EQ(uuid->high, 0x7b5ed1eb83df4255U);
  EXPECT_EQ(uuid->low, 0xa28387fd4140b95eU);
  EXPECT_EQ(parse_uuid(kSmall), uuid);
  std::string text(kUuidTextBytes, ' ');
  write_uuid(*uuid, text.data());
  EXPECT_EQ(text, kSmall);
  EXPECT_TRUE(has_capitals(kLarge));
  EXPECT_FALSE(has_capitals(kSmall));
}

TEST(EventId, ABadCharacterAnywhereMakesItNoUuid) {
  for (std::size_t at = 0; at < kUuidTextBytes; ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text(kSmall);
      text[at] = static_cast<char>(byte);
      const bool dash = kSmall[at] == '-';
      const bool fits = dash ? byte == '-' : byte < 128 && std::isxdigit(byte) != 0;
      EXPECT_EQ(parse_uuid(text).has_value(), fits) << text;
    }
  }
  EXPECT_FALSE(parse_uuid("7b5ed1eb83df4255a28387fd4140b95e"));
  EXPECT_FALSE(parse_uuid("{7b5ed1eb-83df-4255-a283-87fd4140b95e}"));
  EXPECT_FALSE(parse_uuid(""));
}

TEST(IdHash, AUuidHashesTheSameInAnyCaseAndATextDoesNot) {
  const IdHasher hasher{key_of(1)};
  EXPECT_EQ(hasher.hash(ProjectId::Default, kSmall), hasher.hash(ProjectId::Default, kLarge));
  EXPECT_EQ(hasher.hash(ProjectId::Default, kSmall),
            hasher.hash(ProjectId::Default, *parse_uuid(kSmall)));
  EXPECT_NE(hasher.hash(ProjectId::Default, "a"), hasher.hash(ProjectId::Default, "A"));
  EXPECT_NE(hasher.hash_text(ProjectId::Default, kSmall),
            hasher.hash(ProjectId::Default, *parse_uuid(kSmall)));
}

TEST(IdHash, KeyProjectAndEveryByteCount) {
  const IdHasher hasher{key_of(1)};
  EXPECT_NE(hasher.hash(ProjectId::Default, "a"),
            IdHasher{key_of(2)}.hash(ProjectId::Default, "a"));
  EXPECT_NE(hasher.hash(ProjectId{1}, "a"), hasher.hash(ProjectId::Default, "a"));
  std::set<IdHash> seen;
  std::string id;
  for (std::size_t size = 1; size <= kEventIdBytesMax; ++size) {
    id.push_back('x');
    EXPECT_TRUE(seen.insert(hasher.hash(ProjectId::Default, id)).second);
    std::string last = id;
    last.back() = 'y';
    EXPECT_TRUE(seen.insert(hasher.hash(ProjectId::Default, last)).second);
  }
}

// These values are on the disks of users: a change here loses what they know.
TEST(IdHash, ItsValuesNeverChange) {
  IdHasher::Key key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
  const IdHasher hasher{key};
  const IdHash uuid = hasher.hash(ProjectId::Default, kSmall);
  EXPECT_EQ(uuid.high, 0x99b11d1e531d8020U);
  EXPECT_EQ(uuid.low, 0xc1a199c6de5ddaa5U);
  const IdHash text = hasher.hash(ProjectId{7}, "order-1");
  EXPECT_EQ(text.high, 0x7e2b1c15fa3744eaU);
  EXPECT_EQ(text.low, 0x541ef6dd86c82483U);
  const IdHash longest = hasher.hash(ProjectId::Default, std::string(kEventIdBytesMax, 'z'));
  EXPECT_EQ(longest.high, 0x0b1a6102674f37f5U);
  EXPECT_EQ(longest.low, 0xaa56d86a65e6476eU);
}

}  // namespace
}  // namespace tidemark::event
