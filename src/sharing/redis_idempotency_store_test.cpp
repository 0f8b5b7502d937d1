// What a repeated Idempotency-Key hears, to whatever process it is sent, and what is left behind by
// processes and servers that die.

#include "sharing/redis_idempotency_store.hpp"

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "clients/redis/connection.hpp"
#include "support/redis_server.hpp"

namespace tidemark::sharing {
namespace {

using Looked = ingest::IdempotencyStore::Looked;
using Verdict = ingest::IdempotencyStore::Verdict;
using base::ErrorCode;
using testing_support::RedisServer;
using namespace std::chrono_literals;

constexpr auto kPatience = 60s;
constexpr event::IdHash kBody{1, 2};
constexpr event::IdHash kOtherBody{3, 4};

struct SharedAnswersTest : testing::Test {
  void SetUp() override { ASSERT_TRUE(server.running()) << server.said(); }

  /// As another process would have them.
  [[nodiscard]] std::unique_ptr<RedisIdempotencyStore> answers(
      RedisIdempotencyStore::Options options) const {
    auto made = std::make_unique<RedisIdempotencyStore>(
        *clients::redis::parse_address(server.url()), options);
    EXPECT_TRUE(made->wait_until_up(kPatience));
    return made;
  }
  [[nodiscard]] std::unique_ptr<RedisIdempotencyStore> answers() const {
    return answers({.redis_answer_max = kPatience});
  }
  static base::Result<Looked> try_begin(RedisIdempotencyStore& answers, std::string_view key,
                                        event::IdHash request = kBody) {
    std::promise<base::Result<Looked>> told;
    answers.begin(key, request,
                  [&](base::Result<Looked> looked) { told.set_value(std::move(looked)); });
    return told.get_future().get();
  }
  static Looked begin(RedisIdempotencyStore& answers, std::string_view key,
                      event::IdHash request = kBody) {
    auto looked = try_begin(answers, key, request);
    EXPECT_TRUE(looked) << looked.error().message();
    return looked ? *std::move(looked) : Looked{};
  }
  static void finish(RedisIdempotencyStore& answers, std::string_view key, std::uint64_t use,
                     std::string body = "{}") {
    std::promise<void> done;
    answers.finish(key, use,
                   {.status = 202, .content_type = "application/json", .body = std::move(body)},
                   [&] { done.set_value(); });
    done.get_future().wait();
  }
  /// A number that the server answers.
  [[nodiscard]] std::int64_t number(std::initializer_list<std::string_view> command) const {
    auto connection =
        clients::redis::Connection::open(*clients::redis::parse_address(server.url()), {});
    if (!connection) return -1;
    const auto reply = connection->command(command);
    return reply ? reply->integer : -1;
  }

  RedisServer server{{{"appendonly", "no"}}};
};

TEST_F(SharedAnswersTest, TheSameRequestHearsTheFirstAnswerFromEveryProcess) {
  const auto one = answers();
  const auto other = answers();
  const auto first = begin(*one, "k");
  ASSERT_EQ(first.verdict, Verdict::Begin);
  EXPECT_EQ(begin(*other, "k").verdict, Verdict::Running);
  const std::string body("{\"a\":\0\xff}\r\n", 10);
  finish(*one, "k", first.use, body);
  for (auto* answers : {one.get(), other.get()}) {
    const auto again = begin(*answers, "k");
    ASSERT_EQ(again.verdict, Verdict::Repeat);
    EXPECT_EQ(again.answer->status, 202);
    EXPECT_EQ(again.answer->content_type, "application/json");
    EXPECT_EQ(again.answer->body, body);
  }
  EXPECT_EQ(other->figures().keys, 1U);
}

TEST_F(SharedAnswersTest, AnotherRequestWithTheKeyIsToldSoWhileTheFirstRunsToo) {
  const auto one = answers();
  const auto other = answers();
  const auto first = begin(*one, "k");
  EXPECT_EQ(begin(*other, "k", kOtherBody).verdict, Verdict::Different);
  finish(*one, "k", first.use);
  EXPECT_EQ(begin(*other, "k", kOtherBody).verdict, Verdict::Different);
}

TEST_F(SharedAnswersTest, OfManyThatAskAtOnceOneBegins) {
  std::vector<std::unique_ptr<RedisIdempotencyStore>> processes;
  for (int p = 0; p < 2; ++p) processes.push_back(answers());
  for (int round = 0; round < 20; ++round) {
    const auto key = "k" + std::to_string(round);
    std::atomic<int> begun = 0;
    std::vector<std::thread> threads;
    for (auto& process : processes) {
      for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, answers = process.get()] {
          const auto looked = begin(*answers, key);
          if (looked.verdict != Verdict::Begin) return;
          ++begun;
          finish(*answers, key, looked.use);
        });
      }
    }
    for (auto& thread : threads) thread.join();
    ASSERT_EQ(begun, 1) << key;
  }
}

TEST_F(SharedAnswersTest, ARequestThatWasNotCarriedOutMayBeginAgain) {
  const auto one = answers();
  const auto other = answers();
  const auto first = begin(*one, "k");
  one->forget("k", first.use);
  begin(*one, "behind it");  // the calls of one process are done in their order
  EXPECT_EQ(begin(*other, "k", kOtherBody).verdict, Verdict::Begin);
}

TEST_F(SharedAnswersTest, AUseThatIsOverTouchesNoLaterOne) {
  const auto one = answers();
  const auto first = begin(*one, "k");
  one->forget("k", first.use);
  const auto second = begin(*one, "k", kOtherBody);
  finish(*one, "k", first.use);
  one->forget("k", first.use);
  EXPECT_EQ(begin(*one, "k", kOtherBody).verdict, Verdict::Running);
  finish(*one, "k", second.use);
  one->forget("k", second.use);
  EXPECT_EQ(begin(*one, "k", kOtherBody).verdict, Verdict::Repeat);
}

TEST_F(SharedAnswersTest, AUseWhoseProcessDiedEndsByItself) {
  begin(*answers({.running_max = 20ms, .redis_answer_max = kPatience}), "k");
  const auto other = answers();
  for (;;) {
    const auto verdict = begin(*other, "k", kBody).verdict;
    if (verdict == Verdict::Begin) break;
    ASSERT_EQ(verdict, Verdict::Running);
  }
  EXPECT_EQ(other->figures().keys, 1U);
}

TEST_F(SharedAnswersTest, AnAnswerIsForgottenAtItsAge) {
  const auto brief = answers({.age_max = 20ms, .redis_answer_max = kPatience});
  finish(*brief, "k", begin(*brief, "k").use);
  for (;;) {
    const auto looked = begin(*brief, "k");
    if (looked.verdict == Verdict::Begin) break;
    ASSERT_EQ(looked.verdict, Verdict::Repeat);
  }
  EXPECT_EQ(brief->figures().dropped, 0U);
}

TEST_F(SharedAnswersTest, BeyondItsKeysTheOldestOfAllProcessesGoes) {
  const RedisIdempotencyStore::Options few{.keys_max = 3, .redis_answer_max = kPatience};
  const auto one = answers(few);
  const auto other = answers(few);
  for (int i = 0; i < 10; ++i) {
    auto& answers = i % 2 == 0 ? *one : *other;
    const auto key = "k" + std::to_string(i);
    finish(answers, key, begin(answers, key).use);
    EXPECT_LE(number({"ZCARD", "tidemark:idempotency-index"}), 3);
  }
  EXPECT_EQ(one->figures().dropped + other->figures().dropped, 7U);
  EXPECT_EQ(number({"DBSIZE"}), 3 + 2) << "three records, index and sizes";
  EXPECT_EQ(begin(*one, "k9").verdict, Verdict::Repeat);
  EXPECT_EQ(begin(*one, "k0").verdict, Verdict::Begin);
}

TEST_F(SharedAnswersTest, TheirBytesAreBoundedAndAddUp) {
  const auto one = answers({.bytes_max = 10'000, .redis_answer_max = kPatience});
  for (int i = 0; i < 30; ++i) {
    const auto key = "k" + std::to_string(i % 20);
    const auto looked = begin(*one, key);
    if (looked.verdict != Verdict::Begin) continue;
    if (i % 5 == 0) {
      one->forget(key, looked.use);
    } else {
      finish(*one, key, looked.use, std::string(static_cast<std::size_t>(i) * 100, 'x'));
    }
  }
  EXPECT_EQ(begin(*one, "k9").verdict, Verdict::Repeat) << "the last one";
  const auto told = number({"EVAL",
                            "local sum, said = 0, tonumber(redis.call('HGET', KEYS[1], 'sum')) "
                            "for _, size in ipairs(redis.call('HVALS', KEYS[1])) do "
                            "sum = sum + size end "
                            "return sum == 2 * said and said or -2",
                            "1", "tidemark:idempotency-sizes"});
  EXPECT_GT(told, 0) << "the sum is not that of the sizes";
  EXPECT_LE(told, 10'000);
  EXPECT_GT(one->figures().dropped, 0U);
}

TEST_F(SharedAnswersTest, AnAnswerThatIsTooLargeFreesItsKey) {
  const auto one = answers({.answer_bytes_max = 100, .redis_answer_max = kPatience});
  finish(*one, "k", begin(*one, "k").use, std::string(101, 'x'));
  EXPECT_EQ(begin(*one, "k").verdict, Verdict::Begin);
  EXPECT_EQ(one->figures().not_kept, 1U);
}

TEST_F(SharedAnswersTest, WithoutRedisNothingIsBegunAndFinishingStillReturns) {
  const auto one = answers();
  const auto first = begin(*one, "k");
  server.kill();
  for (int i = 0; i < 2; ++i) {
    const auto refused = try_begin(*one, "other");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  }
  finish(*one, "k", first.use);
  EXPECT_EQ(one->figures().not_kept, 1U);
  ASSERT_TRUE(server.start()) << server.said();
  ASSERT_TRUE(one->wait_until_up(kPatience));
  EXPECT_EQ(begin(*one, "k").verdict, Verdict::Begin);
}

/// A server that hung did what it was told later: nobody may hear Running for minutes for that.
TEST_F(SharedAnswersTest, WhatWasBegunUnheardIsTakenBack) {
  const auto hasty = answers({.redis_answer_max = 20ms});
  while (!try_begin(*hasty, "first")) continue;  // the server knows the script from then on
  server.freeze();
  const auto unheard = try_begin(*hasty, "k");
  ASSERT_FALSE(unheard);
  EXPECT_EQ(unheard.error().code(), ErrorCode::Unavailable);
  server.thaw();
  const auto other = answers();
  for (;;) {
    // Whoever repeats the request sends one of the calls that the server answers.
    if (!try_begin(*hasty, "any")) continue;
    if (begin(*other, "k", kOtherBody).verdict == Verdict::Begin) break;
  }
}

TEST_F(SharedAnswersTest, AFinishThatWasNotHeardLeavesNothingRunning) {
  const auto hasty = answers({.redis_answer_max = 20ms});
  std::optional<std::uint64_t> use;
  while (!use) {
    const auto looked = try_begin(*hasty, "k");
    if (looked && looked->verdict == Verdict::Begin) use = looked->use;
  }
  server.freeze();
  finish(*hasty, "k", *use);
  server.thaw();
  const auto other = answers();
  for (;;) {
    if (!try_begin(*hasty, "any")) continue;
    const auto verdict = begin(*other, "k").verdict;
    // Which one depends on whether the server did what it was told before the wait was over.
    if (verdict == Verdict::Begin || verdict == Verdict::Repeat) break;
  }
}

}  // namespace
}  // namespace tidemark::sharing
