// kill -9 of PostgreSQL while a writer works: what was acknowledged is there, and nothing twice.

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "clients/postgres/transaction.hpp"
#include "support/postgres_ledger.hpp"

namespace tidemark::ledger::postgres {
namespace {

using clients::postgres::Connection;
using testing_support::Follower;
using testing_support::MadeEntry;
using testing_support::uuid_text;

/// A server that may be killed, and a ledger on it.
struct WriterCrashTest : testing::Test {
  WriterCrashTest() {
    auto applied = migrate_up({.url = server.url()});
    EXPECT_TRUE(applied) << applied.error().message();
  }

  /// Every event of the feed, read from its beginning.
  std::vector<testing_support::ReadEvent> all_events() {
    clients::postgres::Pool pool({.url = server.url()}, {});
    PostgresFeed feed(pool);
    Follower follower(feed);
    const auto followed = follower.follow();
    EXPECT_TRUE(followed) << followed.error().message();
    return follower.events;
  }

  testing_support::PostgresServer server;
};

TEST_F(WriterCrashTest, ABatchBeforeItsCommitIsGoneAndTheNextTryStoresIt) {
  MadeEntry entry(1);
  for (std::uint64_t id = 0; id < 500; ++id) entry.add(uuid_text(id));
  const std::vector<EntryEvents> batch{entry.events()};
  PostgresWriter writer({.url = server.url()});
  auto watch = Connection::open({.url = server.url()});
  ASSERT_TRUE(watch);
  // Holds the writer at its last statements: all rows are in, nothing is committed.
  auto transaction = clients::postgres::Transaction::begin(*watch);
  ASSERT_TRUE(transaction);
  ASSERT_TRUE(watch->exec("SELECT * FROM feed_head FOR UPDATE"));
  std::thread work([&] { EXPECT_FALSE(writer.write(batch)); });
  for (std::int64_t waiting = 0; waiting == 0;) {
    auto rows = watch->exec("SELECT count(*) FROM pg_locks WHERE NOT granted");
    ASSERT_TRUE(rows) << rows.error().message();
    waiting = (*rows)[0].integer(0);
  }
  server.kill();
  work.join();
  server.start();
  EXPECT_TRUE(all_events().empty());
  const auto written = writer.write(batch);
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_EQ(written->accepted, 500U);
  EXPECT_EQ(written->position, 1U);
  EXPECT_EQ(all_events().size(), 500U);
}

TEST_F(WriterCrashTest, KilledAtAnyMomentNothingIsLostAndNothingTwice) {
  constexpr int kKills = 6;
  constexpr std::uint64_t kIds = 200;
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);

  std::atomic<std::uint64_t> acknowledged = 0;
  std::atomic<bool> end = false;
  std::thread work([&] {
    PostgresWriter writer({.url = server.url()});
    for (std::uint64_t number = 0; !end; ++number) {
      MadeEntry entry(number);
      // Half of them stood in the batch before.
      for (std::uint64_t id = 0; id < kIds; ++id) entry.add(uuid_text(number * kIds / 2 + id));
      const std::vector<EntryEvents> batch{entry.events()};
      while (!writer.write(batch)) std::this_thread::yield();
      acknowledged = number + 1;
      acknowledged.notify_all();
    }
  });
  for (int kill = 0; kill < kKills; ++kill) {
    const auto before = acknowledged.load();
    acknowledged.wait(before);
    const auto moment =
        std::chrono::steady_clock::now() + std::chrono::microseconds(random() % 20'000);
    while (std::chrono::steady_clock::now() < moment) std::this_thread::yield();
    server.kill();
    server.start();
  }
  end = true;
  work.join();

  const auto events = all_events();
  std::set<std::string> ids;
  for (std::size_t at = 0; at < events.size(); ++at) {
    EXPECT_EQ(events[at].sequence, at);
    ids.insert(events[at].id);
  }
  const auto batches = acknowledged.load();
  EXPECT_EQ(events.size(), batches * kIds / 2 + kIds / 2);
  EXPECT_EQ(ids.size(), events.size());
}

}  // namespace
}  // namespace tidemark::ledger::postgres
