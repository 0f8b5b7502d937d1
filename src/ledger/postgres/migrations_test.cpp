// The schema gets what is missing, once, and a program never works on one that it does not know.

#include "ledger/postgres/migrations.hpp"

#include <array>
#include <atomic>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ledger/postgres/writer.hpp"
#include "support/postgres_ledger.hpp"

namespace tidemark::ledger::postgres {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

struct MigrationsTest : testing_support::PostgresTest {
  const clients::postgres::Options options{.url = url};
};

constexpr std::array kTwoSteps{
    Migration{.version = 1, .name = "0001_one", .sql = "CREATE TABLE one (n int8)"},
    Migration{.version = 2, .name = "0002_two", .sql = "CREATE TABLE two (n int8)"}};

std::size_t applied(const base::Result<std::size_t>& result) {
  EXPECT_TRUE(result) << result.error().message();
  return result ? *result : 0;
}

TEST_F(MigrationsTest, ASecondTimeThereIsNothingToDo) {
  EXPECT_FALSE(check_schema(connection));
  EXPECT_EQ(applied(migrate_up(options)), migrations().size());
  EXPECT_EQ(applied(migrate_up(options)), 0U);
  EXPECT_TRUE(check_schema(connection));
  const auto states = migration_status(connection);
  ASSERT_TRUE(states);
  ASSERT_EQ(states->size(), migrations().size());
  EXPECT_EQ(states->front().name, "0001_events");
  EXPECT_TRUE(states->front().is_applied);
  EXPECT_GT(states->front().applied_at, 0);
}

TEST_F(MigrationsTest, TheProgramsOwnAreNumberedWithoutGaps) {
  int version = 0;
  for (const auto& step : migrations()) {
    EXPECT_EQ(step.version, ++version);
    EXPECT_FALSE(step.sql.empty());
  }
  EXPECT_GT(version, 0);
}

TEST_F(MigrationsTest, OnlyWhatIsMissingIsApplied) {
  EXPECT_EQ(applied(migrate_up(options, std::span(kTwoSteps).first(1))), 1U);
  const auto checked = check_schema(connection, kTwoSteps);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(checked.error().message(), HasSubstr("lacks migration 0002_two: run"));
  EXPECT_EQ(applied(migrate_up(options, kTwoSteps)), 1U);
}

TEST_F(MigrationsTest, ALedgerOfTheFirstVersionKeepsItsEvents) {
  EXPECT_EQ(applied(migrate_up(options, migrations().first(1))), 1U);
  testing_support::MadeEntry entry(1);
  entry.add("a").add("b");
  const std::array batch{entry.events()};
  ASSERT_TRUE(PostgresWriter(options).write(batch));

  const auto checked = check_schema(connection);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(checked.error().message(),
            "the database lacks migration 0002_quarantine: run `tidemark migrate up`");
  EXPECT_EQ(applied(migrate_up(options)), migrations().size() - 1);
  EXPECT_TRUE(check_schema(connection));
  EXPECT_EQ(integer("SELECT count(*) FROM event"), 2);
  EXPECT_EQ(integer("SELECT events FROM feed_head"), 2);
  EXPECT_EQ(integer("SELECT events + bytes + dropped FROM quarantine_total"), 0);
}

TEST_F(MigrationsTest, RejectedEventsOfBeforeThereWereProjectsAreOfTheDefaultOne) {
  EXPECT_EQ(applied(migrate_up(options, migrations().first(2))), 2U);
  const std::string row = "now(), 1, 7, 0, 'f:2', 'x', '')";
  ASSERT_TRUE(
      connection.run("INSERT INTO quarantine (rejected_at, bytes, row_hash, format, source, raw, "
                     "faults) VALUES (" +
                     row));
  EXPECT_EQ(applied(migrate_up(options)), migrations().size() - 2);
  EXPECT_EQ(integer("SELECT count(*) FROM quarantine WHERE project = 0"), 1);
  const std::string of_project =
      "INSERT INTO quarantine (project, rejected_at, bytes, row_hash, format, source, raw, faults) "
      "VALUES (";
  EXPECT_FALSE(connection.run(of_project + "0, " + row)) << "it is there already";
  EXPECT_TRUE(connection.run(of_project + "1, " + row));
}

TEST_F(MigrationsTest, SeveralAtOnceApplyEachStepOnce) {
  std::atomic<std::size_t> total = 0;
  std::vector<std::thread> programs;
  for (int program = 0; program < 4; ++program) {
    programs.emplace_back([&] { total += applied(migrate_up(options)); });
  }
  for (auto& program : programs) program.join();
  EXPECT_EQ(total, migrations().size());
}

TEST_F(MigrationsTest, ANewerSchemaIsRefusedAndLeftAlone) {
  EXPECT_EQ(applied(migrate_up(options, kTwoSteps)), 2U);
  const auto older = std::span(kTwoSteps).first(1);
  const auto up = migrate_up(options, older);
  ASSERT_FALSE(up);
  EXPECT_EQ(up.error().code(), ErrorCode::Conflict);
  EXPECT_EQ(up.error().message(),
            "the database's schema is of version 2, and this program knows versions up to 1: run "
            "a newer tidemark");
  EXPECT_FALSE(check_schema(connection, older));
  EXPECT_FALSE(migration_status(connection, older));
  EXPECT_TRUE(check_schema(connection, kTwoSteps));
}

TEST_F(MigrationsTest, AChangedStepIsRefused) {
  EXPECT_EQ(applied(migrate_up(options, kTwoSteps)), 2U);
  auto changed = kTwoSteps;
  changed[0].sql = "CREATE TABLE one (n int4)";
  const auto checked = check_schema(connection, changed);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code(), ErrorCode::Conflict);
  EXPECT_THAT(checked.error().message(), HasSubstr("0001_one was applied with another text"));
  EXPECT_FALSE(migrate_up(options, changed));
}

TEST_F(MigrationsTest, AStepThatFailsLeavesNothing) {
  auto failing = kTwoSteps;
  failing[1].sql = "CREATE TABLE two (n int8); SELECT 1/0";
  const auto up = migrate_up(options, failing);
  ASSERT_FALSE(up);
  EXPECT_THAT(up.error().message(), HasSubstr("applying migration 0002_two"));
  EXPECT_EQ(integer("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), 0);
}

}  // namespace
}  // namespace tidemark::ledger::postgres
