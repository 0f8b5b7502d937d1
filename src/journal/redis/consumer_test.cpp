// Workers on a real server: each entry to one of them, none lost when one dies or the server does.

#include "journal/redis/consumer.hpp"

#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

#include "support/redis_queue.hpp"

namespace tidemark::journal::redis {
namespace {

using base::ErrorCode;
using testing_support::append_at_last;
using testing_support::kNoWait;
using testing_support::payloads_of;
using testing_support::QueueTest;
using namespace std::chrono_literals;
using Payloads = std::vector<std::string>;

struct ConsumerTest : QueueTest {};

/// Reads until there was something.
std::vector<Entry> read_at_last(Consumer& worker) {
  for (;;) {
    auto entries = worker.read({}, kNoWait);
    if (entries && !entries->empty()) return *entries;
  }
}

TEST_F(ConsumerTest, WhatWasAppendedBeforeTheFirstWorkerIsDelivered) {
  append_all({"a", "b"});
  auto worker = consumer("worker");
  const auto entries = worker.read({}, kNoWait);
  ASSERT_TRUE(entries) << entries.error().message();
  EXPECT_EQ(payloads_of(*entries), (Payloads{"a", "b"}));
  EXPECT_EQ(entries->front().tries, 1U);
  EXPECT_EQ(open_bytes(), "2");
}

TEST_F(ConsumerTest, EachEntryGoesToOneWorker) {
  append_all({"a", "b", "c"});
  auto first = consumer("first");
  auto second = consumer("second");
  EXPECT_EQ(payloads_of(*first.read({.entries = 2}, kNoWait)), (Payloads{"a", "b"}));
  EXPECT_EQ(payloads_of(*second.read({}, kNoWait)), Payloads{"c"});
  EXPECT_TRUE(first.read({}, kNoWait)->empty());
}

TEST_F(ConsumerTest, ABatchIsBoundedByEntriesAndBytesOverAllShards) {
  streams.shards = 3;
  append_all({"1234", "1234", "1234", "1234", "1234", "1234", "1234"});
  auto worker = consumer("worker");
  EXPECT_EQ(worker.read({.entries = 2}, kNoWait)->size(), 2U);
  EXPECT_TRUE(worker.left_some());
  // Each shard gives up to a third of it, its last entry beyond that.
  EXPECT_EQ(worker.read({.entries = 100, .bytes = 5}, kNoWait)->size(), 3U);
  EXPECT_TRUE(worker.left_some());
  EXPECT_EQ(worker.read({.entries = 100, .bytes = 100}, kNoWait)->size(), 2U);
  EXPECT_FALSE(worker.left_some());
  EXPECT_TRUE(worker.read({}, kNoWait)->empty());
}

TEST_F(ConsumerTest, NoShardWaitsForEver) {
  streams.shards = 2;
  append_all({"a", "b", "c", "d"});
  auto worker = consumer("worker");
  std::vector<std::uint32_t> shards;
  for (int i = 0; i < 4; ++i) {
    shards.push_back(worker.read({.entries = 1}, kNoWait)->front().position.shard);
  }
  EXPECT_EQ(shards, (std::vector<std::uint32_t>{0, 1, 0, 1}));
}

TEST_F(ConsumerTest, WhoWaitsIsWokenByAnEntryOfAnyShard) {
  streams.shards = 2;
  Appender appender(address(), appending());
  append_at_last(appender, "for the first shard");
  auto worker = consumer("worker");
  ASSERT_EQ(worker.read({}, kNoWait)->size(), 1U);
  std::thread writer([&] { append_at_last(appender, "for the second"); });
  const auto entries = worker.read({}, 60s);
  writer.join();
  ASSERT_TRUE(entries) << entries.error().message();
  ASSERT_EQ(payloads_of(*entries), Payloads{"for the second"});
  EXPECT_EQ(entries->front().position.shard, 1U);
  EXPECT_TRUE(worker.acknowledge(*entries));
  EXPECT_TRUE(worker.read({}, 5ms)->empty());
}

TEST_F(ConsumerTest, WhatIsAcknowledgedTwiceIsCountedOnce) {
  append_all({"1234", "56", "held by somebody"});
  auto worker = consumer("worker");
  const auto entries = worker.read({.entries = 2}, kNoWait);
  ASSERT_TRUE(entries);
  ASSERT_TRUE(worker.acknowledge(std::span(*entries).first(1)));
  EXPECT_EQ(open_bytes(), "18");
  ASSERT_TRUE(worker.acknowledge(*entries));
  ASSERT_TRUE(worker.acknowledge(*entries));
  EXPECT_EQ(open_bytes(), "16");
  EXPECT_TRUE(worker.acknowledge(std::span<const Entry>{}));
}

TEST_F(ConsumerTest, WhatADeadWorkerHeldIsClaimedWithItsTries) {
  append_all({"a", "b"});
  {
    auto dead = consumer("dead");
    ASSERT_EQ(dead.read({}, kNoWait)->size(), 2U);
  }
  auto living = consumer("living");
  ASSERT_TRUE(living.read({}, kNoWait)->empty());
  EXPECT_TRUE(living.claim({}, 1h)->empty()) << "it may still be at work";
  auto claimed = living.claim({}, 0ms);
  ASSERT_TRUE(claimed) << claimed.error().message();
  ASSERT_EQ(payloads_of(*claimed), (Payloads{"a", "b"}));
  EXPECT_EQ(claimed->front().tries, 2U);
  claimed = living.claim({}, 0ms);
  ASSERT_EQ(claimed->size(), 2U);
  EXPECT_EQ(claimed->front().tries, 3U);
  ASSERT_TRUE(living.acknowledge(*claimed));
  EXPECT_TRUE(living.claim({}, 0ms)->empty());
  EXPECT_EQ(open_bytes(), "0");
}

TEST_F(ConsumerTest, ClaimsAreBoundedAndGoOnWhereTheyStopped) {
  append_all({"11", "22", "33", "44", "55"});
  auto dead = consumer("dead");
  ASSERT_EQ(dead.read({}, kNoWait)->size(), 5U);
  auto living = consumer("living");
  EXPECT_EQ(payloads_of(*living.claim({.entries = 2}, 0ms)), (Payloads{"11", "22"}));
  EXPECT_EQ(payloads_of(*living.claim({.entries = 9, .bytes = 3}, 0ms)), (Payloads{"33", "44"}));
  EXPECT_EQ(payloads_of(*living.claim({}, 0ms)), Payloads{"55"});
}

TEST_F(ConsumerTest, WhatSomebodyDeletedByHandIsCounted) {
  append_all({"a", "b"});
  auto worker = consumer("worker");
  const auto entries = worker.read({}, kNoWait);
  ASSERT_EQ(entries->size(), 2U);
  ask({"XDEL", keys.events, entry_id(entries->front().position)});
  EXPECT_EQ(payloads_of(*worker.claim({}, 0ms)), Payloads{"b"});
  EXPECT_EQ(worker.gone(), 1U);
}

TEST_F(ConsumerTest, WithoutAServerItIsUnavailableAndGoesOnLater) {
  append_all({"a", "b"});
  auto worker = consumer("worker");
  const auto taken = worker.read({.entries = 1}, kNoWait);
  ASSERT_TRUE(taken);
  server.kill();
  for (const auto& failed :
       {worker.read({}, kNoWait), worker.claim({}, 0ms), worker.read({}, 1ms)}) {
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), ErrorCode::Unavailable);
  }
  const auto refused = worker.acknowledge(*taken);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  ASSERT_TRUE(server.start()) << server.said();
  EXPECT_EQ(payloads_of(read_at_last(worker)), Payloads{"b"});
  EXPECT_TRUE(worker.acknowledge(*taken));
  EXPECT_EQ(open_bytes(), "1");
}

TEST_F(ConsumerTest, AServerThatEndsWhileAWorkerWaitsIsUnavailable) {
  auto worker = consumer("worker");
  ASSERT_TRUE(worker.read({}, kNoWait));
  std::thread killer([&] {
    while (ask({"INFO", "clients"}).text.find("blocked_clients:1") == std::string::npos) {
    }
    server.kill();
  });
  const auto entries = worker.read({}, 60s);
  killer.join();
  ASSERT_FALSE(entries);
  EXPECT_EQ(entries.error().code(), ErrorCode::Unavailable);
}

TEST_F(ConsumerTest, AServerThatWasEmptiedGetsItsGroupsAgain) {
  auto worker = consumer("worker");
  ASSERT_TRUE(worker.read({}, kNoWait));
  ask({"FLUSHALL"});
  append_all({"a"});
  const auto failed = worker.read({}, kNoWait);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(payloads_of(read_at_last(worker)), Payloads{"a"});
  ask({"FLUSHALL"});
  EXPECT_FALSE(worker.read({}, 1ms));
}

TEST_F(ConsumerTest, AServerThatMayLoseIsNotUsed) {
  ask({"CONFIG", "SET", "appendfsync", "everysec"});
  auto worker = consumer("worker");
  const auto entries = worker.read({}, kNoWait);
  ASSERT_FALSE(entries);
  EXPECT_NE(entries.error().message().find("appendfsync is everysec"), std::string::npos);
}

}  // namespace
}  // namespace tidemark::journal::redis
