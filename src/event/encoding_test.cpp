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
  StoredRows stored;
};

void add(StoredRows& rows, ProjectId project, const Row& row, base::Micros received_at) {
  StoredRow stored;
  static_cast<Row&>(stored) = row;
  stored.sequence = 40 + rows.size();
  stored.received_at = received_at;
  rows.add(project, stored);
}

Encoded encode_two_portions() {
  static const Row kA = row("7b5ed1eb-83df-4255-a283-87fd4140b95e", "1", 5);
  static const Row kB = row("b", "00001", 7);
  static const Row kC = row("c", "ü", 9);
  Encoded encoded;
  add(encoded.stored, ProjectId::Default, kA, 100);
  add(encoded.stored, ProjectId::Default, kB, 100);
  add(encoded.stored, ProjectId{3}, kC, 200);
  encoded.bytes.resize(encoded_bytes(encoded.stored));
  encode(encoded.stored, encoded.bytes);
  return encoded;
}

TEST(Encoding, TheRowsPointIntoTheRecordAndAreReadBack) {
  const Encoded encoded = encode_two_portions();
  ASSERT_EQ(encoded.stored.size(), 3U);
  const auto* begin = reinterpret_cast<const char*>(encoded.bytes.data());
  for (const StoredRow& stored : encoded.stored.rows()) {
    EXPECT_GE(stored.id.data(), begin);
    EXPECT_LE(stored.properties.data() + stored.properties.size(), begin + encoded.bytes.size());
  }

  const auto read = decode(encoded.bytes, 40, hasher());
  ASSERT_TRUE(read) << read.error().message();
  const auto pieces = read->pieces();
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[0].project, ProjectId::Default);
  EXPECT_EQ(pieces[1].project, ProjectId{3});
  const StoredRow& b = pieces[0].rows[1];
  EXPECT_EQ(b.id, "b");
  EXPECT_EQ(b.user_id, "00001");
  EXPECT_EQ(b.event_type, "login");
  EXPECT_EQ(b.properties, R"({"country":"PL"})");
  EXPECT_EQ(b.occurred_at, 7);
  EXPECT_EQ(b.received_at, 100);
  EXPECT_EQ(b.sequence, 41U);
  EXPECT_EQ(b.id_hash, encoded.stored.rows()[1].id_hash);
  EXPECT_EQ(pieces[1].rows[0].sequence, 42U);
  EXPECT_EQ(pieces[1].rows[0].user_id, "ü");
}

TEST(Encoding, RowsOfProjectsInTurnsKeepTheirOrder) {
  StoredRows rows;
  const Row kRow = row("a", "1", 5);
  for (std::uint32_t i = 0; i < 6; ++i) add(rows, ProjectId{i % 2}, kRow, 100 + i / 3);
  std::vector<std::byte> bytes(encoded_bytes(rows));
  encode(rows, bytes);
  const auto read = decode(bytes, 40, hasher());
  ASSERT_TRUE(read) << read.error().message();
  ASSERT_EQ(read->pieces().size(), 6U);
  for (std::uint32_t i = 0; i < 6; ++i) {
    const auto piece = read->pieces()[i];
    EXPECT_EQ(piece.project, ProjectId{i % 2});
    ASSERT_EQ(piece.rows.size(), 1U);
    EXPECT_EQ(piece.rows[0].sequence, 40 + i);
    EXPECT_EQ(piece.rows[0].received_at, 100 + i / 3);
  }
}

TEST(Encoding, AContentThatIsCutAnywhereIsCorruptOrWhole) {
  const Encoded encoded = encode_two_portions();
  for (std::size_t size = 0; size < encoded.bytes.size(); ++size) {
    // A copy of exactly that size, so that the sanitizer sees any byte read beyond it.
    const std::vector<std::byte> cut(encoded.bytes.begin(),
                                     encoded.bytes.begin() + static_cast<std::ptrdiff_t>(size));
    const auto read = decode(cut, 0, hasher());
    // Cut between two portions it is a shorter content; the record's checksum is what tells.
    EXPECT_TRUE(read ? read->size() < 3 : read.error().code() == base::ErrorCode::Corrupt) << size;
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
