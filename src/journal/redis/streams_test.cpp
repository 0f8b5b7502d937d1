// Keys, bounds and places of streams: what needs no server.

#include "journal/redis/streams.hpp"

#include <gtest/gtest.h>

namespace tidemark::journal::redis {
namespace {

TEST(StreamsTest, TheKeysOfAShardLieTogetherInACluster) {
  const auto keys = keys_of({.prefix = "events-of-a"}, 3);
  EXPECT_EQ(keys.events, "events-of-a:{3}:events");
  EXPECT_EQ(keys.bytes, "events-of-a:{3}:bytes");
  EXPECT_EQ(keys.dead, "events-of-a:{3}:dead");
}

TEST(StreamsTest, WhatCannotWorkIsRefused) {
  EXPECT_TRUE(Streams{}.check());
  for (const auto& wrong : {Streams{.prefix = ""}, Streams{.prefix = "a{b}"}, Streams{.group = ""},
                            Streams{.shards = 0}, Streams{.shards = Streams::kShardsMax + 1},
                            Streams{.bytes_max = 0}}) {
    const auto checked = wrong.check();
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code(), base::ErrorCode::InvalidInput);
  }
}

TEST(StreamsTest, NoShardHasABoundOfNothing) {
  const Streams streams{.shards = 4, .bytes_max = 2, .dead_letters_max = 5};
  EXPECT_EQ(streams.shard_bytes_max(), 1U);
  EXPECT_EQ(streams.shard_dead_letters_max(), 2U);
}

TEST(StreamPositionTest, IsReadAsItIsWrittenAndOrderedAsRedisOrders) {
  const event::EntryId position{.shard = 2, .millis = 1'700'000'000'123, .number = 18};
  EXPECT_EQ(entry_id(position), "1700000000123-18");
  const auto read = position_from(2, "1700000000123-18");
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, position);
  EXPECT_EQ(position.time(), 1'700'000'000'123'000);
  EXPECT_LT(*position_from(2, "9-10"), *position_from(2, "10-9"));
  EXPECT_LT(*position_from(2, "10-9"), *position_from(2, "10-10"));
}

TEST(StreamPositionTest, WhatIsNoPlaceIsRefused) {
  for (const auto* text :
       {"", "-", "1", "1-", "-1", "1-2-3", "1 -2", "x-1", "1-99999999999999999999"}) {
    EXPECT_FALSE(position_from(0, text)) << text;
  }
}

}  // namespace
}  // namespace tidemark::journal::redis
