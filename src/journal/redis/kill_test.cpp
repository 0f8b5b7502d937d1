// kill -9 of the server under load, its file kept: everything that was answered is delivered.

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include "journal/redis/appender.hpp"
#include "journal/redis/consumer.hpp"
#include "support/redis_queue.hpp"

namespace tidemark::journal::redis {
namespace {

using testing_support::append;
using testing_support::kNoWait;
using testing_support::QueueTest;
using namespace std::chrono_literals;

constexpr int kKills = 12;
constexpr int kWriters = 4;

struct KillTest : QueueTest {
  KillTest() { streams.shards = 3; }

  /// Appends one payload after another until the end; what was answered is written down.
  void write(Appender& appender, int writer) {
    for (int number = 0; !done; ++number) {
      const auto payload = std::to_string(writer) + "/" + std::to_string(number);
      const auto position = append(appender, payload);
      if (!position) continue;
      const std::lock_guard lock(mutex);
      answered[*position] = payload;
      ++answered_count;
    }
  }

  /// Commits, then acknowledges: a lost acknowledgement repeats and loses nothing.
  void work() {
    auto worker = consumer("worker");
    while (!done) {
      const auto entries = worker.read({.entries = 50}, 2ms);
      if (!entries) continue;
      for (const auto& entry : *entries) committed[entry.position] = entry.payload;
      std::ignore = worker.acknowledge(*entries);
      std::ignore = worker.trim({.time = 0ms});
    }
  }

  /// Takes over from the dead worker until nothing is left.
  void work_off_the_rest() {
    auto last = consumer("last");
    for (int empty = 0; empty < 2;) {
      auto entries = last.claim({}, 0ms);
      if (entries && entries->empty()) entries = last.read({}, kNoWait);
      ASSERT_TRUE(entries) << entries.error().message();
      empty = entries->empty() ? empty + 1 : 0;
      for (const auto& entry : *entries) committed[entry.position] = entry.payload;
      ASSERT_TRUE(last.acknowledge(*entries));
    }
    ASSERT_TRUE(last.trim({.time = 0ms}));
  }

  std::mutex mutex;
  std::map<event::EntryId, std::string> answered;
  std::atomic<std::uint64_t> answered_count = 0;
  std::map<event::EntryId, std::string> committed;
  std::atomic<bool> done = false;
};

TEST_F(KillTest, NothingThatWasAnsweredIsLost) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Appender appender(address(), appending());
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([this, &appender, writer] { write(appender, writer); });
  }
  threads.emplace_back([this] { work(); });
  for (int kill = 0; kill < kKills; ++kill) {
    const auto enough = answered_count + 1 + random() % 300;
    while (answered_count < enough) std::this_thread::yield();
    server.kill();
    EXPECT_TRUE(server.start()) << server.said();
    if (!server.running()) break;
  }
  done = true;
  for (auto& thread : threads) thread.join();
  appender.stop();
  work_off_the_rest();

  EXPECT_GE(answered.size(), static_cast<std::size_t>(kKills));
  for (const auto& [position, payload] : answered) {
    ASSERT_EQ(committed[position], payload) << position.shard << ":" << entry_id(position);
  }
  for (std::uint32_t shard = 0; shard < streams.shards; ++shard) {
    EXPECT_EQ(ask({"GET", keys_of(streams, shard).bytes}).text, "0");
  }
}

}  // namespace
}  // namespace tidemark::journal::redis
