// What an address may look like, and that its password is never printed.

#include "clients/redis/address.hpp"

#include <gtest/gtest.h>

namespace tidemark::clients::redis {
namespace {

TEST(AddressTest, TellsHostPortAndDatabase) {
  const auto address = parse_address("redis://queue.example:7000/3");
  ASSERT_TRUE(address) << address.error().message();
  EXPECT_EQ(*address, (Address{.host = "queue.example", .port = 7000, .database = 3}));
}

TEST(AddressTest, WhatIsLeftOutIsRedissOwnDefault) {
  for (const auto* text : {"redis://queue", "redis://queue/", "redis://queue:6379/0"}) {
    const auto address = parse_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(*address, Address{.host = "queue"}) << text;
  }
}

TEST(AddressTest, UserAndPasswordMayBePercentEncoded) {
  const auto address = parse_address("redis://an%40a:p%3Aw@rd@queue:1/0");
  ASSERT_TRUE(address) << address.error().message();
  EXPECT_EQ(address->user, "an@a");
  EXPECT_EQ(address->password, "p:w@rd");
  EXPECT_EQ(address->host, "queue");
  const auto without_user = parse_address("redis://:secret@queue");
  ASSERT_TRUE(without_user);
  EXPECT_EQ(without_user->user, "");
  EXPECT_EQ(without_user->password, "secret");
}

TEST(AddressTest, AHostMayBeAnAddressOfVersion6) {
  const auto address = parse_address("redis://[::1]:6380/1");
  ASSERT_TRUE(address);
  EXPECT_EQ(*address, (Address{.host = "::1", .port = 6380, .database = 1}));
  EXPECT_EQ(address->printable(), "redis://[::1]:6380/1");
}

TEST(AddressTest, AUnixSocketIsAPath) {
  const auto address = parse_address("unix://:secret@/run/redis/s%20ocket?db=2");
  ASSERT_TRUE(address) << address.error().message();
  EXPECT_EQ(*address, (Address{.path = "/run/redis/s ocket", .password = "secret", .database = 2}));
}

TEST(AddressTest, ThePasswordIsNotPrinted) {
  const auto tcp = parse_address("redis://ana:secret@queue:7000/3");
  const auto local = parse_address("unix://ana:secret@/run/redis?db=2");
  ASSERT_TRUE(tcp && local);
  EXPECT_EQ(tcp->printable(), "redis://ana@queue:7000/3");
  EXPECT_EQ(local->printable(), "unix://ana@/run/redis?db=2");
}

TEST(AddressTest, OverTlsItNamesFilesAndWhoseCertificateIsMeant) {
  const auto plain = parse_address("rediss://:p?w@queue/2");
  ASSERT_TRUE(plain) << plain.error().message();
  EXPECT_EQ(*plain,
            (Address{.host = "queue", .password = "p?w", .database = 2, .tls = {.wanted = true}}));
  const auto whole = parse_address(
      "rediss://queue:7000?ca=/etc/a%20b@c.pem&cert=/c.pem&key=/k.pem&server_name=queue.example");
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_EQ(*whole, (Address{.host = "queue",
                             .port = 7000,
                             .tls = {.wanted = true,
                                     .ca = "/etc/a b@c.pem",
                                     .certificate = "/c.pem",
                                     .key = "/k.pem",
                                     .server_name = "queue.example"}}));
  EXPECT_EQ(whole->printable(), "rediss://queue:7000/0");
}

TEST(AddressTest, ItMayNameSeveralServersOrTheSentinelsThatKnowThem) {
  const auto several = parse_address("redis://ana:secret@one:7000,[::1],three/3");
  ASSERT_TRUE(several) << several.error().message();
  EXPECT_TRUE(several->is_of_several());
  EXPECT_EQ(several->others,
            (std::vector<Endpoint>{{.host = "::1"}, {.host = "three", .port = 6379}}));
  EXPECT_EQ(several->printable(), "redis://ana@one:7000,[::1]:6379,three:6379/3");
  const auto sentinels = parse_address(
      "rediss+sentinel://:secret@one,two:1/mymaster/3?ca=/"
      "ca.pem&sentinel_user=s&sentinel_password=p");
  ASSERT_TRUE(sentinels) << sentinels.error().message();
  EXPECT_EQ(sentinels->port, 26'379);
  EXPECT_EQ(sentinels->others, (std::vector<Endpoint>{{.host = "two", .port = 1}}));
  EXPECT_EQ(sentinels->sentinel, (Sentinel{.master = "mymaster", .user = "s", .password = "p"}));
  EXPECT_EQ(sentinels->database, 3U);
  EXPECT_EQ(sentinels->printable(), "rediss+sentinel://one:26379,two:1/mymaster/3");
}

TEST(AddressTest, APercentThatIsNotEncodedIsToldWithWhatToWrite) {
  const auto address = parse_address("redis://:100%safe@queue");
  ASSERT_FALSE(address);
  EXPECT_NE(address.error().message().find("a % is written %25"), std::string::npos)
      << address.error().message();
}

TEST(AddressTest, WhatIsNoAddressIsRefusedWithoutRepeatingIt) {
  for (const auto* text : {"",
                           "queue:6379",
                           "http://queue",
                           "redis+tls://:secret@queue",
                           "redis://queue?ca=secret",
                           "rediss://queue?cert=/secret",
                           "rediss://queue?ca=",
                           "rediss://queue?ca=/a&password=secret",
                           "redis://queue,",
                           "redis://queue,:1",
                           "redis://a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a",
                           "redis://queue?sentinel_password=secret",
                           "redis+sentinel://queue",
                           "redis+sentinel://queue/",
                           "redis+sentinel://queue/secret/secret",
                           "redis://",
                           "redis://:6379",
                           "redis://queue:0",
                           "redis://queue:65536",
                           "redis://queue:port",
                           "redis://queue/secret",
                           "redis://queue/-1",
                           "redis://secret@queue",
                           "redis://ana:@queue",
                           "redis://:%secret@queue",
                           "redis://:secret%2@queue",
                           "redis://[::1",
                           "redis://[::1]6379",
                           "redis://queue/1/2",
                           "unix://secret",
                           "unix://",
                           "unix:///run/redis?db=",
                           "unix:///run/%zzsecret"}) {
    const auto address = parse_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code(), base::ErrorCode::InvalidInput) << text;
    EXPECT_EQ(address.error().message().find("secret"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace tidemark::clients::redis
