// A connection to a real server: bytes, order, and every way in which the server is not there.

#include "clients/redis/connection.hpp"

#include <gtest/gtest.h>

#include "clients/redis/link.hpp"
#include "support/redis_server.hpp"

namespace tidemark::clients::redis {
namespace {

using base::ErrorCode;
using testing_support::RedisServer;
using namespace std::chrono_literals;

Address address_of(const RedisServer& server) { return *parse_address(server.url()); }

struct ConnectionTest : testing::Test {
  void SetUp() override { ASSERT_TRUE(server.running()) << server.said(); }
  [[nodiscard]] base::Result<Connection> open(Connection::Options options = {}) const {
    return Connection::open(address_of(server), std::move(options));
  }
  RedisServer server;
};

TEST_F(ConnectionTest, AnswersComeAsValues) {
  auto connection = open();
  ASSERT_TRUE(connection) << connection.error().message();
  EXPECT_EQ(connection->command({"PING"})->text, "PONG");
  EXPECT_EQ(connection->command({"INCRBY", "n", "-7"})->integer, -7);
  EXPECT_TRUE(connection->command({"GET", "nothing"})->is_nil());
  ASSERT_TRUE(connection->command({"RPUSH", "list", "a", "", "c"}));
  const auto list = connection->command({"LRANGE", "list", "0", "-1"});
  ASSERT_TRUE(list && list->is_list());
  ASSERT_EQ(list->items.size(), 3U);
  EXPECT_EQ(list->items[1].text, "");
  EXPECT_EQ(list->items[2].text, "c");
}

TEST_F(ConnectionTest, AnyBytesGoThereAndBack) {
  auto connection = open();
  ASSERT_TRUE(connection);
  std::string bytes(std::size_t{3} << 20U, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 % 257);
  ASSERT_TRUE(connection->command({"SET", "key", bytes}));
  EXPECT_TRUE(connection->command({"GET", "key"})->text == bytes);
}

TEST_F(ConnectionTest, APipelineIsAnsweredInItsOrderAndAnErrorInItIsOnesOwn) {
  auto connection = open();
  ASSERT_TRUE(connection);
  constexpr int kCommands = 5'000;
  const std::string filling(1'000, 'x');
  for (int i = 0; i < kCommands; ++i) {
    if (i == 17) {
      connection->append({"HGET", "n"});
    } else {
      connection->append({"ECHO", std::to_string(i) + filling});
    }
  }
  for (int i = 0; i < kCommands; ++i) {
    const auto reply = connection->read();
    ASSERT_TRUE(reply) << reply.error().message();
    if (i == 17) {
      EXPECT_EQ(reply->kind, Reply::Kind::Error);
    } else {
      ASSERT_EQ(reply->text, std::to_string(i) + filling);
    }
  }
  EXPECT_EQ(connection->outstanding(), 0U);
}

TEST_F(ConnectionTest, ARefusedCommandLeavesTheConnectionGood) {
  auto connection = open();
  ASSERT_TRUE(connection);
  const auto refused = connection->command({"NONSENSE", "somebody's event"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "Redis: ERR unknown command 'NONSENSE'");
  EXPECT_TRUE(connection->alive());
  EXPECT_TRUE(connection->command({"PING"}));
}

TEST_F(ConnectionTest, AUnixSocketDoesAsWell) {
  auto connection = Connection::open(*parse_address(server.unix_url()), {});
  ASSERT_TRUE(connection) << connection.error().message();
  EXPECT_TRUE(connection->command({"PING"}));
}

TEST_F(ConnectionTest, TheDatabaseAndTheNameAreSet) {
  auto address = address_of(server);
  address.database = 5;
  auto connection = Connection::open(address, {.name = "worker-1"});
  ASSERT_TRUE(connection);
  const auto told = connection->command({"CLIENT", "INFO"});
  ASSERT_TRUE(told);
  EXPECT_NE(told->text.find(" db=5 "), std::string::npos) << told->text;
  EXPECT_NE(told->text.find(" name=worker-1 "), std::string::npos) << told->text;
}

TEST_F(ConnectionTest, AServerThatIsAwayIsUnavailable) {
  server.kill();
  const auto connection = open();
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(connection.error().message(),
            "connecting to " + address_of(server).printable() + ": Redis: Connection refused");
}

TEST_F(ConnectionTest, AServerThatHangsIsUnavailableInTime) {
  auto connection = open({.command_max = 30ms});
  ASSERT_TRUE(connection);
  server.freeze();
  const auto begun = std::chrono::steady_clock::now();
  const auto asked = connection->command({"PING"});
  ASSERT_FALSE(asked);
  EXPECT_EQ(asked.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(asked.error().message(), "Redis: no answer in time");
  EXPECT_FALSE(connection->alive());
  const auto again = connection->command({"PING"});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::Unavailable);
  const auto anew = open({.connect_max = 30ms});
  ASSERT_FALSE(anew);
  EXPECT_EQ(anew.error().code(), ErrorCode::Unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
}

TEST_F(ConnectionTest, ABlockingCommandHasItsOwnTimeOnTop) {
  auto connection = open({.command_max = 2s});
  ASSERT_TRUE(connection);
  const auto waited = connection->command({"BLPOP", "nothing", "0.02"}, 20ms);
  ASSERT_TRUE(waited) << waited.error().message();
  EXPECT_TRUE(waited->is_nil());
}

TEST_F(ConnectionTest, AnAnswerOverTheBoundEndsTheConnection) {
  auto connection = open({.reply_bytes_max = 100'000});
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->command({"SET", "key", std::string(1'000'000, 'x')}));
  const auto got = connection->command({"GET", "key"});
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().message(), "Redis: the answer is too large");
  EXPECT_FALSE(connection->alive());
}

TEST_F(ConnectionTest, AServerThatEndedIsNoticedBeforeACommandIsSent) {
  auto connection = open();
  ASSERT_TRUE(connection);
  EXPECT_TRUE(connection->alive());
  server.kill();
  EXPECT_FALSE(connection->alive());
}

TEST(PasswordTest, IsAskedForAndNeverTold) {
  const RedisServer server(RedisServer::Settings{{"requirepass", "open sesame"}});
  ASSERT_TRUE(server.running()) << server.said();
  auto address = address_of(server);
  auto without = Connection::open(address, {});
  ASSERT_FALSE(without);
  EXPECT_NE(without.error().message().find("NOAUTH"), std::string::npos);
  address.password = "wrong guess";
  const auto wrong = Connection::open(address, {});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(wrong.error().message().find(address.password), std::string::npos);
  address.password = "open sesame";
  EXPECT_TRUE(Connection::open(address, {}));
  address.user = "default";
  EXPECT_TRUE(Connection::open(address, {}));
}

TEST_F(ConnectionTest, ALinkComesBackByItselfWhenTheServerDoes) {
  Link link(address_of(server), {.pauses = {.first = 1ms, .most = 1ms}});
  auto first = link.connection();
  ASSERT_TRUE(first);
  ASSERT_TRUE((*first)->command({"SET", "kept", "yes"}));
  server.kill();
  EXPECT_FALSE(link.connection());
  ASSERT_TRUE(server.start()) << server.said();
  base::Result<Connection*> again = link.connection();
  while (!again) again = link.connection();
  EXPECT_EQ((*again)->command({"GET", "kept"})->text, "yes");
  EXPECT_EQ(link.connects(), 2U);
}

TEST_F(ConnectionTest, WhomTheGreetingRefusesNobodyGets) {
  bool good = false;
  Link link(address_of(server), {.pauses = {.first = 0ms, .most = 0ms},
                                 .greet = [&](Connection& connection) -> base::Status {
                                   if (auto pong = connection.command({"PING"}); !pong) {
                                     return pong.error();
                                   }
                                   if (good) return base::ok;
                                   return base::Error{ErrorCode::Unavailable, "not like this"};
                                 }});
  const auto refused = link.connection();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(), "not like this");
  good = true;
  EXPECT_TRUE(link.connection());
}

}  // namespace
}  // namespace tidemark::clients::redis
