// What no worker could store: kept with its reason in the step that acknowledges it, and there
// until somebody replays or drops it.

#include "journal/redis/dead_letters.hpp"

#include <optional>
#include <set>

#include <gtest/gtest.h>

#include "journal/redis/figures.hpp"
#include "support/redis_queue.hpp"

namespace tidemark::journal::redis {
namespace {

using base::ErrorCode;
using testing_support::kNoWait;
using testing_support::QueueTest;
using namespace std::chrono_literals;

struct DeadLettersTest : QueueTest {
  void SetUp() override {
    QueueTest::SetUp();
    auto opened = clients::redis::Connection::open(address(), {});
    ASSERT_TRUE(opened) << opened.error().message();
    connection.emplace(std::move(*opened));
  }

  DeadLetters letters() { return {*connection, streams}; }

  /// Appends one entry and buries it whole.
  void bury(const std::string& payload, const std::string& error) {
    append_all({payload});
    auto worker = consumer("worker");
    const auto entries = worker.read({}, kNoWait);
    ASSERT_TRUE(entries && entries->size() == 1);
    const Burial burial{.payload = payload, .error = error, .tries = 5};
    const auto buried = worker.bury(entries->front(), std::span(&burial, 1));
    ASSERT_TRUE(buried) << buried.error().message();
  }

  std::optional<clients::redis::Connection> connection;
};

TEST_F(DeadLettersTest, ALetterTellsWhatWhyHowOftenAndWhen) {
  append_all({"good and bad"});
  auto worker = consumer("worker");
  const auto entries = worker.read({}, kNoWait);
  ASSERT_TRUE(entries && entries->size() == 1);
  const Burial parts[] = {
      {.payload = std::string_view("bad\0one", 7), .error = "no such day", .tries = 7},
      {.payload = "bad two", .error = std::string_view(), .tries = 1}};
  ASSERT_TRUE(worker.bury(entries->front(), parts));
  EXPECT_EQ(open_bytes(), "0");
  EXPECT_TRUE(worker.claim({}, 0ms)->empty());
  const auto listed = letters().list({});
  ASSERT_TRUE(listed) << listed.error().message();
  ASSERT_EQ(listed->size(), 2U);
  const auto& letter = listed->front();
  EXPECT_EQ(letter.payload, parts[0].payload);
  EXPECT_EQ(letter.payload_bytes, 7U);
  EXPECT_EQ(letter.error, "no such day");
  EXPECT_EQ(letter.tries, 7U);
  EXPECT_EQ(letter.origin, entries->front().position);
  EXPECT_GE(letter.place.time(), letter.origin.time());
  EXPECT_EQ(listed->back().error, "");
}

TEST_F(DeadLettersTest, WhatAnotherWorkerHasAcknowledgedLeavesNoLetter) {
  append_all({"a"});
  auto slow = consumer("slow");
  const auto entries = slow.read({}, kNoWait);
  ASSERT_TRUE(entries && entries->size() == 1);
  ASSERT_TRUE(consumer("fast").acknowledge(*entries));
  const Burial burial{.payload = "a", .error = "bad"};
  EXPECT_TRUE(slow.bury(entries->front(), std::span(&burial, 1)));
  EXPECT_TRUE(letters().list({})->empty());
  EXPECT_EQ(open_bytes(), "0");
}

TEST_F(DeadLettersTest, AReplayedLetterIsInTheQueueAndNoLongerHere) {
  bury("payload", "the database was full");
  const auto listed = letters().list({});
  ASSERT_EQ(listed->size(), 1U);
  const auto place = listed->front().place;
  const auto position = letters().replay(place);
  ASSERT_TRUE(position) << position.error().message();
  EXPECT_TRUE(letters().list({})->empty());
  EXPECT_EQ(open_bytes(), "7");
  auto worker = consumer("worker");
  const auto entries = worker.read({}, kNoWait);
  ASSERT_TRUE(entries && entries->size() == 1);
  EXPECT_EQ(entries->front().payload, "payload");
  EXPECT_EQ(entries->front().position, *position);
  EXPECT_EQ(letters().replay(place).error().code(), ErrorCode::NotFound);
}

TEST_F(DeadLettersTest, AFullQueueTakesNoReplayAndTheLetterStays) {
  streams.bytes_max = 3;
  bury("payload", "bad");
  append_all({"full"});
  const auto listed = letters().list({});
  ASSERT_EQ(listed->size(), 1U);
  const auto refused = letters().replay(listed->front().place);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Overloaded);
  EXPECT_EQ(letters().list({})->size(), 1U);
}

TEST_F(DeadLettersTest, ADroppedLetterIsGone) {
  bury("a", "bad");
  const auto place = letters().list({})->front().place;
  EXPECT_TRUE(letters().drop(place));
  EXPECT_TRUE(letters().list({})->empty());
  EXPECT_EQ(letters().drop(place).error().code(), ErrorCode::NotFound);
  EXPECT_EQ(letters().drop({.shard = 99}).error().code(), ErrorCode::NotFound);
  EXPECT_EQ(letters().replay({.shard = 99}).error().code(), ErrorCode::NotFound);
}

TEST_F(DeadLettersTest, PagesFollowOneAnotherOverTheShardsAndPayloadsAreCut) {
  streams.shards = 3;
  append_all({"entry 1", "entry 2", "entry 3", "entry 4", "entry 5", "entry 6", "entry 7"});
  auto worker = consumer("worker");
  const auto entries = worker.read({}, kNoWait);
  ASSERT_TRUE(entries && entries->size() == 7);
  for (const auto& entry : *entries) {
    const Burial burial{.payload = entry.payload, .error = "bad"};
    ASSERT_TRUE(worker.bury(entry, std::span(&burial, 1)));
  }
  std::set<event::EntryId> seen;
  DeadLetters::Page page{.letters_max = 2, .payload_bytes_max = 5};
  for (;;) {
    const auto listed = letters().list(page);
    ASSERT_TRUE(listed) << listed.error().message();
    ASSERT_LE(listed->size(), 2U);
    for (const auto& letter : *listed) {
      EXPECT_EQ(letter.payload, "entry");
      EXPECT_EQ(letter.payload_bytes, 7U);
      EXPECT_TRUE(seen.insert(letter.place).second);
      page.after = letter.place;
    }
    if (listed->size() < 2) break;
  }
  EXPECT_EQ(seen.size(), 7U);
}

TEST_F(DeadLettersTest, OverTheBoundNothingIsBuriedAndNothingLost) {
  streams.dead_letters_max = 1;
  append_all({"a"});
  auto worker = consumer("worker");
  const auto entries = worker.read({}, kNoWait);
  ASSERT_TRUE(entries && entries->size() == 1);
  const Burial parts[] = {{.payload = "a", .error = "bad"}, {.payload = "b", .error = "bad"}};
  const auto refused = worker.bury(entries->front(), parts);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Overloaded);
  EXPECT_TRUE(letters().list({})->empty());
  EXPECT_EQ(worker.claim({}, 0ms)->size(), 1U);
  EXPECT_TRUE(worker.bury(entries->front(), std::span(parts).first(1)));
  EXPECT_EQ(queue_figures(*connection, streams)->dead_letters, 1U);
}

TEST_F(DeadLettersTest, ALongReasonIsCut) {
  bury("a", std::string(kBurialErrorBytesMax + 1, 'x'));
  EXPECT_EQ(letters().list({})->front().error.size(), kBurialErrorBytesMax);
}

}  // namespace
}  // namespace tidemark::journal::redis
