// The token bucket: exact by the clock it is given, and bounded whatever the flood.

#include "http/limits/local_rate_limiter.hpp"

#include <gtest/gtest.h>

namespace tidemark::http {
namespace {

Address v4(std::uint8_t last) {
  Address address;
  address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, last};
  return address;
}

Address v6(std::uint8_t network, std::uint8_t host) {
  Address address;
  address.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, network, 0, 0, 0, 0, 0, 0, 0, host};
  return address;
}

RateDecision take(RateLimiter& limiter, const Address& address, base::Micros now) {
  const auto decision = limiter.try_take(address, now);
  EXPECT_TRUE(decision);
  return decision.value_or(RateDecision{});
}

constexpr base::Micros kStart = 1'000 * base::kMicrosPerSecond;

TEST(LocalRateLimiter, GivesItsBurstThenItsRate) {
  LocalRateLimiter limiter({.per_second = 10, .burst = 5});
  EXPECT_EQ(limiter.policy(), "\"address\";q=5;w=1");
  for (std::uint32_t left = 5; left-- > 0;) {
    const RateDecision taken = take(limiter, v4(1), kStart);
    EXPECT_TRUE(taken.allowed);
    EXPECT_EQ(taken.left, left);
  }
  const RateDecision refused = take(limiter, v4(1), kStart);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, 1U);
  // A refused call took nothing: a tenth of a second later there is exactly one token.
  EXPECT_TRUE(take(limiter, v4(1), kStart + 100'000).allowed);
  EXPECT_FALSE(take(limiter, v4(1), kStart + 100'000).allowed);
  EXPECT_EQ(take(limiter, v4(1), kStart + 1'000'000).left, 4U);
}

TEST(LocalRateLimiter, CountsIPv4ByAddressAndIPv6ByNetwork) {
  LocalRateLimiter limiter({.per_second = 1, .burst = 1});
  EXPECT_TRUE(take(limiter, v4(1), kStart).allowed);
  EXPECT_TRUE(take(limiter, v4(2), kStart).allowed);
  EXPECT_TRUE(take(limiter, v6(1, 1), kStart).allowed);
  EXPECT_FALSE(take(limiter, v6(1, 2), kStart).allowed);
  EXPECT_TRUE(take(limiter, v6(2, 1), kStart).allowed);
}

TEST(LocalRateLimiter, ADearCallIsPaidForByTheNextOnes) {
  LocalRateLimiter limiter({.per_second = 10, .burst = 5});
  const RateDecision taken = take(limiter, v4(1), kStart);
  const RateDecision charged = limiter.charge(v4(1), kStart, 3, taken);
  EXPECT_EQ(charged.left, 1U);
  EXPECT_TRUE(take(limiter, v4(1), kStart).allowed);
  // More than is there: three tokens are owed.
  EXPECT_EQ(limiter.charge(v4(1), kStart, 3, taken).left, 0U);
  EXPECT_FALSE(take(limiter, v4(1), kStart + 300'000).allowed);
  EXPECT_TRUE(take(limiter, v4(1), kStart + 400'000).allowed);
  EXPECT_TRUE(take(limiter, v4(2), kStart).allowed);
}

TEST(LocalRateLimiter, NobodyOwesMoreThanTwiceTheBurst) {
  LocalRateLimiter limiter({.per_second = 10, .burst = 5});
  const RateDecision taken = take(limiter, v4(1), kStart);
  EXPECT_EQ(limiter.charge(v4(1), kStart, 1'000'000, taken).seconds_to_full, 1U);
  EXPECT_FALSE(take(limiter, v4(1), kStart + 500'000).allowed);
  EXPECT_TRUE(take(limiter, v4(1), kStart + 600'000).allowed);
}

TEST(LocalRateLimiter, StaysBoundedAndForgetsFullBucketsFirst) {
  LocalRateLimiter limiter({.per_second = 1, .burst = 1, .addresses_max = 160});
  Address address = v4(0);
  for (int i = 0; i < 10'000; ++i) {
    address.bytes[13] = static_cast<std::uint8_t>(i / 256);
    address.bytes[14] = static_cast<std::uint8_t>(i % 256);
    EXPECT_TRUE(take(limiter, address, kStart).allowed);
  }
  EXPECT_LE(limiter.addresses(), 160U);
  // All are full again by now: one that is empty must not be the one that is forgotten.
  const base::Micros later = kStart + 10 * base::kMicrosPerSecond;
  EXPECT_TRUE(take(limiter, v4(1), later).allowed);
  for (int i = 0; i < 100; ++i) {
    address.bytes[14] = static_cast<std::uint8_t>(i);
    take(limiter, address, later);
  }
  EXPECT_FALSE(take(limiter, v4(1), later).allowed);
}

TEST(Address, KnowsLoopbackAndItsText) {
  Address address = v4(1);
  EXPECT_EQ(address.text(), "10.0.0.1");
  EXPECT_FALSE(address.is_loopback());
  address.bytes[12] = 127;
  EXPECT_TRUE(address.is_loopback());
  EXPECT_EQ(v6(1, 1).text(), "2001:db8:0:1::1");
  Address one;
  one.bytes[15] = 1;
  EXPECT_TRUE(one.is_loopback());
}

}  // namespace
}  // namespace tidemark::http
