// Answers pass from one process to the other through a real Redis, and never where they are not
// those of this question at this position; without Redis nothing is found and nobody waits.

#include "sharing/redis_answer_cache.hpp"

#include <memory>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "clients/redis/connection.hpp"
#include "sharing/answer_encoding.hpp"
#include "support/redis_server.hpp"

namespace tidemark::sharing {
namespace {

using query::Answered;
using testing_support::RedisServer;
using namespace std::chrono_literals;

constexpr auto kPatience = 60s;

Answered answered(event::Sequence as_of, std::uint64_t count = 1,
                  const std::string& event_type = "e") {
  return {
      .answer = query::answer_of(query::TopEventsRows{{.event_type = event_type, .count = count}}),
      .engine = "rollup",
      .as_of = as_of};
}

struct SharedKeptAnswersTest : testing::Test {
  void SetUp() override { ASSERT_TRUE(server.running()) << server.said(); }

  /// As another process would have them.
  [[nodiscard]] std::unique_ptr<RedisAnswerCache> answers(RedisAnswerCache::Options options) const {
    return std::make_unique<RedisAnswerCache>(*clients::redis::parse_address(server.url()),
                                              options);
  }
  [[nodiscard]] std::unique_ptr<RedisAnswerCache> answers() const {
    return answers({.answer_max = kPatience, .rest = 0ms});
  }
  base::Result<clients::redis::Reply> command(std::initializer_list<std::string_view> words) const {
    auto connection =
        clients::redis::Connection::open(*clients::redis::parse_address(server.url()), {});
    if (!connection) return connection.error();
    return connection->command(words);
  }
  [[nodiscard]] std::string only_key() const {
    const auto keys = command({"KEYS", "*"});
    return keys && keys->items.size() == 1 ? keys->items[0].text : "";
  }

  RedisServer server{{{"appendonly", "no"}}};
};

TEST_F(SharedKeptAnswersTest, WhatOneProcessKeepsTheOtherFinds) {
  const auto one = answers();
  const auto other = answers();
  EXPECT_FALSE(other->find("q", 7));
  one->keep("q", answered(7, 42));
  const auto found = other->find("q", 7);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->answer, answered(7, 42).answer);
  EXPECT_EQ(found->engine, "rollup");
  EXPECT_EQ(found->as_of, 7U);
  EXPECT_EQ(other->figures().hits, 1U);
  EXPECT_EQ(other->figures().misses, 1U);
  EXPECT_EQ(one->figures().kept, 1U);
}

TEST_F(SharedKeptAnswersTest, AnotherPositionOrQuestionIsAnotherAnswer) {
  const auto one = answers();
  one->keep("q", answered(7, 1));
  EXPECT_FALSE(one->find("q", 8));
  EXPECT_FALSE(one->find("q2", 7));
  one->keep("q", answered(8, 2));
  EXPECT_EQ(one->find("q", 7)->answer, answered(7, 1).answer);
  EXPECT_EQ(one->find("q", 8)->answer, answered(8, 2).answer);
}

TEST_F(SharedKeptAnswersTest, DamagedBytesAndThoseOfAnotherPositionAreAMiss) {
  const auto one = answers();
  one->keep("q", answered(7));
  const auto key = only_key();
  const auto bytes = command({"GET", key});
  ASSERT_TRUE(bytes) << bytes.error().message();
  auto damaged = bytes->text;
  damaged[damaged.size() / 2] ^= 1;
  ASSERT_TRUE(command({"SET", key, damaged}));
  EXPECT_FALSE(one->find("q", 7));
  const auto other = "tidemark:answer:" + std::to_string(kAnswerEncodingVersion) + ":8:q";
  ASSERT_TRUE(command({"SET", other, bytes->text}));
  EXPECT_FALSE(one->find("q", 8));
  EXPECT_EQ(one->figures().damaged, 2U);
  EXPECT_EQ(one->figures().misses, 2U);
  EXPECT_EQ(one->figures().errors, 0U);
}

TEST_F(SharedKeptAnswersTest, AnAnswerHasAnAgeAndABound) {
  const auto one = answers({.answer_max = kPatience, .age_max = 1h, .answer_bytes_max = 200});
  one->keep("q", answered(7));
  const auto left = command({"PTTL", only_key()});
  ASSERT_TRUE(left) << left.error().message();
  EXPECT_NEAR(static_cast<double>(left->integer), 3.6e6, 6e4);
  const auto large = answered(8, 1, std::string(200, 'x'));
  one->keep("q", large);
  EXPECT_FALSE(one->find("q", 8));
  EXPECT_EQ(one->figures().too_large, 1U);
  EXPECT_EQ(one->figures().kept, 1U);
}

TEST_F(SharedKeptAnswersTest, WithoutRedisNothingIsFoundUntilItIsBack) {
  const auto one = answers();
  one->keep("q", answered(7));
  server.kill();
  EXPECT_FALSE(one->find("q", 7));
  one->keep("q", answered(7));
  EXPECT_EQ(one->figures().errors, 2U);
  ASSERT_TRUE(server.start()) << server.said();
  one->keep("q", answered(7));
  EXPECT_TRUE(one->find("q", 7));
  EXPECT_EQ(one->figures().kept, 2U);
}

TEST_F(SharedKeptAnswersTest, AServerThatHangsHoldsUpOneQuestionAndNotEach) {
  const auto one = answers({.answer_max = 20ms, .rest = std::chrono::hours(1)});
  server.freeze();
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(one->find("q", 7));
    one->keep("q", answered(7));
  }
  EXPECT_EQ(one->figures().errors, 1U);
  EXPECT_EQ(one->figures().skipped, 9U);
}

TEST_F(SharedKeptAnswersTest, AServerWithoutMemoryStillGivesWhatItHas) {
  const auto one = answers({.answer_max = kPatience, .rest = std::chrono::hours(1)});
  one->keep("q", answered(7));
  ASSERT_TRUE(command({"CONFIG", "SET", "maxmemory", "1"}));
  one->keep("q", answered(8));
  EXPECT_EQ(one->figures().errors, 1U);
  EXPECT_TRUE(one->find("q", 7));
  EXPECT_EQ(one->figures().skipped, 0U);
}

TEST_F(SharedKeptAnswersTest, ManyThreadsMayAsk) {
  const auto one = answers();
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 200; ++i) {
        const auto key = "q" + std::to_string(i % 7);
        one->keep(key, answered(t, i % 7));
        const auto found = one->find(key, t);
        ASSERT_TRUE(found);
        ASSERT_EQ(found->answer, answered(t, i % 7).answer);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(one->figures().errors, 0U);
}

}  // namespace
}  // namespace tidemark::sharing
