// The tables get what is missing, once, and a program never works on ones that it does not know.

#include "catalog/migrations.hpp"

#include <array>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog_fixture.hpp"
#include "clients/postgres/connection.hpp"

namespace tidemark::catalog {
namespace {

using base::ErrorCode;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::array kTwoSteps{
    Migration{.version = 1,
              .name = "0001_one",
              .sql = "CREATE TABLE one (id {id}, n BIGINT);\n"
                     "INSERT INTO one (n) VALUES ({now}); -- {now}"},
    Migration{.version = 2, .name = "0002_two", .sql = "CREATE TABLE two (n BIGINT)"}};

struct CatalogSchema : CatalogTest {
  std::unique_ptr<Database> database = connect();
};

TEST_P(CatalogSchema, ASecondTimeThereIsNothingToDo) {
  EXPECT_EQ(got(migrate(*database, 1)), migrations().size());
  EXPECT_EQ(got(migrate(*database, 1)), 0U);
  EXPECT_EQ(got(migrate(*connect(), 1)), 0U);
}

TEST_P(CatalogSchema, TheProgramsOwnAreNumberedWithoutGaps) {
  int version = 0;
  for (const auto& step : migrations()) {
    EXPECT_EQ(step.version, ++version);
    EXPECT_FALSE(step.sql.empty());
  }
  EXPECT_GT(version, 0);
}

TEST_P(CatalogSchema, OnlyWhatIsMissingIsApplied) {
  EXPECT_EQ(got(migrate(*database, 7, std::span(kTwoSteps).first(1))), 1U);
  EXPECT_EQ(got(migrate(*database, 8, kTwoSteps)), 1U);
  EXPECT_TRUE(got(database->has_table("two")));
  EXPECT_FALSE(got(database->has_table("three")));
  const auto rows = got(database->run("SELECT id, n FROM one"));
  EXPECT_EQ(rows, (Rows{{std::int64_t{1}, std::int64_t{7}}}));
}

TEST_P(CatalogSchema, AStepThatFailsLeavesNothing) {
  auto steps = kTwoSteps;
  steps[1].sql = "CREATE TABLE two (n BIGINT); SELECT nothing_of_that_name FROM two";
  const auto failed = migrate(*database, 1, steps);
  EXPECT_THAT(refused(failed, ErrorCode::Unavailable),
              HasSubstr("applying migration 0002_two: the catalog in "));
  EXPECT_FALSE(got(database->has_table("one")));
  EXPECT_FALSE(got(database->has_table("catalog_migration")));
  EXPECT_EQ(got(migrate(*database, 1, kTwoSteps)), 2U);
}

TEST_P(CatalogSchema, ANewerOneIsRefusedAndLeftAlone) {
  got(migrate(*database, 1, kTwoSteps));
  const auto opened = migrate(*database, 1, std::span(kTwoSteps).first(1));
  EXPECT_EQ(refused(opened, ErrorCode::Conflict),
            "the catalog is of version 2, and this program knows versions up to 1: run a newer "
            "tidemark");
  EXPECT_EQ(got(migrate(*database, 1, kTwoSteps)), 0U);
}

TEST_P(CatalogSchema, AChangedStepIsRefused) {
  got(migrate(*database, 1, kTwoSteps));
  auto steps = kTwoSteps;
  steps[0].sql = "CREATE TABLE one (n TEXT)";
  EXPECT_THAT(refused(migrate(*database, 1, steps), ErrorCode::Conflict),
              HasSubstr("migration 0001_one of the catalog was applied with another text"));
}

TEST_P(CatalogSchema, AMissingStepBeforeAnAppliedOneIsCorrupt) {
  got(migrate(*database, 1, kTwoSteps));
  got(database->run("DELETE FROM catalog_migration WHERE version = 1"));
  refused(migrate(*database, 1, kTwoSteps), ErrorCode::Corrupt);
}

TEST_P(CatalogSchema, OfSeveralAtOnceOneAppliesThem) {
  std::vector<std::thread> processes;
  for (int process = 0; process < 4; ++process) {
    processes.emplace_back([this] {
      const auto catalog = open();
      EXPECT_THAT(got(catalog->contents()).projects, SizeIs(1));
    });
  }
  for (auto& process : processes) process.join();
  const auto rows = got(database->run("SELECT name FROM catalog_migration"));
  EXPECT_THAT(rows, SizeIs(migrations().size()));
}

INSTANTIATE_TEST_SUITE_P(Over, CatalogSchema, testing::Values(Over::Sqlite, Over::Postgres),
                         name_of_database);

TEST(CatalogInPostgres, AUserWhoMayNotMakeTablesOpensWhatIsThere) {
  const base::ManualClock clock{1};
  const auto url = testing_support::shared_postgres().new_database();
  auto owner = clients::postgres::Connection::open({.url = url});
  ASSERT_TRUE(owner);
  ASSERT_TRUE(owner->run("CREATE ROLE catalog_reader LOGIN"));
  auto of_reader = url;
  of_reader.replace(of_reader.find("postgres@"), 9, "catalog_reader@");

  const auto early = Catalog::open(got(PostgresDatabase::open({.url = of_reader})), clock);
  EXPECT_THAT(refused(early, ErrorCode::Unavailable), HasSubstr("run `tidemark migrate up`"));
  got(Catalog::open(got(PostgresDatabase::open({.url = url})), clock));
  ASSERT_TRUE(
      owner->run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public "
                 "TO catalog_reader"));
  const auto catalog = got(Catalog::open(got(PostgresDatabase::open({.url = of_reader})), clock));
  ASSERT_TRUE(catalog);
  EXPECT_EQ(got(catalog->create_project({.who = "x"}, "web", {})).id, event::ProjectId{1});
}

}  // namespace
}  // namespace tidemark::catalog
