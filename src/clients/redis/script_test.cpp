// Scripts are known by a hash that the server agrees with, and one that forgot them is told again.

#include "clients/redis/script.hpp"

#include <gtest/gtest.h>

#include "clients/redis/sha1.hpp"
#include "support/redis_server.hpp"

namespace tidemark::clients::redis {
namespace {

using testing_support::RedisServer;

TEST(Sha1Test, KnownAnswers) {
  EXPECT_EQ(sha1_hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha1_hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

struct ScriptTest : testing::Test {
  void SetUp() override { ASSERT_TRUE(connection) << connection.error().message(); }
  RedisServer server;
  base::Result<Connection> connection = Connection::open(*parse_address(server.url()), {});
  const Script add{"return redis.call('INCRBY', KEYS[1], ARGV[1])"};
};

TEST_F(ScriptTest, TheServerCallsAScriptOfAnyLengthByTheSameHash) {
  for (std::size_t length = 0; length < 130; ++length) {
    const Script script("--" + std::string(length, 'x'));
    const auto loaded = connection->command({"SCRIPT", "LOAD", script.text()});
    ASSERT_TRUE(loaded) << loaded.error().message();
    ASSERT_EQ(loaded->text, script.hash()) << length;
  }
}

TEST_F(ScriptTest, RunsWhetherTheServerKnowsItOrNot) {
  for (int i = 1; i <= 3; ++i) {
    const auto sum = run(*connection, add, {.keys = {"n"}, .values = {"5"}});
    ASSERT_TRUE(sum) << sum.error().message();
    EXPECT_EQ(sum->integer, 5 * i);
    if (i == 2) {
      ASSERT_TRUE(connection->command({"SCRIPT", "FLUSH"}));
    }
  }
}

TEST_F(ScriptTest, EachCallIsDoneOnceAndAnErrorIsItsOwn) {
  ASSERT_TRUE(connection->command({"SET", "text", "x"}));
  const std::vector<ScriptCall> calls = {{.keys = {"n"}, .values = {"1"}},
                                         {.keys = {"text"}, .values = {"1"}},
                                         {.keys = {"n"}, .values = {"10"}}};
  const auto replies = run_all(*connection, add, calls);
  ASSERT_TRUE(replies) << replies.error().message();
  ASSERT_EQ(replies->size(), 3U);
  EXPECT_EQ((*replies)[0].integer, 1);
  EXPECT_EQ((*replies)[1].kind, Reply::Kind::Error);
  EXPECT_EQ((*replies)[2].integer, 11);
}

TEST_F(ScriptTest, ALostConnectionIsUnavailable) {
  server.kill();
  const auto sum = run(*connection, add, {.keys = {"n"}, .values = {"1"}});
  ASSERT_FALSE(sum);
  EXPECT_EQ(sum.error().code(), base::ErrorCode::Unavailable);
}

}  // namespace
}  // namespace tidemark::clients::redis
