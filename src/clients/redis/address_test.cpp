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

TEST(AddressTest, WhatIsNoAddressIsRefusedWithoutRepeatingIt) {
  for (const auto* text : {"",
                           "queue:6379",
                           "http://queue",
                           "rediss://:secret@queue",
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
