// TLS to a real server: who it must be, who it lets in, and that bytes come through whole.

#include "clients/redis/tls.hpp"

#include <gtest/gtest.h>

#include "clients/redis/connection.hpp"
#include "support/certificates.hpp"
#include "support/redis_server.hpp"

namespace tidemark::clients::redis {
namespace {

using base::ErrorCode;
using testing_support::Certificates;
using testing_support::RedisServer;

struct TlsTest : testing::Test {
  static RedisServer::Settings settings(const Certificates& of, const std::string& asks_clients) {
    return {{"tls-cert-file", of.server()},
            {"tls-key-file", of.server_key()},
            {"tls-ca-cert-file", of.ca()},
            {"tls-auth-clients", asks_clients}};
  }
  void SetUp() override { ASSERT_TRUE(server.running()) << server.said(); }
  [[nodiscard]] base::Result<Connection> open(const std::string& parameters,
                                              const std::string& host = "127.0.0.1") const {
    const auto address =
        parse_address("rediss://" + host + ":" + std::to_string(server.port()) + parameters);
    EXPECT_TRUE(address) << address.error().message();
    return Connection::open(*address, {});
  }
  static void expect_refused(const base::Result<Connection>& opened, const std::string& why) {
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::Unavailable);
    EXPECT_NE(opened.error().message().find(why), std::string::npos) << opened.error().message();
  }

  Certificates certificates;
  RedisServer server{settings(certificates, "no")};
};

TEST_F(TlsTest, AServerOfTheAuthorityIsTalkedTo) {
  for (const std::string host : {"127.0.0.1", "localhost"}) {
    auto connection = open("?ca=" + certificates.ca(), host);
    ASSERT_TRUE(connection) << connection.error().message();
    EXPECT_EQ(connection->command({"PING"})->text, "PONG");
    EXPECT_TRUE(connection->alive());
    EXPECT_TRUE(connection->alive()) << "what TLS says of itself is not an answer";
  }
}

TEST_F(TlsTest, LargeAndManyAnswersComeThroughWhole) {
  auto connection = open("?ca=" + certificates.ca());
  ASSERT_TRUE(connection) << connection.error().message();
  std::string bytes(std::size_t{5} << 20U, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 31 % 257);
  ASSERT_TRUE(connection->command({"SET", "key", bytes}));
  EXPECT_TRUE(connection->command({"GET", "key"})->text == bytes);
  constexpr int kCommands = 3'000;
  const std::string filling(1'000, 'x');
  for (int i = 0; i < kCommands; ++i) connection->append({"ECHO", std::to_string(i) + filling});
  for (int i = 0; i < kCommands; ++i) {
    const auto reply = connection->read();
    ASSERT_TRUE(reply) << reply.error().message();
    ASSERT_EQ(reply->text, std::to_string(i) + filling);
  }
}

TEST_F(TlsTest, AnotherAuthorityOrNameIsRefusedBeforeAPasswordIsSent) {
  const Certificates others;
  expect_refused(open("?ca=" + others.ca()), "certificate is not accepted");
  expect_refused(open(""), "certificate is not accepted");  // the system's authorities
  expect_refused(open("?server_name=other.example&ca=" + certificates.ca()),
                 "certificate is not accepted");
  auto named = open("?server_name=localhost&ca=" + certificates.ca());
  EXPECT_TRUE(named) << named.error().message();
}

TEST_F(TlsTest, FilesThatCannotBeReadAreNamedByTheirParameter) {
  expect_refused(open("?ca=/nowhere.pem"), "(ca)");
  expect_refused(open("?ca=" + certificates.ca() + "&cert=/nowhere.pem&key=/nowhere.key"),
                 "(cert)");
  expect_refused(open("?ca=" + certificates.ca() + "&cert=" + certificates.client() +
                      "&key=" + certificates.server_key()),
                 "(key)");
}

TEST_F(TlsTest, AServerThatAsksForACertificateGetsOurs) {
  const RedisServer strict{settings(certificates, "yes")};
  ASSERT_TRUE(strict.running()) << strict.said();
  const auto open_strict = [&](const std::string& more) {
    return Connection::open(*parse_address("rediss://127.0.0.1:" + std::to_string(strict.port()) +
                                           "?ca=" + certificates.ca() + more),
                            {});
  };
  EXPECT_FALSE(open_strict(""));
  auto connection =
      open_strict("&cert=" + certificates.client() + "&key=" + certificates.client_key());
  ASSERT_TRUE(connection) << connection.error().message();
  EXPECT_EQ(connection->command({"PING"})->text, "PONG");
}

TEST_F(TlsTest, AServerThatGoesIsNoticedAndEndsNobody) {
  auto connection = open("?ca=" + certificates.ca());
  ASSERT_TRUE(connection) << connection.error().message();
  server.kill();
  EXPECT_FALSE(connection->alive());
  for (int tries = 0; tries < 3; ++tries) {
    EXPECT_FALSE(connection->command({"SET", "key", std::string(100'000, 'x')}));
  }
}

TEST_F(TlsTest, AServerThatSpeaksNoTlsIsToldSo) {
  const RedisServer plain;
  ASSERT_TRUE(plain.running()) << plain.said();
  const auto address = parse_address("rediss://127.0.0.1:" + std::to_string(plain.port()));
  expect_refused(Connection::open(*address, {}), "does the server speak TLS");
}

}  // namespace
}  // namespace tidemark::clients::redis
