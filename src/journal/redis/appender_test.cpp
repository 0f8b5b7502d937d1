// Appending to a real server: what is answered is there, what cannot be kept is refused in words,
// and a server that comes back is found.

#include "journal/redis/appender.hpp"

#include <set>
#include <thread>
#include <tuple>

#include <gtest/gtest.h>

#include "journal/journal.hpp"
#include "support/redis_queue.hpp"

namespace tidemark::journal::redis {
namespace {

using base::ErrorCode;
using testing_support::append;
using testing_support::append_at_last;
using testing_support::kNoWait;
using testing_support::payloads_of;
using testing_support::QueueTest;
using namespace std::chrono_literals;

struct AppenderTest : QueueTest {};

TEST_F(AppenderTest, WhatWasAnsweredIsInTheStreamUnderItsPlace) {
  Appender appender(address(), appending());
  const std::string payload("any\0bytes\r\n", 11);
  const auto position = append(appender, payload);
  ASSERT_TRUE(position) << position.error().message();
  const auto id = entry_id(*position);
  const auto found = ask({"XRANGE", keys.events, id, id});
  ASSERT_EQ(found.items.size(), 1U);
  EXPECT_EQ(found.items[0].items[1].items[1].text, payload);
  EXPECT_EQ(open_bytes(), "11");
  EXPECT_TRUE(appender.healthy());
}

TEST_F(AppenderTest, ShardsTakeTurns) {
  streams.shards = 3;
  Appender appender(address(), appending());
  std::multiset<std::uint32_t> shards;
  for (int i = 0; i < 6; ++i) {
    const auto position = append(appender, "x");
    ASSERT_TRUE(position) << position.error().message();
    shards.insert(position->shard);
  }
  EXPECT_EQ(shards, (std::multiset<std::uint32_t>{0, 0, 1, 1, 2, 2}));
}

TEST_F(AppenderTest, ManyThatWaitAreSentTogetherAndEachHearsItsOwnPlace) {
  Appender appender(address(), appending());
  constexpr std::uint64_t kEntries = 5'000;
  std::mutex mutex;
  std::map<event::EntryId, std::string> places;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 2; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::uint64_t i = 0; i < kEntries / 2; ++i) {
        auto payload = std::to_string(thread) + "/" + std::to_string(i);
        appender.append(payload, [&, payload](const base::Result<event::EntryId>& position) {
          const std::lock_guard lock(mutex);
          ASSERT_TRUE(position) << position.error().message();
          places[*position] = payload;
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  appender.stop();
  ASSERT_EQ(places.size(), kEntries);
  const auto figures = appender.figures();
  EXPECT_EQ(figures.appended_entries, kEntries);
  EXPECT_EQ(figures.in_flight_bytes, 0U);
  EXPECT_LT(figures.groups, kEntries);
  const auto all = ask({"XRANGE", keys.events, "-", "+"});
  ASSERT_EQ(all.items.size(), kEntries);
  for (const auto& entry : all.items) {
    const auto position = position_from(0, entry.items[0].text);
    ASSERT_TRUE(position);
    EXPECT_EQ(places[*position], entry.items[1].items[1].text);
  }
}

TEST_F(AppenderTest, WithoutAServerEverythingIsRefusedUntilItIsThere) {
  server.kill();
  Appender appender(address(), appending());
  const auto refused = append(appender, "a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  EXPECT_FALSE(appender.healthy());
  EXPECT_EQ(appender.figures().failed, 1U);
  ASSERT_TRUE(server.start()) << server.said();
  append_at_last(appender, "b");
  EXPECT_TRUE(appender.healthy());
}

TEST_F(AppenderTest, AServerThatGoesAndComesIsFoundByAnAppenderThatNobodyUses) {
  auto options = appending();
  options.probe_every = 1ms;
  Appender appender(address(), options);
  while (!appender.healthy()) std::this_thread::yield();
  server.kill();
  while (appender.healthy()) std::this_thread::yield();
  ASSERT_TRUE(server.start()) << server.said();
  while (!appender.healthy()) std::this_thread::yield();
  EXPECT_GE(appender.figures().connects, 2U) << "a server that starts may let go of the first";
}

TEST_F(AppenderTest, AServerThatHangsIsUnavailableInTime) {
  auto options = appending();
  options.dialer.connection = {.connect_max = 30ms, .command_max = 30ms};
  Appender appender(address(), options);
  append_at_last(appender, "a");
  server.freeze();
  const auto refused = append(appender, "b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  server.thaw();
  append_at_last(appender, "c");
}

TEST_F(AppenderTest, AServerThatWasStartedAgainWithLooserSettingsIsNotUsed) {
  Appender appender(address(), appending());
  append_at_last(appender, "a");
  server.kill();
  server.change({{"appendfsync", "everysec"}});
  ASSERT_TRUE(server.start()) << server.said();
  for (int i = 0; i < 5; ++i) {
    const auto refused = append(appender, "b");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  }
  while (appender.healthy() ||
         appender.healthy().error().message().find("must be always") == std::string::npos) {
    std::ignore = append(appender, "b");
  }
}

TEST_F(AppenderTest, AServerThatBecameAReplicaIsNotUsedUntilItIsTheFirstAgain) {
  auto options = appending();
  options.probe_every = 1ms;
  Appender appender(address(), options);
  append_at_last(appender, "a");
  ASSERT_EQ(ask({"REPLICAOF", "127.0.0.1", "1"}).text, "OK");
  const auto refused = append(appender, "b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(appender.healthy());
    std::ignore = append(appender, "b");
  }
  ASSERT_EQ(ask({"REPLICAOF", "NO", "ONE"}).text, "OK");
  append_at_last(appender, "c");
  EXPECT_TRUE(appender.healthy());
}

TEST_F(AppenderTest, AFullQueueIsOverloadedAndTakesAgainAfterAnAcknowledgement) {
  streams.bytes_max = 100;
  auto options = appending();
  options.probe_every = 1ms;
  Appender appender(address(), options);
  ASSERT_TRUE(append(appender, std::string(60, 'a')));
  ASSERT_TRUE(append(appender, std::string(60, 'b')));
  const auto refused = append(appender, "c");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Overloaded);
  EXPECT_EQ(appender.figures().refused_full, 1U);
  EXPECT_EQ(appender.figures().refused_memory, 0U);
  for (int looks = 0; looks < 1'000; ++looks) EXPECT_FALSE(appender.healthy());

  auto worker = consumer("worker");
  const auto entries = worker.read({.entries = 1}, kNoWait);
  ASSERT_TRUE(entries) << entries.error().message();
  ASSERT_FALSE(append(appender, "c")) << "who reads has not committed";
  ASSERT_TRUE(worker.acknowledge(*entries));
  while (!appender.healthy()) std::this_thread::yield();  // without anybody who tries
  EXPECT_TRUE(append(appender, "c"));
  EXPECT_EQ(open_bytes(), "61");
}

TEST_F(AppenderTest, AServerWithoutMemoryIsToldInOurWordsForAsLongAsItLasts) {
  auto options = appending();
  options.probe_every = 1ms;
  Appender appender(address(), options);
  ASSERT_TRUE(append(appender, "a"));
  ASSERT_EQ(ask({"CONFIG", "SET", "maxmemory", "1"}).text, "OK");
  const auto refused = append(appender, "b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "the queue's Redis is full: raise its maxmemory, or let the workers catch up");
  EXPECT_EQ(appender.figures().refused_memory, 1U);
  EXPECT_EQ(appender.figures().refused_full, 0U);
  // Each probe in between finds a server that answers, and is full.
  for (int looks = 0; looks < 1'000; ++looks) {
    const auto health = appender.healthy();
    ASSERT_FALSE(health);
    EXPECT_EQ(health.error().message(), refused.error().message());
    std::this_thread::yield();
  }
  ASSERT_EQ(ask({"CONFIG", "SET", "maxmemory", "100mb"}).text, "OK");
  while (!appender.healthy()) std::this_thread::yield();
  EXPECT_TRUE(append(appender, "b"));
}

TEST_F(AppenderTest, AFullServerIsNoticedBeforeAnybodyIsRefused) {
  auto options = appending();
  options.probe_every = 1ms;
  Appender appender(address(), options);
  while (!appender.healthy()) std::this_thread::yield();
  ASSERT_EQ(ask({"CONFIG", "SET", "maxmemory", "1"}).text, "OK");
  while (appender.healthy()) std::this_thread::yield();
  EXPECT_EQ(appender.figures().refused_memory, 0U);
}

TEST_F(AppenderTest, AServerWithoutMemoryIsOverloadedAndLosesNothing) {
  Appender appender(address(), appending());
  ASSERT_TRUE(append(appender, "a"));
  ASSERT_EQ(ask({"CONFIG", "SET", "maxmemory", "1"}).text, "OK");
  const auto refused = append(appender, "b");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Overloaded);
  // The workers can go on all the same, or it would stay full for ever.
  auto worker = consumer("worker");
  auto entries = worker.read({}, kNoWait);
  ASSERT_FALSE(entries) << "a group cannot be made without memory";
  ASSERT_EQ(ask({"CONFIG", "SET", "maxmemory", "100mb"}).text, "OK");
  while (!entries) entries = worker.read({}, kNoWait);
  ASSERT_EQ(payloads_of(*entries), std::vector<std::string>{"a"});
  ASSERT_TRUE(append(appender, "b"));
  ASSERT_EQ(ask({"CONFIG", "SET", "maxmemory", "1"}).text, "OK");
  const auto done = worker.acknowledge(*entries);
  EXPECT_TRUE(done) << done.error().message();
  const auto more = worker.read({}, kNoWait);
  ASSERT_TRUE(more) << more.error().message();
  ASSERT_EQ(payloads_of(*more), std::vector<std::string>{"b"});
  const Burial burial{.payload = "b", .error = "bad", .tries = 1};
  const auto buried = worker.bury(more->front(), std::span(&burial, 1));
  EXPECT_TRUE(buried) << buried.error().message();
  EXPECT_TRUE(worker.trim({.time = 0ms}));
  EXPECT_EQ(open_bytes(), "0");
}

TEST_F(AppenderTest, WhatWaitsHereIsBoundedToo) {
  auto options = appending();
  options.in_flight_bytes_max = 10;
  options.dialer.connection = {.connect_max = 10'000ms, .command_max = 10'000ms};
  Appender appender(address(), options);
  append_at_last(appender, "a");
  server.freeze();
  std::promise<base::Result<event::EntryId>> first;
  appender.append("12345678", [&](auto outcome) { first.set_value(std::move(outcome)); });
  const auto refused = append(appender, "123");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Overloaded);
  EXPECT_EQ(appender.figures().refused_in_flight, 1U);
  server.thaw();
  EXPECT_TRUE(first.get_future().get());
  EXPECT_TRUE(append(appender, "123"));
}

TEST_F(AppenderTest, NothingAndTooMuchAreRefusedByTheirSize) {
  Appender appender(address(), appending());
  EXPECT_EQ(append(appender, "").error().code(), ErrorCode::InvalidInput);
  EXPECT_EQ(append(appender, std::string(kContentBytesMax + 1, 'x')).error().code(),
            ErrorCode::TooLarge);
}

TEST_F(AppenderTest, AStopAnswersWhatWasTakenAndRefusesWhatComesLater) {
  Appender appender(address(), appending());
  append_at_last(appender, "a");
  std::atomic<int> answered = 0;
  std::atomic<int> around = 0;
  for (int i = 0; i < 100; ++i) {
    appender.append("b", [&](const auto& outcome) { answered += outcome ? 1 : 0; });
  }
  appender.stop();
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(append(appender, "c").error().code(), ErrorCode::Unavailable);
  auto options = appending();
  options.around_answers = [&](const std::function<void()>& answers) {
    answers();
    ++around;
  };
  Appender second(address(), options);
  append_at_last(second, "d");
  second.stop();
  EXPECT_GE(around, 1);
}

}  // namespace
}  // namespace tidemark::journal::redis
