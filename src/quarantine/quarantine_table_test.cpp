// The table is one list for all processes, whatever they do at one time, and a database that is
// away costs nobody more than a refusal.

#include "quarantine/quarantine_table.hpp"

#include <array>
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/postgres/transaction.hpp"
#include "support/quarantine_fixture.hpp"

namespace tidemark::quarantine {
namespace {

using base::ErrorCode;
using clients::postgres::Pool;
using clients::postgres::Transaction;
using testing::HasSubstr;
using testing_support::added_rows;
using testing_support::expect_added;
using testing_support::listed;
using testing_support::listed_raw;
using testing_support::rejected;
using testing_support::rejected_row;
using testing_support::removed;
using namespace std::chrono_literals;

constexpr auto kDefault = event::ProjectId::Default;

/// A process: a pool of its own.
struct Process {
  explicit Process(const std::string& url, Bounds bounds = {})
      : pool({.url = url, .lock_timeout = 20s}, {}), table(pool, bounds, 0ms) {}
  Pool pool;
  QuarantineTable table;
};

/// Adds to each table from a thread of its own.
class AddingThreads {
 public:
  static constexpr std::size_t kEvents = 100;  ///< each

  AddingThreads(std::initializer_list<QuarantineTable*> tables) : running_(tables.size()) {
    for (auto* table : tables) {
      threads_.emplace_back([this, table] {
        for (std::size_t i = 0; i < kEvents; ++i) expect_added(*table, "x");
        --running_;
      });
    }
  }
  ~AddingThreads() {
    for (auto& thread : threads_) thread.join();
  }
  AddingThreads(const AddingThreads&) = delete;
  AddingThreads& operator=(const AddingThreads&) = delete;

  /// Whether one does still.
  [[nodiscard]] bool run() const { return running_ > 0; }

 private:
  std::atomic<std::size_t> running_;
  std::vector<std::thread> threads_;
};

struct QuarantineTableTest : testing_support::PostgresTest {
  QuarantineTableTest() {
    const auto applied = ledger::postgres::migrate_up({.url = url});
    EXPECT_TRUE(applied) << applied.error().message();
  }
  /// Whether the totals are those of what is there.
  void expect_totals_to_fit() {
    EXPECT_EQ(integer("SELECT count(*) FROM quarantine"),
              integer("SELECT events FROM quarantine_total"));
    EXPECT_EQ(integer("SELECT coalesce(sum(bytes), 0)::bigint FROM quarantine"),
              integer("SELECT bytes FROM quarantine_total"));
  }
};

TEST_F(QuarantineTableTest, WhatOneProcessAddsOrRemovesTheOthersSee) {
  Process one(url);
  Process other(url);
  expect_added(one.table, "a");
  expect_added(other.table, "b");
  expect_added(one.table, "c");
  EXPECT_EQ(listed_raw(other.table), "abc");
  EXPECT_EQ(removed(other.table, {listed(one.table)[1].id}), 1U);
  EXPECT_EQ(listed_raw(one.table), "ac");
  EXPECT_EQ(added_rows(one.table, {rejected_row("f:2", "r")}), 1U);
  EXPECT_EQ(added_rows(other.table, {rejected_row("f:2", "r"), rejected_row("f:3", "s")}), 1U);
  expect_totals_to_fit();
}

TEST_F(QuarantineTableTest, FiguresAreWhatThisProcessHasLastHeard) {
  Process one(url, {.events_max = 2});
  Process other(url, {.events_max = 2});
  for (int i = 0; i < 3; ++i) expect_added(one.table, "x");
  EXPECT_EQ(one.table.figures().events, 2U);
  EXPECT_EQ(one.table.figures().dropped, 1U);
  EXPECT_EQ(other.table.figures().events, 0U);
  EXPECT_EQ(listed_raw(other.table), "xx");
  EXPECT_EQ(other.table.figures().events, 2U);
  EXPECT_EQ(other.table.figures().bytes, one.table.figures().bytes);
  EXPECT_EQ(other.table.figures().dropped, 0U) << "it has dropped none itself";
  EXPECT_EQ(integer("SELECT dropped FROM quarantine_total"), 1);
}

TEST_F(QuarantineTableTest, BoundsHoldWhileTwoProcessesAddAtOnce) {
  constexpr std::size_t kKept = 20;
  Process one(url, {.events_max = kKept});
  Process other(url, {.events_max = kKept});
  AddingThreads adding({&one.table, &other.table});
  Process reader(url);
  while (adding.run()) EXPECT_LE(listed(reader.table, 0, 1'000).size(), kKept);

  EXPECT_EQ(listed(reader.table, 0, 1'000).size(), kKept);
  EXPECT_EQ(one.table.figures().dropped + other.table.figures().dropped,
            2 * AddingThreads::kEvents - kKept);
  EXPECT_EQ(integer("SELECT dropped FROM quarantine_total"), 2 * AddingThreads::kEvents - kKept);
  expect_totals_to_fit();
}

TEST_F(QuarantineTableTest, WhoReadsOnBehindTheLastIdMissesNone) {
  Process one(url);
  Process other(url);
  AddingThreads adding({&one.table, &other.table});
  Process reader(url);
  std::uint64_t last = 0;
  std::size_t seen = 0;
  const auto read_on = [&] {
    for (const auto& event : listed(reader.table, last, 1'000)) {
      EXPECT_GT(event.id, last);
      last = event.id;
      ++seen;
    }
  };
  while (adding.run()) read_on();
  read_on();
  EXPECT_EQ(seen, 2 * AddingThreads::kEvents);
}

TEST_F(QuarantineTableTest, OneRowThatManyBringAtOnceIsKeptOnce) {
  std::vector<std::unique_ptr<Process>> processes;
  for (int i = 0; i < 4; ++i) processes.push_back(std::make_unique<Process>(url));
  std::atomic<std::size_t> kept = 0;
  std::vector<std::thread> threads;
  for (auto& process : processes) {
    threads.emplace_back([&kept, table = &process->table] {
      for (int i = 0; i < 20; ++i) {
        kept += added_rows(*table, {rejected_row("f:" + std::to_string(i), "r")});
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(kept, 20U);
  EXPECT_EQ(listed(processes[0]->table, 0, 1'000).size(), 20U);
  expect_totals_to_fit();
}

TEST_F(QuarantineTableTest, WhoeverRemovesAndAddsAtOnceTheTotalsFit) {
  Process one(url, {.events_max = 10});
  Process other(url, {.events_max = 10});
  AddingThreads adding({&one.table});
  std::size_t gone = 0;
  for (bool more = true; more;) {
    more = adding.run();
    for (const auto& event : listed(other.table, 0, 3)) {
      gone += removed(other.table, {event.id});
      more = true;
    }
  }
  EXPECT_EQ(gone + one.table.figures().dropped, AddingThreads::kEvents);
  EXPECT_TRUE(listed(other.table).empty());
  expect_totals_to_fit();
}

TEST_F(QuarantineTableTest, RowsThatWereRemovedByHandAreNotCountedFromTheNextStartOn) {
  Process process(url, {.events_max = 3});
  for (int i = 0; i < 3; ++i) expect_added(process.table, "x");
  ASSERT_TRUE(connection.run("DELETE FROM quarantine WHERE id <> 2"));
  Process started(url, {.events_max = 3});
  ASSERT_TRUE(started.table.recount());
  EXPECT_EQ(started.table.figures().events, 1U);
  for (int i = 0; i < 2; ++i) expect_added(process.table, "y");
  EXPECT_EQ(listed_raw(process.table), "xyy");
  expect_totals_to_fit();
}

TEST_F(QuarantineTableTest, AStartWithLowerBoundsDropsTheOldest) {
  Process process(url);
  for (int i = 0; i < 5; ++i) expect_added(process.table, std::to_string(i));
  Process started(url, {.events_max = 2});
  ASSERT_TRUE(started.table.recount());
  EXPECT_EQ(listed_raw(process.table), "34");
  EXPECT_EQ(started.table.figures().dropped, 3U);
}

TEST_F(QuarantineTableTest, TotalsThatAreFarTooHighCostNothingAndAreCorrected) {
  Process process(url, {.events_max = 2});
  ASSERT_TRUE(connection.run("UPDATE quarantine_total SET events = 1000, bytes = 1000"));
  expect_added(process.table, "x");
  expect_added(process.table, "y");
  EXPECT_EQ(listed_raw(process.table), "xy");
  EXPECT_EQ(process.table.figures().dropped, 0U);
  expect_totals_to_fit();
}

TEST_F(QuarantineTableTest, AListThatWasDamagedIsToldAsSuch) {
  Process process(url);
  expect_added(process.table, "x");
  ASSERT_TRUE(connection.run("UPDATE quarantine SET faults = 'no faults'"));
  const auto damaged = process.table.list(kDefault, 0, 10);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code(), ErrorCode::Corrupt);
  EXPECT_THAT(damaged.error().message(), HasSubstr("listing rejected events"));
  ASSERT_TRUE(connection.run("DELETE FROM quarantine_total"));
  const auto added = process.table.add({rejected("y")});
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().code(), ErrorCode::Corrupt);
}

/// Everybody else waits for the totals, so nobody may hold them for ever.
TEST_F(QuarantineTableTest, WhoHoldsTheTotalsAndFallsSilentLosesThem) {
  ASSERT_TRUE(connection.run(
      "CREATE TABLE seen AS SELECT '' AS patience; "
      "CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
      "UPDATE seen SET patience = current_setting('idle_in_transaction_session_timeout'); "
      "RETURN NEW; END $$; "
      "CREATE TRIGGER see BEFORE UPDATE ON quarantine_total FOR EACH ROW EXECUTE FUNCTION see()"));
  Process process(url);
  expect_added(process.table, "x");
  EXPECT_EQ(integer("SELECT count(*) FROM seen WHERE patience = '10s'"), 1);
}

TEST_F(QuarantineTableTest, WithoutTheTotalsNothingIsKeptAndTheNextTryGoesOn) {
  Pool pool({.url = url, .lock_timeout = 20ms}, {});
  QuarantineTable table(pool, {}, 0ms);
  {
    auto holder = Transaction::begin(connection);
    ASSERT_TRUE(holder);
    ASSERT_TRUE(connection.exec("SELECT * FROM quarantine_total FOR UPDATE"));
    const auto refused = table.add({rejected("x")});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
    EXPECT_THAT(refused.error().message(), HasSubstr("keeping rejected events: a lock could not"));
    EXPECT_TRUE(listed(table).empty()) << "to look needs no lock";
  }
  expect_added(table, "y");
  EXPECT_EQ(listed_raw(table), "y");
}

struct QuarantineOutageTest : testing::Test {
  testing_support::PostgresServer server;
  std::string url = server.new_database();

  QuarantineOutageTest() {
    const auto applied = ledger::postgres::migrate_up({.url = url});
    EXPECT_TRUE(applied) << applied.error().message();
  }
};

TEST_F(QuarantineOutageTest, WhileTheDatabaseIsAwayEverythingIsUnavailableAndThenGoesOn) {
  Process process(url);
  expect_added(process.table, "before");
  server.kill();
  const std::array<std::uint64_t, 1> ids{1};
  EXPECT_EQ(process.table.add({rejected("x")}).error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(process.table.add_rows({rejected("x")}).error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(process.table.list(kDefault, 0, 1).error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(process.table.remove(kDefault, ids).error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(process.table.figures().events, 1U) << "as last heard";
  server.start();
  // One that was open when the server died may still be lent.
  while (!process.table.add({rejected("after")})) {
  }
  EXPECT_EQ(listed_raw(process.table), "beforeafter");
}

TEST_F(QuarantineOutageTest, AServerThatWasAwayIsLeftAloneForAWhile) {
  Pool pool({.url = url}, {});
  QuarantineTable table(pool, {}, std::chrono::hours(1));
  server.kill();
  ASSERT_FALSE(table.add({rejected("x")}));
  server.start();
  const auto refused = table.add({rejected("x")});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(refused.error().message(), "keeping rejected events: PostgreSQL is away");
  EXPECT_EQ(pool.figures().open, 0U) << "it was not asked";
}

}  // namespace
}  // namespace tidemark::quarantine
