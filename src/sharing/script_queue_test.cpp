// What whoever asks Redis through the queue may count on: each call is answered once, whatever the
// server does, and nobody waits for one that is away.

#include "sharing/script_queue.hpp"

#include <atomic>
#include <future>
#include <memory>

#include <gtest/gtest.h>

#include "support/redis_server.hpp"

namespace tidemark::sharing {
namespace {

using base::ErrorCode;
using clients::redis::Reply;
using testing_support::RedisServer;
using namespace std::chrono_literals;

constexpr auto kPatience = 60s;

struct ScriptQueueTest : testing::Test {
  void SetUp() override { ASSERT_TRUE(server.running()) << server.said(); }

  [[nodiscard]] std::unique_ptr<ScriptQueue> queue(ScriptQueue::Options options = {}) const {
    options.purpose = "a test";
    options.meanwhile = "it waits";
    options.pauses = {.first = 1ms, .most = 1ms};
    return std::make_unique<ScriptQueue>(*clients::redis::parse_address(server.url()),
                                         clients::redis::Script(text), options);
  }
  static ScriptQueue::Call add(std::string by) {
    return {.keys = {"n"}, .values = {std::move(by)}};
  }
  static base::Result<Reply> ask(ScriptQueue& queue, ScriptQueue::Call call) {
    std::promise<base::Result<Reply>> answered;
    queue.ask(std::move(call),
              [&](base::Result<Reply> reply) { answered.set_value(std::move(reply)); });
    return answered.get_future().get();
  }
  /// Until the queue has noticed.
  static void await_away(const ScriptQueue& queue) {
    while (queue.up()) std::this_thread::yield();
  }

  std::string text = "return redis.call('INCRBY', KEYS[1], ARGV[1])";
  RedisServer server{{{"appendonly", "no"}}};
};

TEST_F(ScriptQueueTest, EachCallHearsItsOwnAnswer) {
  const auto asked = queue();
  ASSERT_TRUE(asked->wait_until_up(kPatience));
  const auto first = ask(*asked, add("5"));
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_EQ(first->integer, 5);
  const auto refused = ask(*asked, add("no number"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(ask(*asked, add("2"))->integer, 7);
  EXPECT_EQ(asked->figures().answered, 3U);
  EXPECT_EQ(asked->figures().lost, 0U);
}

TEST_F(ScriptQueueTest, WhatWaitsGoesTogetherAndNothingIsDoneTwice) {
  const auto asked = queue({.answer_max = kPatience});
  ASSERT_TRUE(asked->wait_until_up(kPatience));
  std::atomic<int> answered = 0;
  std::promise<void> all;
  constexpr int kThreads = 4;
  constexpr int kCalls = 500;
  server.freeze();  // so that calls gather, however the threads run
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kCalls; ++i) {
        asked->ask(add("1"), [&](const base::Result<Reply>& reply) {
          EXPECT_TRUE(reply);
          if (++answered == kThreads * kCalls) all.set_value();
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  server.thaw();
  all.get_future().wait();
  EXPECT_EQ(ask(*asked, add("0"))->integer, kThreads * kCalls);
  EXPECT_LT(asked->figures().exchanges, 20U);
}

TEST_F(ScriptQueueTest, BeyondItsBoundsItIsOverloadedAtOnce) {
  const auto asked = queue({.answer_max = kPatience, .calls_max = 2, .bytes_max = 100});
  ASSERT_TRUE(asked->wait_until_up(kPatience));
  const auto large = ask(*asked, add(std::string(100, '1')));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code(), ErrorCode::Overloaded);
  server.freeze();
  // Two that are under way at most, and two that wait: the fifth is one too many.
  std::atomic<int> overloaded = 0;
  std::atomic<int> good = 0;
  std::promise<void> all;
  for (int i = 0; i < 5; ++i) {
    asked->ask(add("1"), [&](const base::Result<Reply>& reply) {
      ++(reply ? good : overloaded);
      if (good + overloaded == 5) all.set_value();
    });
  }
  EXPECT_GE(overloaded, 1);
  server.thaw();
  all.get_future().wait();
  EXPECT_GE(good, 2);
  EXPECT_EQ(asked->figures().full, 1U + static_cast<unsigned>(overloaded));
}

TEST_F(ScriptQueueTest, AServerThatHangsIsLeftAloneAfterOneTimeOut) {
  const auto asked = queue({.answer_max = 20ms});
  ASSERT_TRUE(asked->wait_until_up(kPatience));
  server.freeze();
  const auto lost = ask(*asked, add("1"));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code(), ErrorCode::TimedOut);
  await_away(*asked);
  const auto away = ask(*asked, add("1"));
  ASSERT_FALSE(away);
  EXPECT_EQ(away.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(asked->figures().lost, 1U);
  server.thaw();
  ASSERT_TRUE(asked->wait_until_up(kPatience));
}

TEST_F(ScriptQueueTest, AServerThatWasStartedAgainIsFoundWithoutACall) {
  const auto asked = queue();
  ASSERT_TRUE(asked->wait_until_up(kPatience));
  server.kill();
  await_away(*asked);
  EXPECT_EQ(ask(*asked, add("1")).error().code(), ErrorCode::Unavailable);
  ASSERT_TRUE(server.start()) << server.said();
  ASSERT_TRUE(asked->wait_until_up(kPatience));
  EXPECT_TRUE(ask(*asked, add("1")));  // the script, which the server has forgotten, is sent again
  EXPECT_EQ(asked->figures().connects, 2U);
}

TEST_F(ScriptQueueTest, ItsEndAnswersWhoStillWaits) {
  auto asked = queue({.answer_max = 50ms});
  ASSERT_TRUE(asked->wait_until_up(kPatience));
  server.freeze();
  int answered = 0;
  for (int i = 0; i < 3; ++i)
    asked->ask(add("1"), [&](const auto& reply) {
      EXPECT_FALSE(reply);
      ++answered;
    });
  asked.reset();
  EXPECT_EQ(answered, 3);
}

TEST_F(ScriptQueueTest, WithoutAServerItIsAwayFromTheStart) {
  server.kill();
  const auto asked = queue();
  EXPECT_EQ(ask(*asked, add("1")).error().code(), ErrorCode::Unavailable);
  EXPECT_FALSE(asked->wait_until_up(1ms));
}

}  // namespace
}  // namespace tidemark::sharing
