// What a connection does when the server, or the network between, fails.

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "clients/postgres/connection.hpp"
#include "clients/postgres/transaction.hpp"
#include "support/postgres_fixture.hpp"

namespace tidemark::clients::postgres {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

using FailureTest = testing_support::PostgresTest;

TEST_F(FailureTest, AnotherThreadEndsAStatement) {
  const auto canceller = connection.canceller();
  auto watch = connect();
  const auto process = std::int64_t{connection.server_process()};
  std::thread other([&] {
    const std::string sql =
        "SELECT count(*) FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'PgSleep'";
    for (std::int64_t asleep = 0; asleep == 0;) {
      auto rows = watch.exec(sql, {process});
      asleep = rows ? (*rows)[0].integer(0) : 1;
    }
    EXPECT_TRUE(canceller.cancel());
  });
  auto ended = connection.exec("SELECT pg_sleep(60)");
  other.join();
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code(), ErrorCode::TimedOut);
  EXPECT_TRUE(connection.usable());
}

TEST_F(FailureTest, AStatementAndALockHaveTheirTimes) {
  ASSERT_TRUE(connection.run("CREATE TABLE held (n int8)"));
  auto transaction = Transaction::begin(connection);
  ASSERT_TRUE(transaction);
  ASSERT_TRUE(connection.run("LOCK TABLE held"));
  auto hasty = Connection::open({.url = url,
                                 .statement_timeout = std::chrono::milliseconds(200),
                                 .lock_timeout = std::chrono::milliseconds(20)});
  ASSERT_TRUE(hasty);
  auto locked = hasty->exec("SELECT count(*) FROM held");
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code(), ErrorCode::TimedOut);
  EXPECT_THAT(locked.error().message(), HasSubstr("a lock could not be taken in time"));
  auto slow = hasty->exec("SELECT pg_sleep(60)");
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().code(), ErrorCode::TimedOut);
}

TEST_F(FailureTest, ASessionThatTheServerEndsIsUnavailableFromThenOn) {
  auto other = connect();
  ASSERT_TRUE(other.exec("SELECT pg_terminate_backend($1::int8::int4, 10000)",
                         {std::int64_t{connection.server_process()}}));
  EXPECT_FALSE(connection.usable());
  for (int tries = 0; tries < 2; ++tries) {
    auto failed = connection.exec("SELECT 1");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), ErrorCode::Unavailable);
  }
  EXPECT_FALSE(connection.copy_in("COPY x FROM STDIN (FORMAT binary)"));
  EXPECT_FALSE(connection.pipeline(std::vector<Statement>{{.sql = "SELECT 1"}}));
  EXPECT_FALSE(connection.usable());
}

TEST_F(FailureTest, AServerThatIsKilledWithinACopyIsUnavailable) {
  testing_support::PostgresServer server;
  auto opened = Connection::open({.url = server.url()});
  ASSERT_TRUE(opened);
  ASSERT_TRUE(opened->run("CREATE TABLE kept (words text)"));
  {
    auto copy = opened->copy_in("COPY kept FROM STDIN (FORMAT binary)");
    ASSERT_TRUE(copy);
    server.kill();
    // Sooner or later the kernel tells that nobody is there.
    base::Status sent = base::ok;
    for (int row = 0; row < 100'000 && sent; ++row) {
      sent = copy->begin_row(1);
      if (sent) copy->text(std::string(1'000, 'x'));
    }
    EXPECT_FALSE(sent && copy->finish());
  }
  auto refused = Connection::open({.url = server.url()});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  server.start();
  auto again = Connection::open({.url = server.url()});
  ASSERT_TRUE(again) << again.error().message();
  auto rows = again->exec("SELECT count(*) FROM kept");
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_EQ((*rows)[0].integer(0), 0);
}

TEST_F(FailureTest, WhatCannotBeWrittenSaysWhy) {
  ASSERT_TRUE(connection.run("SET default_transaction_read_only = on"));
  auto refused = connection.exec("CREATE TABLE kept (n int8)");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(refused.error().message(), HasSubstr("accepts no writes"));
}

TEST_F(FailureTest, WhereOneMayNotWriteOneDoesNotStay) {
  auto reader = connect();
  ASSERT_TRUE(reader.run("BEGIN READ ONLY"));
  EXPECT_FALSE(reader.run("CREATE TABLE kept (n int8)"));
  ASSERT_TRUE(reader.run("ROLLBACK"));
  EXPECT_FALSE(reader.usable());
  auto writer = Connection::open({.url = url, .needs = Needs::Writes});
  ASSERT_TRUE(writer) << writer.error().message();
  EXPECT_TRUE(writer->usable());
  ASSERT_TRUE(writer->run("SET default_transaction_read_only = on"));
  EXPECT_FALSE(writer->usable()) << "the server has told it";
}

TEST_F(FailureTest, AStandbyIsPassedOver) {
  testing_support::PostgresServer primary;
  const auto standby = primary.new_standby();
  for (const auto needs : {Needs::Primary, Needs::Writes}) {
    const auto refused = Connection::open({.url = standby->url(), .needs = needs});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
    EXPECT_THAT(refused.error().message(),
                HasSubstr(needs == Needs::Primary ? "hot standby" : "session is read-only"));
    const auto first = ":" + std::to_string(standby->port());
    auto both = primary.url();
    both.insert(both.find("127.0.0.1") + 9, first + ",127.0.0.1");
    auto found = Connection::open({.url = both, .needs = needs});
    ASSERT_TRUE(found) << found.error().message();
    auto asked = found->exec("SELECT pg_is_in_recovery()");
    ASSERT_TRUE(asked);
    EXPECT_FALSE((*asked)[0].boolean(0));
  }
  primary.kill();
  const auto nobody = Connection::open(
      {.url = standby->url() + "?target_session_attrs=any", .needs = Needs::Writes});
  EXPECT_FALSE(nobody);
  auto reading = Connection::open({.url = standby->url()});
  ASSERT_TRUE(reading) << reading.error().message();
  EXPECT_FALSE(reading->run("CREATE TABLE kept (n int8)"));
  EXPECT_FALSE(reading->usable());
}

TEST_F(FailureTest, AnOldConnectionIsMadeAnew) {
  auto old = Connection::open({.url = url, .age_max = std::chrono::milliseconds(1)});
  ASSERT_TRUE(old);
  while (old->usable()) std::this_thread::yield();
  EXPECT_TRUE(old->exec("SELECT 1")) << "whoever is at it may finish";
}

TEST_F(FailureTest, ADatabaseThatIsNotThereIsUnavailable) {
  auto refused = Connection::open({.url = testing_support::shared_postgres().url("nowhere")});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(refused.error().message(), HasSubstr("nowhere"));
}

TEST_F(FailureTest, AServerThatSaysNothingCostsTheConnectionAndNotTheThread) {
  auto patient = Connection::open({.url = url,
                                   .statement_timeout = std::chrono::milliseconds(500),
                                   .answer_grace = std::chrono::milliseconds(500)});
  ASSERT_TRUE(patient);
  // A server that sleeps through its own statement_timeout is as good as a network that is cut.
  ASSERT_TRUE(patient->run("SET statement_timeout = 0"));
  auto silent = patient->exec("SELECT pg_sleep(60)");
  ASSERT_FALSE(silent);
  EXPECT_EQ(silent.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(silent.error().message(), HasSubstr("did not answer for 1000 ms"));
  EXPECT_FALSE(patient->usable());
  EXPECT_FALSE(patient->exec("SELECT 1"));
}

TEST_F(FailureTest, ALostCommitIsUnavailable) {
  auto transaction = Transaction::begin(connection);
  ASSERT_TRUE(transaction);
  auto other = connect();
  ASSERT_TRUE(other.exec("SELECT pg_terminate_backend($1::int8::int4, 10000)",
                         {std::int64_t{connection.server_process()}}));
  const auto committed = transaction->commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code(), ErrorCode::Unavailable);
}

}  // namespace
}  // namespace tidemark::clients::postgres
