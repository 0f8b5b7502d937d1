// How a limit of open files is shared out between connections and files.

#include "app/wiring/descriptors.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace tidemark::app {
namespace {

TEST(Descriptors, AHighLimitGivesAllConnectionsThatAreWanted) {
  const auto room = connection_room(1'048'576, 10'000);
  EXPECT_EQ(room.connections, 10'000U);
  EXPECT_EQ(room.refusing, 256U);
}

TEST(Descriptors, WhateverTheLimitFilesKeepTheirPart) {
  for (std::size_t limit = 100; limit <= 20'000; limit += 7) {
    const auto room = connection_room(limit, 10'000);
    EXPECT_GE(room.connections, 1U) << limit;
    EXPECT_LE(room.connections, 10'000U) << limit;
    EXPECT_GE(limit - room.connections - room.refusing, std::min<std::size_t>(limit / 4, 512))
        << limit;
    EXPECT_GE(limit - room.connections - room.refusing, 64U) << limit;
  }
}

TEST(Descriptors, TheSoftLimitBecomesTheHardOne) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit low = before;
  low.rlim_cur = std::min<rlim_t>(before.rlim_max, 64);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  EXPECT_EQ(raise_descriptor_limit(), before.rlim_max);
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, before.rlim_max);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace tidemark::app
