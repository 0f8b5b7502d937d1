// Who waits for a position is sent away in time, and at once when the service stops.

#include "api/waiting/sequence_waiters.hpp"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace tidemark::api {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;

struct SequenceWaitersTest : testing::Test {
  /// The answers of waiters, in the order in which they came.
  std::vector<std::optional<base::Error>> answers;
  SequenceWaiters waiters;
  const PositionWaiters::Clock::time_point begin{};

  void add(const query::Position& position, milliseconds after = {}) {
    waiters.add(position, begin + after, [this](const base::Status& status) {
      answers.push_back(status ? std::nullopt : std::optional(status.error()));
    });
  }
};

TEST_F(SequenceWaitersTest, HearWhenTheirPositionIsReached) {
  add(event::Sequence{5});
  add(event::Sequence{9});
  waiters.reached(5);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_FALSE(answers[0]);
  add(event::Sequence{5});
  EXPECT_EQ(answers.size(), 2U) << "at once";
}

TEST_F(SequenceWaitersTest, AreSentAwayWithinTenSecondsByWhoeverComesWhenToldTo) {
  add(event::Sequence{5});
  add(event::Sequence{6}, milliseconds(700));
  auto next = waiters.expire(begin);
  while (answers.empty()) {
    ASSERT_TRUE(next);
    const auto now = *next;
    EXPECT_LT(now, begin + std::chrono::seconds(10));
    next = waiters.expire(now);
  }
  ASSERT_EQ(answers.size(), 1U) << "the other one still has time";
  EXPECT_EQ(answers[0]->code(), ErrorCode::TimedOut);
  ASSERT_TRUE(next);
  EXPECT_LT(*next, begin + std::chrono::milliseconds(10'700));
  EXPECT_FALSE(waiters.expire(*next)) << "nobody is left";
  EXPECT_EQ(answers.size(), 2U);
}

TEST_F(SequenceWaitersTest, AreAllSentAwayWhenTheServiceStopsAndSoIsWhoComesLater) {
  add(event::Sequence{5});
  add(event::Sequence{6});
  waiters.close();
  add(event::Sequence{7});
  ASSERT_EQ(answers.size(), 3U);
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->code(), ErrorCode::Unavailable);
    EXPECT_EQ(answer->message(), "the service is stopping");
  }
  waiters.reached(9);
  EXPECT_EQ(answers.size(), 3U) << "each hears once";
}

TEST_F(SequenceWaitersTest, APositionOfAnotherEpochIsNoneOfTheirs) {
  waiters.begin_epoch(7);
  waiters.reached(5);
  EXPECT_FALSE(waiters.knows(event::Sequence{3}));
  EXPECT_FALSE(waiters.knows(query::tagged(3, 8)));
  EXPECT_TRUE(waiters.knows(query::tagged(3, 7)));
  add(event::Sequence{3});
  add(query::tagged(5, 7));
  ASSERT_EQ(answers.size(), 2U);
  ASSERT_TRUE(answers[0]);
  EXPECT_EQ(answers[0]->code(), ErrorCode::InvalidInput);
  EXPECT_FALSE(answers[1]) << "visible already";
}

TEST_F(SequenceWaitersTest, APositionOfAQueueIsNoneOfTheirs) {
  const query::Position position = event::EntryId{.shard = 1, .millis = 2, .number = 3};
  EXPECT_FALSE(waiters.knows(position));
  EXPECT_TRUE(waiters.knows(event::Sequence{3}));
  add(position);
  ASSERT_EQ(answers.size(), 1U) << "at once";
  ASSERT_TRUE(answers[0]);
  EXPECT_EQ(answers[0]->code(), ErrorCode::InvalidInput);
}

}  // namespace
}  // namespace tidemark::api
