// Of several servers, and with sentinels, the one that takes writes is found, and found again.

#include "clients/redis/first_server.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "support/redis_server.hpp"

namespace tidemark::clients::redis {
namespace {

using base::ErrorCode;
using testing_support::RedisServer;

constexpr std::chrono::seconds kPatience{60};

struct FirstServerTest : testing::Test {
  void SetUp() override {
    ASSERT_TRUE(first.running()) << first.said();
    ASSERT_TRUE(second.running()) << second.said();
    follow(second, first);
  }
  static Connection connect(const RedisServer& server) {
    auto opened = Connection::open(*parse_address(server.url()), {});
    EXPECT_TRUE(opened) << opened.error().message();
    return std::move(*opened);
  }
  /// Makes one a replica of another, and returns when it has what that one has.
  static void follow(const RedisServer& replica, const RedisServer& of) {
    auto connection = connect(replica);
    ASSERT_TRUE(connection.command({"REPLICAOF", "127.0.0.1", std::to_string(of.port())}));
    for (;;) {
      const auto role = connection.command({"ROLE"});
      ASSERT_TRUE(role) << role.error().message();
      if (role->items.size() > 3 && role->items[3].text == "connected") return;
    }
  }
  [[nodiscard]] Address both() const {
    return *parse_address("redis://127.0.0.1:" + std::to_string(second.port()) +
                          ",127.0.0.1:" + std::to_string(first.port()));
  }
  /// What a client does: tries again.
  static base::Result<Connection> open_at_last(const Address& address) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    for (;;) {
      auto opened = Connection::open(address, {});
      if (opened || std::chrono::steady_clock::now() > until) return opened;
    }
  }

  RedisServer first;
  RedisServer second;
};

TEST_F(FirstServerTest, OfSeveralTheOneThatTakesWritesIsTaken) {
  auto connection = Connection::open(both(), {});
  ASSERT_TRUE(connection) << connection.error().message();
  EXPECT_TRUE(connection->command({"SET", "key", "value"}));
  // They change places, and the connection stays.
  ASSERT_TRUE(connect(second).command({"REPLICAOF", "NO", "ONE"}));
  auto of_first = connect(first);
  ASSERT_TRUE(of_first.command({"REPLICAOF", "127.0.0.1", std::to_string(second.port())}));
  EXPECT_FALSE(connection->command({"SET", "key", "value"}));
  EXPECT_FALSE(connection->alive()) << "a replica is left";
  auto again = Connection::open(both(), {});
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_TRUE(again->command({"SET", "key", "value"}));
}

TEST_F(FirstServerTest, WhereNoneTakesWritesEachIsTold) {
  first.kill();
  const auto refused = Connection::open(both(), {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  const auto& told = refused.error().message();
  EXPECT_NE(told.find(std::to_string(second.port()) + "/0 is a replica"), std::string::npos)
      << told;
  EXPECT_NE(told.find(std::to_string(first.port()) + "/0: Redis:"), std::string::npos) << told;
}

TEST_F(FirstServerTest, SentinelsAreAskedAndAfterAFailoverAskedAgain) {
  const auto sentinel = RedisServer::sentinel_of("mymaster", first.port());
  ASSERT_TRUE(sentinel->running()) << sentinel->said();
  const auto place = "127.0.0.1:" + std::to_string(sentinel->port());
  // One that is away is passed over.
  const auto address = *parse_address("redis+sentinel://127.0.0.1:1," + place + "/mymaster/2");
  auto connection = Connection::open(address, {});
  ASSERT_TRUE(connection) << connection.error().message();
  EXPECT_TRUE(connection->command({"SET", "key", "value"}));
  first.kill();
  EXPECT_FALSE(connection->alive());
  auto again = open_at_last(address);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_TRUE(again->command({"SET", "key", "other"}));
  EXPECT_EQ(connect(second).command({"ROLE"})->items[0].text, "master");
  const auto unknown = Connection::open(*parse_address("redis+sentinel://" + place + "/other"), {});
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message().find("knows no master of the name other"), std::string::npos)
      << unknown.error().message();
}

}  // namespace
}  // namespace tidemark::clients::redis
