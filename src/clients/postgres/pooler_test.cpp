// A real PgBouncer in transaction mode between: each transaction may be another session's, and
// those sessions are others' too.

#include <chrono>
#include <thread>

#include <gtest/gtest.h>

#include "clients/postgres/connection.hpp"
#include "clients/postgres/transaction.hpp"
#include "support/pg_bouncer.hpp"
#include "support/postgres_fixture.hpp"

namespace tidemark::clients::postgres {
namespace {

using base::ErrorCode;
using testing_support::PgBouncer;

struct PoolerTest : testing_support::PostgresTest {
  static Options options(std::string url) {
    return {.url = std::move(url),
            .statement_timeout = std::chrono::milliseconds(12'345),
            .needs = Needs::Writes,
            .settings = {{.name = "enable_seqscan", .value = "'off'"}}};
  }
  Connection open(Options with) const {
    auto opened = Connection::open(with);
    EXPECT_TRUE(opened) << opened.error().message();
    return std::move(*opened);
  }
  static std::string setting(Connection& of, const std::string& name) {
    auto rows = of.exec("SELECT current_setting($1)", {std::string_view(name)});
    EXPECT_TRUE(rows) << rows.error().message();
    return rows ? std::string((*rows)[0].text(0)) : "";
  }
  static void expect_ours(Connection& of) {
    EXPECT_EQ(setting(of, "statement_timeout"), "12345ms");
    EXPECT_EQ(setting(of, "TimeZone"), "UTC");
    EXPECT_EQ(setting(of, "enable_seqscan"), "off");
  }

  PgBouncer pooler{testing_support::shared_postgres().port()};
  std::string pooled = pooler.by(url);
};

TEST_F(PoolerTest, ItIsNoticed) {
  EXPECT_FALSE(connection.is_pooled());
  EXPECT_TRUE(open(options(pooled)).is_pooled());
  const PgBouncer by_session(testing_support::shared_postgres().port(), {.mode = "session"});
  EXPECT_TRUE(open(options(by_session.by(url))).is_pooled());
}

TEST_F(PoolerTest, EveryStatementHasOurSettingsAndLeavesNoneBehind) {
  auto ours = open(options(pooled));
  expect_ours(ours);
  auto transaction = Transaction::begin(ours, "BEGIN; SET LOCAL enable_seqscan = on");
  ASSERT_TRUE(transaction) << transaction.error().message();
  EXPECT_EQ(setting(ours, "statement_timeout"), "12345ms");
  EXPECT_EQ(setting(ours, "enable_seqscan"), "on") << "what the caller says goes last";
  ASSERT_TRUE(transaction->commit());
  // Both sessions that there are, as another client finds them.
  auto theirs = open({.url = pooled});
  auto held = open({.url = pooled});
  auto holding = Transaction::begin(held);
  ASSERT_TRUE(holding);
  for (auto* other : {&theirs, &held}) {
    EXPECT_NE(setting(*other, "statement_timeout"), "12345ms");
    EXPECT_EQ(setting(*other, "enable_seqscan"), "on");
  }
}

TEST_F(PoolerTest, PreparedStatementsPipelinesAndCopiesGoOnWhoeverElseIsThere) {
  ASSERT_TRUE(connection.run("CREATE TABLE kept (n int8)"));
  std::vector<std::thread> threads;
  for (std::int64_t client = 0; client < 6; ++client) {
    threads.emplace_back([this, client] {
      auto mine = open(options(pooled));
      const auto prepared = mine.prepare("put", "INSERT INTO kept SELECT $1::int8");
      ASSERT_TRUE(prepared) << prepared.error().message();
      for (std::int64_t i = 0; i < 50; ++i) {
        const auto put = mine.exec_prepared("put", {client});
        ASSERT_TRUE(put) << put.error().message();
        auto transaction = Transaction::begin(mine);
        ASSERT_TRUE(transaction) << transaction.error().message();
        {
          auto copy = mine.copy_in("COPY kept FROM STDIN (FORMAT binary)");
          ASSERT_TRUE(copy) << copy.error().message();
          ASSERT_TRUE(copy->begin_row(1));
          copy->int8(client);
          ASSERT_TRUE(copy->finish());
        }
        const std::vector<Statement> last{{.sql = "put", .values = {client}, .is_prepared = true},
                                          {.sql = "COMMIT"}};
        const auto committed = mine.pipeline(last);
        ASSERT_TRUE(committed) << committed.error().message();
        transaction->committed();
        auto read = mine.copy_out("COPY (SELECT n FROM kept WHERE n = " + std::to_string(client) +
                                  ") TO STDOUT (FORMAT binary)");
        ASSERT_TRUE(read) << read.error().message();
        std::int64_t rows = 0;
        for (auto row = read->next(); row && *row; row = read->next()) ++rows;
        EXPECT_EQ(rows, 3 * (i + 1));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  auto count = connection.exec("SELECT count(*) FROM kept");
  ASSERT_TRUE(count);
  EXPECT_EQ((*count)[0].integer(0), 6 * 50 * 3);
}

TEST_F(PoolerTest, FailuresAreThoseOfTheServer) {
  auto hasty = options(pooled);
  hasty.statement_timeout = std::chrono::milliseconds(200);
  auto mine = open(hasty);
  const auto slow = mine.exec("SELECT pg_sleep(60)");
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code(), ErrorCode::TimedOut);
  EXPECT_FALSE(mine.exec("SELECT 1/0"));
  EXPECT_TRUE(mine.usable());
  EXPECT_EQ((*mine.exec("SELECT 7::int8"))[0].integer(0), 7);
}

TEST_F(PoolerTest, AServerThatTakesNoWritesIsRefusedWhateverThePoolerTells) {
  testing_support::PostgresServer server;
  const PgBouncer between(server.port());
  // What the pooler tells of the server is what it was now.
  ASSERT_TRUE(open({.url = between.by(server.url())}).usable());
  auto direct = Connection::open({.url = server.url()});
  ASSERT_TRUE(direct);
  ASSERT_TRUE(direct->run("ALTER SYSTEM SET default_transaction_read_only = on"));
  ASSERT_TRUE(direct->run("SELECT pg_reload_conf()"));
  while (Connection::open(options(server.url()))) std::this_thread::yield();
  const auto refused = Connection::open(options(between.by(server.url())));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  auto again = Connection::open({.url = server.url()});
  ASSERT_TRUE(again);
  ASSERT_TRUE(again->run("ALTER SYSTEM RESET default_transaction_read_only"));
  ASSERT_TRUE(again->run("SELECT pg_reload_conf()"));
  while (!Connection::open(options(between.by(server.url())))) std::this_thread::yield();
}

}  // namespace
}  // namespace tidemark::clients::postgres
