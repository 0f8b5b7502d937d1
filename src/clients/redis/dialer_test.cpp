// Pauses between attempts: how they grow, that they are not in step, and that they end.

#include "clients/redis/dialer.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace tidemark::clients::redis {
namespace {

using base::Error;
using base::ErrorCode;
using namespace std::chrono_literals;

TEST(PausesTest, DoubleUntilTheLongestEachBetweenHalfAndWhole) {
  Pauses pauses({.first = 100ms, .most = 1'000ms}, 1);
  for (const auto whole : {100ms, 200ms, 400ms, 800ms, 1'000ms, 1'000ms}) {
    const auto pause = pauses.next();
    EXPECT_GE(pause, whole / 2);
    EXPECT_LE(pause, whole);
  }
  pauses.reset();
  EXPECT_LE(pauses.next(), 100ms);
}

TEST(PausesTest, TwoClientsDoNotComeBackInStep) {
  std::set<std::int64_t> first_pauses;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    first_pauses.insert(Pauses({.first = 1'000ms, .most = 1'000ms}, seed).next().count());
  }
  EXPECT_GT(first_pauses.size(), 10U);
}

struct DialerTest : testing::Test {
  Dialer::Clock::time_point now{1h};
  Dialer dialer{
      {}, {.pauses = {.first = 100ms, .most = 10s}, .seed = 1, .now = [this] { return now; }}};
  const Error away{ErrorCode::Unavailable, "away"};
};

TEST_F(DialerTest, AfterAFailureItIsNotReadyUntilThePauseIsOver) {
  EXPECT_TRUE(dialer.ready());
  dialer.note(away);
  const auto refused = dialer.ready();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "away");
  now += 49ms;
  EXPECT_FALSE(dialer.ready());
  now += 51ms;
  EXPECT_TRUE(dialer.ready());
}

TEST_F(DialerTest, ASecondFailureWaitsLongerAndASuccessForgetsBoth) {
  dialer.note(away);
  now = dialer.retry_at();
  dialer.note(away);
  EXPECT_GE(dialer.retry_at() - now, 100ms);
  dialer.note(base::ok);
  EXPECT_TRUE(dialer.ready());
  dialer.note(away);
  EXPECT_LE(dialer.retry_at() - now, 100ms);
}

TEST_F(DialerTest, AttemptsThatFailTogetherAreOneFailure) {
  dialer.note(away);
  const auto retry_at = dialer.retry_at();
  for (int i = 0; i < 10; ++i) dialer.note(away);
  EXPECT_EQ(dialer.retry_at(), retry_at);
}

}  // namespace
}  // namespace tidemark::clients::redis
