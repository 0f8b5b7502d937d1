#include "api/waiting/stream_waiters.hpp"

#include <map>

#include <gtest/gtest.h>

namespace tidemark::api {
namespace {

using event::EntryId;

struct StreamWaitersTest : testing::Test {
  void wait_for(const query::Position& position) {
    waiters.add(position, now, [this](base::Status status) { told.push_back(std::move(status)); });
  }
  void look(std::uint64_t batch) {
    waiters.looked(
        batch,
        [this](std::span<const event::EntryId> entries)
            -> base::Result<std::vector<std::optional<std::uint64_t>>> {
          if (away) return base::Error{base::ErrorCode::Unavailable, "away"};
          std::vector<std::optional<std::uint64_t>> batches;
          for (const auto& entry : entries) {
            const auto at = committed.find(entry);
            batches.push_back(at == committed.end() ? std::nullopt : std::optional(at->second));
          }
          return batches;
        });
  }

  PositionWaiters::Clock::time_point now;
  std::map<event::EntryId, std::uint64_t> committed;
  bool away = false;
  int woken = 0;
  std::vector<base::Status> told;
  StreamWaiters waiters{4, [this] { ++woken; }};
};

TEST_F(StreamWaitersTest, AnEntryIsReachedWhenItsBatchIsVisible) {
  const event::EntryId entry{.shard = 3, .millis = 1'700, .number = 2};
  wait_for(entry);
  wait_for(entry);
  EXPECT_EQ(woken, 2);
  look(9);
  EXPECT_TRUE(told.empty());
  committed[entry] = 10;
  look(9);
  EXPECT_TRUE(told.empty()) << "committed, and not visible here";
  away = true;
  look(10);
  EXPECT_TRUE(told.empty());
  away = false;
  look(10);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_TRUE(told[0]);
  EXPECT_TRUE(told[1]);
}

TEST_F(StreamWaitersTest, ASequenceIsWaitedForToo) {
  wait_for(event::Sequence{5});
  look(100);
  EXPECT_TRUE(told.empty());
  waiters.reached(5);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0]);
}

TEST_F(StreamWaitersTest, NobodyWaitsForEver) {
  wait_for(event::EntryId{.shard = 0, .millis = 1, .number = 0});
  const auto next = waiters.expire(now);
  ASSERT_TRUE(next);
  EXPECT_EQ(*next, now + PositionWaiters::kPatienceMax);
  EXPECT_FALSE(waiters.expire(*next));
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].error().code(), base::ErrorCode::TimedOut);
}

TEST_F(StreamWaitersTest, AtTheEndEverybodyIsSentAway) {
  wait_for(event::EntryId{.shard = 0, .millis = 1, .number = 0});
  waiters.close();
  wait_for(event::EntryId{.shard = 0, .millis = 2, .number = 0});
  ASSERT_EQ(told.size(), 2U);
  for (const auto& status : told) EXPECT_EQ(status.error().code(), base::ErrorCode::Unavailable);
}

TEST_F(StreamWaitersTest, OnlySoManyWait) {
  for (std::size_t i = 0; i <= WaitingList<EntryId>::kWaitersMax; ++i) {
    wait_for(event::EntryId{.shard = 0, .millis = i, .number = 0});
  }
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].error().code(), base::ErrorCode::Overloaded);
}

TEST_F(StreamWaitersTest, AStreamThatIsNotHereIsNotKnown) {
  EXPECT_TRUE(waiters.knows(event::EntryId{.shard = 3, .millis = 1, .number = 0}));
  EXPECT_FALSE(waiters.knows(event::EntryId{.shard = 4, .millis = 1, .number = 0}));
  EXPECT_TRUE(waiters.knows(event::Sequence{7}));
}

}  // namespace
}  // namespace tidemark::api
