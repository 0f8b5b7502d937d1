// A record's content: what was written is read, and nothing else is.
#include "event/encoding.hpp"

#include <cstring>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace tidemark::event {
namespace {

const IdHasher& hasher() {
  static const IdHasher kHasher{IdHasher::Key{}};
  return kHasher;
}

Row row(std::string_view id, std::string_view user, base::Micros at) {
  return {.id = id,
          .user_id = user,
          .event_type = "login",
          .properties = R"({"country":"PL"})",
          .occurred_at = at,
          .id_hash = hasher().hash(ProjectId::Default, id)};
}

struct Encoded {
  std::vector<std::byte> bytes;
  std::vector<StoredRow> stored;
};

Encoded encode_two_portions() {
  static const Row kA = row("7b5ed1eb-83df-4255-a283-87fd4140b95e", "1", 5);
  static const Row kB = row("b", "00001", 7);
  static const Row kC = row("c", "ü", 9);
  const std::vector<const Row*> first{&kA, &kB};
  const std::vector<const Row*> second{&kC};
  const std::vector<Portion> portions{
      {.project = ProjectId::Default, .received_at = 100, .rows = first},
      {.project = ProjectId{3}, .received_at = 200, .rows = second}};
  Encoded encoded;
  encoded.bytes.resize(encoded_bytes(portions));
  encode(portions, 40, encoded.bytes, encoded.stored);
  return encoded;
}

TEST(Encoding, TheRowsPointIntoTheRecordAndAreReadBack) {
  const Encoded encoded = encode_two_portions();
  ASSERT_EQ(encoded.stored.size(), 3U);
  const auto* begin = reinterpret_cast<const char*>(encoded.bytes.data());
  for (const StoredRow& stored : encoded.stored) {
    EXPECT_GE(stored.id.data(), begin);
    EXPECT_LE(stored.properties.data() + stored.properties.size(), begin + encoded.bytes.size());
  }

  const auto read = decode(encoded.bytes, 40, hasher());
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[1].project, ProjectId{3});
  const StoredRow& b = (*read)[0].rows[1];
  EXPECT_EQ(b.id, "b");
  EXPECT_EQ(b.user_id, "00001");
  EXPECT_EQ(b.event_type, "login");
  EXPECT_EQ(b.properties, R"({"country":"PL"})");
  EXPECT_EQ(b.occurred_at, 7);
  EXPECT_EQ(b.received_at, 100);
  EXPECT_EQ(b.sequence, 41U);
  EXPECT_EQ(b.id_hash, encoded.stored[1].id_hash);
  EXPECT_EQ((*read)[1].rows[0].sequence, 42U);
  EXPECT_EQ((*read)[1].rows[0].user_id, "ü");
}

TEST(Encoding, AContentThatIsCutAnywhereIsCorruptOrWhole) {
  const Encoded encoded = encode_two_portions();
  for (std::size_t size = 0; size < encoded.bytes.size(); ++size) {
    // A copy of exactly that size, so that the sanitizer sees any byte read beyond it.
    const std::vector<std::byte> cut(encoded.bytes.begin(),
                                     encoded.bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto read = decode(cut, 0, hasher());
    // Cut between two portions it is a shorter content; the record's checksum is what tells.
    EXPECT_TRUE(read ? read->size() < 2 : read.error().code() == base::ErrorCode::Corrupt) << size;
  }
}

TEST(Encoding, AnyBytesGiveRowsOrCorrupt) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  const Encoded encoded = encode_two_portions();
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::byte> bytes = encoded.bytes;
    for (int changes = 0; changes < 3; ++changes) {
      bytes[random() % bytes.size()] = static_cast<std::byte>(random());
    }
    const auto read = decode(bytes, 0, hasher());
    ASSERT_TRUE(read || read.error().code() == base::ErrorCode::Corrupt) << "seed " << seed;
  }
}

TEST(Encoding, AnUnknownVersionIsCorrupt) {
  Encoded encoded = encode_two_portions();
  encoded.bytes[0] = std::byte{2};
  const auto read = decode(encoded.bytes, 0, hasher());
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().message().find("version"), std::string::npos);
}

}  // namespace
}  // namespace tidemark::event
