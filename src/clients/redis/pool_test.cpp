// A pool of connections to a real server: its bound, and what it does with the ones that broke.

#include "clients/redis/pool.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "support/redis_server.hpp"

namespace tidemark::clients::redis {
namespace {

using base::ErrorCode;
using testing_support::RedisServer;
using namespace std::chrono_literals;

struct PoolTest : testing::Test {
  void SetUp() override { ASSERT_TRUE(server.running()) << server.said(); }
  RedisServer server;
  Pool pool{
      *parse_address(server.url()),
      {.connections_max = 2, .wait_max = 20ms, .dialer = {.pauses = {.first = 1ms, .most = 1ms}}}};
};

TEST_F(PoolTest, WhatWasGivenBackIsUsedAgain) {
  for (int i = 0; i < 3; ++i) {
    auto lease = pool.borrow();
    ASSERT_TRUE(lease) << lease.error().message();
    EXPECT_TRUE((*lease)->command({"PING"}));
  }
  EXPECT_EQ(pool.figures().connects, 1U);
  EXPECT_EQ(pool.figures().idle, 1U);
  EXPECT_EQ(pool.figures().in_use, 0U);
}

TEST_F(PoolTest, OverItsBoundItIsOverloadedAndCounts) {
  const auto first = pool.borrow();
  const auto second = pool.borrow();
  ASSERT_TRUE(first && second);
  const auto third = pool.borrow();
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code(), ErrorCode::Overloaded);
  EXPECT_EQ(pool.figures().waited_in_vain, 1U);
  EXPECT_EQ(pool.figures().in_use, 2U);
}

TEST_F(PoolTest, OneThatIsGivenBackInTheMidstOfAnExchangeIsClosed) {
  {
    auto lease = pool.borrow();
    ASSERT_TRUE(lease);
    (*lease)->append({"ECHO", "for somebody else"});
  }
  EXPECT_EQ(pool.figures().idle, 0U);
  auto lease = pool.borrow();
  ASSERT_TRUE(lease);
  EXPECT_EQ((*lease)->command({"PING"})->text, "PONG");
}

TEST_F(PoolTest, AfterARestartItGivesOutNoDeadConnections) {
  {
    ASSERT_TRUE(pool.borrow());
  }
  server.kill();
  const auto away = pool.borrow();
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(pool.figures().in_use, 0U);
  ASSERT_TRUE(server.start()) << server.said();
  for (;;) {
    auto lease = pool.borrow();
    if (!lease) continue;  // the pause is not over
    EXPECT_TRUE((*lease)->command({"PING"}));
    break;
  }
}

TEST_F(PoolTest, ManyThreadsShareFewConnections) {
  Pool patient(*parse_address(server.url()), {.connections_max = 2, .wait_max = 60s});
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        auto lease = patient.borrow();
        if (lease && (*lease)->command({"INCR", "n"})) ++good;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 400);
  EXPECT_LE(patient.figures().idle, 2U);
  auto lease = patient.borrow();
  ASSERT_TRUE(lease);
  EXPECT_EQ((*lease)->command({"GET", "n"})->text, "400");
}

}  // namespace
}  // namespace tidemark::clients::redis
