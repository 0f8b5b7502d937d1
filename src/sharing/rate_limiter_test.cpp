// Two limiters that share a Redis are one, and without it each is one by itself.

#include "sharing/rate_limiter.hpp"

#include <future>
#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "clients/redis/connection.hpp"
#include "support/redis_server.hpp"

namespace tidemark::sharing {
namespace {

using http::RateDecision;
using testing_support::RedisServer;
using namespace std::chrono_literals;

constexpr auto kPatience = 60s;
constexpr base::Micros kNow = 1'700'000'000 * base::kMicrosPerSecond;

/// A documentation address, so none that is free.
http::Address address(std::uint8_t last) {
  http::Address made;
  made.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, last};
  return made;
}

struct SharedRateLimiterTest : testing::Test {
  void SetUp() override { ASSERT_TRUE(server.running()) << server.said(); }

  /// As another process would have one.
  [[nodiscard]] std::unique_ptr<RateLimiter> limiter(
      http::RateLimit limit, std::chrono::milliseconds answer_max = kPatience) const {
    auto made = std::make_unique<RateLimiter>(*clients::redis::parse_address(server.url()), limit,
                                              answer_max);
    EXPECT_TRUE(made->wait_until_up(kPatience));
    return made;
  }
  static RateDecision take(RateLimiter& limiter, const http::Address& from) {
    if (const auto decided = limiter.try_take(from, kNow)) return *decided;
    std::promise<RateDecision> told;
    limiter.take(from, kNow, [&](RateDecision decision) { told.set_value(decision); });
    return told.get_future().get();
  }

  RedisServer server{{{"appendonly", "no"}}};
  /// So slow that no token comes while a test runs.
  static constexpr http::RateLimit kFive{.per_second = 1e-4, .burst = 5};
};

TEST_F(SharedRateLimiterTest, TwoProcessesGiveOneLimit) {
  const auto one = limiter(kFive);
  const auto other = limiter(kFive);
  for (std::uint32_t left = 5; left-- > 0;) {
    const auto decision = take(left % 2 == 0 ? *one : *other, address(1));
    EXPECT_TRUE(decision.allowed);
    EXPECT_EQ(decision.left, left);
  }
  for (auto* limiter : {one.get(), other.get()}) {
    const auto refused = take(*limiter, address(1));
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.left, 0U);
    EXPECT_NEAR(refused.retry_after, 10'000, 60);
    EXPECT_NEAR(refused.seconds_to_full, 50'000, 60);
  }
  EXPECT_TRUE(take(*other, address(2)).allowed) << "another address has a bucket of its own";
  EXPECT_EQ(one->figures().decided_here, 0U);
}

TEST_F(SharedRateLimiterTest, WhatOneChargesIsGoneForTheOther) {
  const auto one = limiter(kFive);
  const auto other = limiter(kFive);
  const auto taken = take(*one, address(1));
  EXPECT_EQ(one->charge(address(1), kNow, 2, taken).left, 2U);
  EXPECT_EQ(take(*one, address(1)).left, 1U);  // asked behind the charge, on the same connection
  EXPECT_EQ(take(*other, address(1)).left, 0U);
  EXPECT_EQ(one->charge(address(1), kNow, 1'000, {.left = 0}).left, 0U);
  const auto refused = take(*one, address(1));
  EXPECT_FALSE(refused.allowed);
  EXPECT_NEAR(refused.seconds_to_full, 100'000, 60) << "no more is owed than twice the burst";
}

TEST_F(SharedRateLimiterTest, ManyThreadsOfManyProcessesGetNoTokenMore) {
  const http::RateLimit limit{.per_second = 1e-4, .burst = 100};
  std::vector<std::unique_ptr<RateLimiter>> processes;
  for (int p = 0; p < 3; ++p) processes.push_back(limiter(limit));
  std::atomic<int> allowed = 0;
  std::vector<std::thread> threads;
  for (auto& process : processes) {
    for (int t = 0; t < 3; ++t) {
      threads.emplace_back([&allowed, limiter = process.get()] {
        for (int i = 0; i < 50; ++i) allowed += take(*limiter, address(1)).allowed ? 1 : 0;
      });
    }
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(allowed, 100);
  for (const auto& process : processes) EXPECT_EQ(process->figures().decided_here, 0U);
}

TEST_F(SharedRateLimiterTest, TokensComeBackWithTime) {
  const auto fast = limiter({.per_second = 50, .burst = 1});
  EXPECT_TRUE(take(*fast, address(1)).allowed);
  while (!take(*fast, address(1)).allowed) std::this_thread::yield();
}

TEST_F(SharedRateLimiterTest, AFullBucketIsForgottenByTheServer) {
  const auto given = limiter(kFive);
  ASSERT_TRUE(take(*given, address(1)).allowed);
  auto connection =
      clients::redis::Connection::open(*clients::redis::parse_address(server.url()), {});
  ASSERT_TRUE(connection) << connection.error().message();
  const auto left = connection->command({"PTTL", "tidemark:rate:ffffc0000201"});
  ASSERT_TRUE(left) << left.error().message();
  EXPECT_NEAR(static_cast<double>(left->integer), 1e7, 6e4);
}

TEST_F(SharedRateLimiterTest, WithoutRedisEachLimitsByItselfAndThenTogetherAgain) {
  const auto one = limiter(kFive);
  const auto other = limiter(kFive);
  ASSERT_TRUE(take(*one, address(1)).allowed);
  server.kill();
  for (auto* limiter : {one.get(), other.get()}) {
    int allowed = 0;
    for (int i = 0; i < 20; ++i) allowed += take(*limiter, address(1)).allowed ? 1 : 0;
    EXPECT_EQ(allowed, 5);
    EXPECT_EQ(limiter->figures().decided_here, 20U);
  }
  ASSERT_TRUE(server.start()) << server.said();
  ASSERT_TRUE(one->wait_until_up(kPatience) && other->wait_until_up(kPatience));
  int allowed = 0;
  for (int i = 0; i < 10; ++i) allowed += take(i % 2 == 0 ? *one : *other, address(1)).allowed;
  EXPECT_EQ(allowed, 5) << "of a server that has forgotten, as one bucket";
}

TEST_F(SharedRateLimiterTest, AServerThatHangsHoldsUpNobodyForLong) {
  const auto given = limiter(kFive, 20ms);
  server.freeze();
  EXPECT_EQ(take(*given, address(1)).left, 4U);
  EXPECT_EQ(take(*given, address(1)).left, 3U);
  EXPECT_EQ(given->figures().decided_here, 2U);
  EXPECT_GE(given->figures().queue.lost, 1U);
}

TEST_F(SharedRateLimiterTest, AClockThatWasSetBackLeavesWhatMayBeOwedAtWorst) {
  auto connection =
      clients::redis::Connection::open(*clients::redis::parse_address(server.url()), {});
  ASSERT_TRUE(connection) << connection.error().message();
  ASSERT_TRUE(connection->command({"SET", "tidemark:rate:ffffc0000201", "9000000000000000"}));
  const auto refused = take(*limiter(kFive), address(1));
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.seconds_to_full, 100'000U) << "twice the burst";
  EXPECT_EQ(refused.retry_after, 60'000U);
}

TEST_F(SharedRateLimiterTest, LoopbackIsFreeAndThePolicyIsThatOfOneProcess) {
  const auto given = limiter({.per_second = 100, .burst = 200});
  http::Address loopback;
  loopback.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 127, 0, 0, 1};
  EXPECT_FALSE(given->applies_to(loopback));
  EXPECT_TRUE(given->applies_to(address(1)));
  EXPECT_EQ(given->policy(), http::LocalRateLimiter({.per_second = 100, .burst = 200}).policy());
}

}  // namespace
}  // namespace tidemark::sharing
