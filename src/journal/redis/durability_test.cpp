// A server that may lose what it has taken is not used, and all that is missing is told.

#include "journal/redis/durability.hpp"

#include <gtest/gtest.h>

#include "support/redis_server.hpp"

namespace tidemark::journal::redis {
namespace {

using testing_support::RedisServer;

base::Status checked(const RedisServer& server) {
  auto connection =
      clients::redis::Connection::open(*clients::redis::parse_address(server.url()), {});
  if (!connection) return connection.error();
  return check_durability(*connection);
}

TEST(DurabilityTest, AServerThatKeepsWhatItTakesIsGood) {
  const RedisServer server;
  ASSERT_TRUE(server.running()) << server.said();
  const auto good = checked(server);
  EXPECT_TRUE(good) << good.error().message();
}

TEST(DurabilityTest, EachSettingThatLosesIsTold) {
  const std::pair<std::string, std::string> faults[] = {{"appendonly", "no"},
                                                        {"appendfsync", "everysec"},
                                                        {"no-appendfsync-on-rewrite", "yes"},
                                                        {"maxmemory", "0"},
                                                        {"maxmemory-policy", "allkeys-lru"}};
  for (const auto& [name, value] : faults) {
    const RedisServer server(RedisServer::Settings{{name, value}});
    ASSERT_TRUE(server.running()) << server.said();
    const auto status = checked(server);
    ASSERT_FALSE(status) << name;
    EXPECT_EQ(status.error().code(), base::ErrorCode::Unavailable);
    EXPECT_NE(status.error().message().find(": " + name + " is " + value + " and must be "),
              std::string::npos)
        << status.error().message();
  }
}

TEST(DurabilityTest, AllThatIsMissingIsToldAtOnce) {
  const RedisServer server(RedisServer::Settings{{"appendfsync", "no"}, {"maxmemory", "0"}});
  ASSERT_TRUE(server.running()) << server.said();
  const auto status = checked(server);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message(),
            "Redis may lose what it has taken: appendfsync is no and must be always; "
            "maxmemory is 0 and must be above 0");
}

TEST(DurabilityTest, AServerThatDoesNotTellIsNotTrusted) {
  const RedisServer server;
  ASSERT_TRUE(server.running()) << server.said();
  auto connection =
      clients::redis::Connection::open(*clients::redis::parse_address(server.url()), {});
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->command({"ACL", "SETUSER", "default", "-config"}));
  const auto status = checked(server);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code(), base::ErrorCode::Unavailable);
  EXPECT_NE(status.error().message().find("NOPERM"), std::string::npos) << status.error().message();
}

TEST(DurabilityTest, AReplicaIsNotWhereToWrite) {
  const RedisServer first;
  const RedisServer second;
  ASSERT_TRUE(first.running() && second.running());
  auto connection =
      clients::redis::Connection::open(*clients::redis::parse_address(second.url()), {});
  ASSERT_TRUE(connection);
  ASSERT_TRUE(connection->command({"REPLICAOF", "127.0.0.1", std::to_string(first.port())}));
  const auto status = check_durability(*connection);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message(), "Redis may lose what it has taken: it is a replica");
}

}  // namespace
}  // namespace tidemark::journal::redis
