// What keeps a queue in order: trimming behind the workers, rewinding after a failover, consumers
// that are gone, and the figures that tell of all this.

#include <algorithm>
#include <iterator>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "journal/redis/consumer.hpp"
#include "journal/redis/figures.hpp"
#include "support/redis_queue.hpp"

namespace tidemark::journal::redis {
namespace {

using base::ErrorCode;
using testing_support::append_at_last;
using testing_support::kNoWait;
using testing_support::payloads_of;
using testing_support::QueueTest;
using namespace std::chrono_literals;

/// An entry of this size has a node of the stream for itself: those are what trimming frees.
std::string large(char filling) { return std::string(5'000, filling); }

struct UpkeepTest : QueueTest {
  QueueFigures figures() {
    auto connection = clients::redis::Connection::open(address(), {});
    EXPECT_TRUE(connection);
    auto told = queue_figures(*connection, streams);
    EXPECT_TRUE(told) << told.error().message();
    return *told;
  }
  std::int64_t kept_entries() { return ask({"XLEN", keys.events}).integer; }
};

TEST_F(UpkeepTest, OnlyWhatIsCommittedIsTrimmed) {
  append_all({large('a'), large('b'), large('c'), large('d')});
  auto worker = consumer("worker");
  const auto entries = worker.read({.entries = 3}, kNoWait);
  ASSERT_TRUE(entries && entries->size() == 3);
  EXPECT_EQ(*worker.trim({.time = 0ms}), 0U);
  ASSERT_TRUE(worker.acknowledge(std::span(*entries).subspan(1)));
  EXPECT_EQ(*worker.trim({.time = 0ms}), 0U) << "the first is still held by somebody";
  ASSERT_TRUE(worker.acknowledge(std::span(*entries).first(1)));
  EXPECT_EQ(*worker.trim({.time = 0ms}), 3U);
  const auto last = worker.read({}, kNoWait);
  ASSERT_TRUE(last);
  EXPECT_EQ(payloads_of(*last), std::vector<std::string>{large('d')});
}

TEST_F(UpkeepTest, AWrongCountOfOpenBytesIsSetRightWhereNothingIsOpen) {
  append_all({"aa", "bbb"});
  auto worker = consumer("worker");
  const auto first = worker.read({.entries = 1}, kNoWait);
  ask({"INCRBY", keys.bytes, "24"});
  ASSERT_TRUE(worker.trim({.time = 1h}));
  EXPECT_EQ(open_bytes(), "29") << "one is held, one waits";
  ASSERT_TRUE(worker.acknowledge(*first));
  ASSERT_TRUE(worker.trim({.time = 1h}));
  EXPECT_EQ(open_bytes(), "27") << "one waits";
  const auto second = worker.read({.entries = 1}, kNoWait);
  ASSERT_TRUE(worker.trim({.time = 1h}));
  EXPECT_EQ(open_bytes(), "27") << "one is held";
  ASSERT_TRUE(worker.acknowledge(*second));
  ASSERT_TRUE(worker.trim({.time = 1h}));
  EXPECT_EQ(open_bytes(), "0");
}

TEST_F(UpkeepTest, WhatIsCommittedStaysForItsTime) {
  append_all({large('a'), large('b')});
  auto worker = consumer("worker");
  ASSERT_TRUE(worker.acknowledge(*worker.read({}, kNoWait)));
  EXPECT_EQ(*worker.trim({.time = 1h}), 0U);
  EXPECT_EQ(kept_entries(), 2);
  EXPECT_EQ(*worker.trim({.time = 0ms}), 2U);
}

TEST_F(UpkeepTest, WhereMemoryIsShortItGoesBeforeItsTime) {
  append_all({large('a'), large('b'), large('c')});
  auto worker = consumer("worker");
  const auto entries = worker.read({.entries = 2}, kNoWait);
  ASSERT_TRUE(worker.acknowledge(*entries));
  EXPECT_EQ(*worker.trim({.time = 1h, .bytes_max = 100'000}), 0U);
  EXPECT_EQ(*worker.trim({.time = 1h, .bytes_max = 100}), 2U);
  EXPECT_EQ(kept_entries(), 1);
}

TEST_F(UpkeepTest, ARewoundGroupGetsAgainWhatItHadCommittedAndCountsItOnce) {
  append_all({"aa", "bbb", "c"});
  auto worker = consumer("worker");
  const auto entries = worker.read({.entries = 2}, kNoWait);
  ASSERT_TRUE(entries && entries->size() == 2);
  ASSERT_TRUE(worker.follow_ledger("one", 1h));
  ASSERT_TRUE(worker.acknowledge(std::span(*entries).first(1)));
  EXPECT_EQ(open_bytes(), "4");
  EXPECT_EQ(*worker.follow_ledger("one", 1h), 0U) << "as before";
  const auto rewound = worker.follow_ledger("two", 1h);
  ASSERT_TRUE(rewound) << rewound.error().message();
  EXPECT_EQ(*rewound, 1U);
  EXPECT_EQ(open_bytes(), "6");
  EXPECT_EQ(figures().waiting, 3U);
  const auto again = worker.read({}, kNoWait);
  ASSERT_TRUE(again);
  EXPECT_EQ(payloads_of(*again), (std::vector<std::string>{"aa", "bbb", "c"}));
  ASSERT_TRUE(worker.acknowledge(*again));
  EXPECT_EQ(open_bytes(), "0");
  EXPECT_EQ(figures().depth(), 0U);
}

TEST_F(UpkeepTest, ARewindingNeverSkipsWhatNobodyHasRead) {
  append_all({"a", "b"});
  auto worker = consumer("worker");
  ASSERT_EQ(worker.read({.entries = 1}, kNoWait)->size(), 1U);
  ASSERT_TRUE(worker.follow_ledger("one", 0ms));
  EXPECT_EQ(*worker.follow_ledger("two", -1h), 0U);
  EXPECT_EQ(worker.read({}, kNoWait)->size(), 1U);
}

TEST_F(UpkeepTest, WhoWritesToALedgerThatWasLeftAcknowledgesNothing) {
  append_all({"a", "b"});
  auto late = consumer("late");
  auto other = consumer("other");
  ASSERT_TRUE(late.follow_ledger("one", 1h));
  const auto entries = late.read({}, kNoWait);
  ASSERT_TRUE(entries && entries->size() == 2);
  ASSERT_TRUE(late.acknowledge(std::span(*entries).first(1)));
  EXPECT_EQ(*other.follow_ledger("two", 1h), 1U);
  const auto refused = late.acknowledge(*entries);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Conflict);
  const Burial burial{.payload = "b", .error = "bad"};
  EXPECT_EQ(late.bury(entries->back(), std::span(&burial, 1)).error().code(), ErrorCode::Conflict);
  EXPECT_EQ(open_bytes(), "2");
  EXPECT_EQ(figures().dead_letters, 0U);

  const auto again = other.read({}, kNoWait);
  ASSERT_TRUE(again);
  EXPECT_EQ(payloads_of(*again), (std::vector<std::string>{"a", "b"}));
  ASSERT_TRUE(other.acknowledge(*again));
  EXPECT_EQ(open_bytes(), "0");
  EXPECT_EQ(*late.follow_ledger("two", 1h), 0U) << "it was rewound once";
  EXPECT_TRUE(late.acknowledge(*entries)) << "harmless now";
}

TEST_F(UpkeepTest, ConsumersThatHoldNothingAreForgotten) {
  append_all({"a", "b"});
  auto holding = consumer("holding");
  ASSERT_EQ(holding.read({.entries = 1}, kNoWait)->size(), 1U);
  auto idle = consumer("idle");
  ASSERT_TRUE(idle.acknowledge(*idle.read({}, kNoWait)));
  EXPECT_EQ(figures().consumers, 2U);
  EXPECT_EQ(*idle.forget_consumers(1h), 0U);
  EXPECT_EQ(*idle.forget_consumers(0ms), 1U);
  EXPECT_EQ(figures().consumers, 1U);
  EXPECT_EQ(figures().pending, 1U);
}

TEST_F(UpkeepTest, FiguresTellWhatWaitsWhatIsHeldAndHowOldItIs) {
  streams.shards = 2;
  append_all({"aa", "bb", "cc"});
  auto worker = consumer("worker");
  const auto entries = worker.read({.entries = 1}, kNoWait);
  ASSERT_TRUE(entries && entries->size() == 1);
  auto told = figures();
  EXPECT_EQ(told.waiting, 2U);
  EXPECT_EQ(told.pending, 1U);
  EXPECT_EQ(told.depth(), 3U);
  EXPECT_EQ(told.kept, 3U);
  EXPECT_EQ(told.bytes, 6U);
  EXPECT_EQ(told.bytes_max, streams.bytes_max);
  EXPECT_EQ(told.dead_letters, 0U);
  EXPECT_LT(told.oldest_age, 10min);
  ASSERT_TRUE(worker.acknowledge(*entries));
  ASSERT_TRUE(worker.acknowledge(*worker.read({}, kNoWait)));
  told = figures();
  EXPECT_EQ(told.depth(), 0U);
  EXPECT_EQ(told.kept, 3U);
  EXPECT_EQ(told.bytes, 0U);
  EXPECT_EQ(told.oldest_age, 0ms);
}

// Nobody can tell for how long an entry was held when the clock was set back meanwhile.
TEST_F(UpkeepTest, BehindTheNewestEntryTheClockHoldsNoClaimBack) {
  auto dead = consumer("dead");
  ASSERT_TRUE(dead.read({}, kNoWait));
  append_all({"a"});
  ASSERT_EQ(dead.read({}, kNoWait)->size(), 1U);
  auto living = consumer("living");
  EXPECT_TRUE(living.claim({}, 1h)->empty());
  const auto in_a_year = base::SystemClock().now() / 1'000 + 365LL * 24 * 3'600'000;
  ask({"XADD", keys.events, std::to_string(in_a_year) + "-1", "p", "of a clock that was ahead"});
  EXPECT_EQ(payloads_of(*living.claim({}, 1h)), std::vector<std::string>{"a"});
}

TEST_F(UpkeepTest, TheAgeIsThatOfTheOldestThatIsNotCommitted) {
  auto worker = consumer("worker");
  ASSERT_TRUE(worker.read({}, kNoWait));
  ASSERT_EQ(ask({"XADD", keys.events, "1000-1", "p", "from 1970"}).text, "1000-1");
  append_all({"of today"});
  EXPECT_GT(figures().oldest_age, 365 * 24h);
  const auto entries = worker.read({.entries = 1}, kNoWait);
  EXPECT_GT(figures().oldest_age, 365 * 24h) << "held is not committed";
  ASSERT_TRUE(worker.acknowledge(*entries));
  EXPECT_LT(figures().oldest_age, 10min);
}

TEST_F(UpkeepTest, AnEntryIsOpenUntilItIsAcknowledgedOrBuried) {
  append_all({"a", "b", "c"});
  auto worker = consumer("worker");
  ASSERT_TRUE(worker.read({}, kNoWait));
  append_all({"d"});
  std::vector<event::EntryId> places;
  for (const auto& entry : ask({"XRANGE", keys.events, "-", "+"}).items) {
    places.push_back(*position_from(0, entry.items[0].text));
  }
  auto connection = clients::redis::Connection::open(address(), {});
  ASSERT_TRUE(connection);
  const auto open = [&] { return *are_open(*connection, streams, places); };
  EXPECT_EQ(open(), (std::vector<bool>{true, true, true, true}));
  const auto held = worker.claim({}, 0ms);
  ASSERT_TRUE(held && held->size() == 3);
  ASSERT_TRUE(worker.acknowledge(std::span(*held).first(1)));
  const Burial burial{.payload = "b", .error = "bad"};
  ASSERT_TRUE(worker.bury((*held)[1], std::span(&burial, 1)));
  EXPECT_EQ(open(), (std::vector<bool>{false, false, true, true}));
  streams.shards = 2;
  places = {{.shard = 1, .millis = 1, .number = 1}};
  EXPECT_FALSE(are_open(*connection, streams, places)) << "no worker has been there";
}

TEST_F(UpkeepTest, WithoutAnyWorkerThereAreNoFigures) {
  auto connection = clients::redis::Connection::open(address(), {});
  ASSERT_TRUE(connection);
  for (int i = 0; i < 2; ++i) {
    const auto told = queue_figures(*connection, streams);
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().code(), ErrorCode::NotFound) << told.error().message();
    append_all({"a"});
  }
}

// The counter against a count by hand, over a random walk of everything that changes it.
TEST_F(UpkeepTest, TheCounterOfBytesIsAlwaysWhatIsNotCommitted) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Appender appender(address(), appending());
  auto worker = consumer("worker");
  ASSERT_TRUE(worker.read({}, kNoWait));
  ASSERT_TRUE(worker.follow_ledger("the first", 1h));
  std::map<event::EntryId, std::string> open;
  std::map<event::EntryId, std::string> committed;
  std::vector<Entry> held;
  const auto commit = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      committed[held[i].position] = held[i].payload;
      open.erase(held[i].position);
    }
    held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(count));
  };
  for (int step = 0; step < 300; ++step) {
    switch (random() % 7) {
      case 0:
      case 1: {
        const std::string payload(1 + random() % 3'000, 'x');
        open[append_at_last(appender, payload)] = payload;
        break;
      }
      case 2: {
        auto entries = worker.read({.entries = 1 + random() % 4}, kNoWait);
        ASSERT_TRUE(entries) << entries.error().message();
        std::ranges::move(*entries, std::back_inserter(held));
        break;
      }
      case 3: {
        const auto count = std::min<std::size_t>(held.size(), random() % 4);
        ASSERT_TRUE(worker.acknowledge(std::span(held).first(count)));
        commit(count);
        break;
      }
      case 4:
        if (!held.empty()) {
          const Burial burial{.payload = held[0].payload, .error = "bad"};
          ASSERT_TRUE(worker.bury(held[0], std::span(&burial, 1)));
          commit(1);
        }
        break;
      case 5:
        ASSERT_TRUE(worker.trim({.time = 1h}));
        break;
      default:
        if (random() % 5 == 0) {
          EXPECT_EQ(*worker.follow_ledger("ledger " + std::to_string(step), 1h), committed.size());
          open.merge(committed);
          committed.clear();
          held.clear();
        }
    }
    std::size_t bytes = 0;
    for (const auto& [position, payload] : open) bytes += payload.size();
    ASSERT_EQ(figures().bytes, bytes) << "step " << step;
    ASSERT_EQ(figures().depth() >= open.size(), true) << "step " << step;
  }
}

}  // namespace
}  // namespace tidemark::journal::redis
