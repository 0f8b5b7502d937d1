// Who waits for a position is sent away in time, and at once when the service stops.

#include "api/position_waiters.hpp"

#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace tidemark::api {
namespace {

using base::ErrorCode;
using std::chrono::milliseconds;

struct PositionWaitersTest : testing::Test {
  /// The answers of waiters, in the order in which they came.
  std::vector<std::optional<base::Error>> answers;
  PositionWaiters waiters;
  const PositionWaiters::Clock::time_point begin{};

  void add(event::Sequence position, milliseconds after = {}) {
    waiters.add(position, begin + after, [this](const base::Status& status) {
      answers.push_back(status ? std::nullopt : std::optional(status.error()));
    });
  }
};

TEST_F(PositionWaitersTest, HearWhenTheirPositionIsReached) {
  add(5);
  add(9);
  waiters.reached(5);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_FALSE(answers[0]);
  add(5);
  EXPECT_EQ(answers.size(), 2U) << "at once";
}

TEST_F(PositionWaitersTest, AreSentAwayWithinTenSecondsByWhoeverComesWhenToldTo) {
  add(5);
  add(6, milliseconds(700));
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

TEST_F(PositionWaitersTest, AreAllSentAwayWhenTheServiceStopsAndSoIsWhoComesLater) {
  add(5);
  add(6);
  waiters.close();
  add(7);
  ASSERT_EQ(answers.size(), 3U);
  for (const auto& answer : answers) {
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->code(), ErrorCode::Unavailable);
    EXPECT_EQ(answer->message(), "the service is stopping");
  }
  waiters.reached(9);
  EXPECT_EQ(answers.size(), 3U) << "each hears once";
}

}  // namespace
}  // namespace tidemark::api
