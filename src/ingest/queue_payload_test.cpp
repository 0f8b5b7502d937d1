#include "ingest/queue_payload.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "event/encoding.hpp"

namespace tidemark::ingest {
namespace {

/// A batch that owns its texts.
struct Events {
  explicit Events(std::size_t count, std::string each = R"({"plan":"free"})") {
    texts.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      texts.push_back("event-" + std::to_string(i));
      batch.rows.push_back({.id = texts.back(),
                            .user_id = "ada",
                            .event_type = "login",
                            .properties = {},
                            .occurred_at = 1'700'000'000'000'000,
                            .id_hash = {}});
    }
    properties = std::move(each);
    for (auto& row : batch.rows) row.properties = properties;
    batch.received_at = 1'700'000'000'500'000;
  }

  std::vector<std::string> texts;
  std::string properties;
  event::Batch batch;
};

void expect_back(const Events& events, const std::string& payload) {
  const auto record = unpacked(payload);
  ASSERT_TRUE(record) << record.error().message();
  const event::IdHasher hasher(event::IdHasher::Key{});
  const auto rows = event::decode(std::as_bytes(std::span(*record)), 0, hasher);
  ASSERT_TRUE(rows) << rows.error().message();
  ASSERT_EQ(rows->pieces().size(), 1U);
  ASSERT_EQ(rows->size(), events.batch.rows.size());
  for (std::size_t i = 0; i < events.texts.size(); ++i) {
    EXPECT_EQ(rows->rows()[i].id, events.texts[i]);
    EXPECT_EQ(rows->rows()[i].properties, events.properties);
    EXPECT_EQ(rows->rows()[i].received_at, events.batch.received_at);
  }
}

TEST(QueuePayload, BringsABatchBack) {
  for (const std::size_t count : {1, 2, 20, 1'000}) {
    const Events events(count);
    expect_back(events, queue_payload(events.batch));
  }
}

TEST(QueuePayload, IsSmallerWhereEventsAreAlike) {
  const Events events(1'000);
  const auto payload = queue_payload(events.batch);
  const auto record = unpacked(payload);
  ASSERT_TRUE(record);
  EXPECT_LT(payload.size() * 3, record->size());
}

TEST(QueuePayload, IsNeverLargerThanTheRecord) {
  std::mt19937_64 random(7);
  std::string noise = R"({"noise":")";
  for (int i = 0; i < 4'000; ++i) noise += static_cast<char>('!' + 2 + random() % 56);  // no \ or "
  const Events events(1, noise + R"("})");
  const auto payload = queue_payload(events.batch);
  const auto record = unpacked(payload);
  ASSERT_TRUE(record);
  EXPECT_LE(payload.size(), record->size());
  expect_back(events, payload);
}

TEST(QueuePayload, ARecordOfBeforeIsTakenAsItIs) {
  const Events one(1);
  const auto record = queue_payload(one.batch);
  ASSERT_EQ(record.front(), '\1');
  EXPECT_EQ(*unpacked(record), record);
  EXPECT_EQ(*unpacked(""), "");
}

TEST(QueuePayload, WhatIsBrokenIsCorruptAndNothingElse) {
  const auto payload = queue_payload(Events(200).batch);
  ASSERT_EQ(payload.front(), 'Z');
  for (std::size_t length = 1; length < payload.size(); ++length) {
    const auto cut = unpacked(std::string_view(payload).substr(0, length));
    ASSERT_FALSE(cut) << length;
    EXPECT_EQ(cut.error().code(), base::ErrorCode::Corrupt);
  }
  std::mt19937_64 random(7);
  for (int round = 0; round < 2'000; ++round) {
    auto broken = payload;
    broken[random() % broken.size()] = static_cast<char>(random());
    const auto read = unpacked(broken);  // a sanitizer would tell of a step outside
    EXPECT_TRUE(read || read.error().code() == base::ErrorCode::Corrupt);
  }
}

TEST(QueuePayload, SaysNoToASizeThatCannotBe) {
  const std::string four_gigabytes("Z\xFF\xFF\xFF\xFF\0\0\0", 8);
  const auto read = unpacked(four_gigabytes);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message(),
            "a compressed entry of the queue of 8 bytes says that it holds 4294967295");
}

}  // namespace
}  // namespace tidemark::ingest
