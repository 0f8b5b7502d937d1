// What a caller meets when the file or the server is not as it should be: an error that says so, in
// bounded time, and a catalog that goes on as soon as it can.

#include "catalog/database.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog_fixture.hpp"

namespace tidemark::catalog {
namespace {

using base::ErrorCode;
using testing::AllOf;
using testing::HasSubstr;
using testing::SizeIs;
using namespace std::chrono_literals;

const Author kSomebody{.who = "command line"};

struct CatalogDatabase : CatalogTest {
  /// One that does not wait.
  [[nodiscard]] std::unique_ptr<Database> impatient() const {
    return got(GetParam() == Over::Sqlite
                   ? SqliteDatabase::open(folder / kSqliteFile, {.busy_timeout = 1ms})
                   : PostgresDatabase::open({.url = url, .lock_timeout = 1ms}));
  }

  std::unique_ptr<Catalog> catalog = open();
  std::unique_ptr<Database> database = connect();
};

TEST_P(CatalogDatabase, ValuesComeBackAsTheyWent) {
  const auto rows = got(database->run(
      "INSERT INTO catalog_project (name, title, timezone, created_at) VALUES ($3, $1, $1, $2) "
      "RETURNING title, created_at, name, NULLIF(name, name)",
      {std::string(), INT64_MIN, std::string("o'clock – ü")}));
  EXPECT_EQ(rows, (Rows{{std::string(), INT64_MIN, std::string("o'clock – ü"), Value()}}));
}

TEST_P(CatalogDatabase, AChangeWaitsForAnotherButNotForEver) {
  const auto other = impatient();
  const auto held = database->transaction(Access::Change, [&]() -> base::Status {
    const auto ran = other->transaction(Access::Change, []() -> base::Status {
      ADD_FAILURE() << "two changes at one time";
      return base::ok;
    });
    refused(ran, ErrorCode::Unavailable);
    EXPECT_THAT(got(other->run("SELECT name FROM catalog_project")), SizeIs(1));  // reading goes on
    return base::ok;
  });
  EXPECT_TRUE(held);
  EXPECT_TRUE(other->transaction(Access::Change, [] { return base::Status(base::ok); }));
}

TEST_P(CatalogDatabase, AReaderSeesOneState) {
  const bool readers_hold_up = GetParam() == Over::Sqlite;
  const auto writer = got(Catalog::open(impatient(), clock));
  const auto count = [&] { return got(database->run("SELECT id FROM catalog_project")).size(); };
  const auto read = database->transaction(Access::Read, [&]() -> base::Status {
    EXPECT_EQ(count(), 1U);
    const auto made = writer->create_project(kSomebody, "web", {});
    if (readers_hold_up) refused(made, ErrorCode::Unavailable);
    EXPECT_EQ(static_cast<bool>(made), !readers_hold_up);
    EXPECT_EQ(count(), 1U);
    return base::ok;
  });
  EXPECT_TRUE(read);
  EXPECT_EQ(count(), readers_hold_up ? 1U : 2U);
}

TEST_P(CatalogDatabase, ARowThatDoesNotReadBackIsCorrupt) {
  got(catalog->add_key(kSomebody, {.kind = KeyKind::Admin, .digest = digest(1)}));
  const auto good = got(database->run("SELECT origins, digest FROM catalog_key"));
  for (const auto* wrong : {"origins = '[1]'", "origins = '[\"*\"'", "digest = 'ab'"}) {
    got(database->run("UPDATE catalog_key SET " + std::string(wrong)));
    EXPECT_EQ(refused(catalog->contents(), ErrorCode::Corrupt),
              "a row of the table `catalog_key` does not read back as this program writes it");
    got(database->run("UPDATE catalog_key SET origins = $1, digest = $2", std::span(good.front())));
  }
  got(catalog->contents());
  got(database->run("UPDATE catalog_key SET id = -1"));
  refused(catalog->contents(), ErrorCode::Corrupt);
  got(database->run("DELETE FROM catalog_version"));
  refused(catalog->version(), ErrorCode::Corrupt);
  refused(catalog->create_project(kSomebody, "web", {}), ErrorCode::Corrupt);
}

INSTANTIATE_TEST_SUITE_P(Over, CatalogDatabase, testing::Values(Over::Sqlite, Over::Postgres),
                         name_of_database);

struct CatalogFile : testing::Test {
  CatalogFile() { folder = ::mkdtemp(pattern.data()); }
  ~CatalogFile() override { std::filesystem::remove_all(folder); }

  std::string pattern = std::filesystem::temp_directory_path() / "tidemark-catalog-XXXXXX";
  std::filesystem::path folder;
  base::ManualClock clock{1};
};

TEST_F(CatalogFile, AFileThatIsNoDatabaseIsCorruptAndStaysAsItWas) {
  const std::string text(10'000, 'x');
  std::ofstream(folder / kSqliteFile) << text;
  EXPECT_THAT(refused(SqliteDatabase::open(folder / kSqliteFile), ErrorCode::Corrupt),
              AllOf(HasSubstr(kSqliteFile), HasSubstr("is not a database of SQLite")));
  EXPECT_EQ(std::filesystem::file_size(folder / kSqliteFile), text.size());
}

TEST_F(CatalogFile, AFolderThatIsNotThereIsUnavailable) {
  EXPECT_THAT(refused(SqliteDatabase::open(folder / "none" / kSqliteFile), ErrorCode::Unavailable),
              HasSubstr("its folder must be there"));
}

TEST_F(CatalogFile, AFullDiskRefusesAChangeAndKeepsTheRest) {
  const auto catalog = got(Catalog::open(
      got(SqliteDatabase::open(folder / kSqliteFile, {.file_bytes_max = 100 << 10U})), clock));
  base::Result<Project> made = Project{};
  std::size_t count = 0;
  for (; made && count < 1'000; ++count) {
    made = catalog->create_project(kSomebody, "p" + std::to_string(count),
                                   {.title = std::string(200, 'x')});
  }
  EXPECT_THAT(refused(made, ErrorCode::Unavailable),
              AllOf(HasSubstr("the catalog in "), HasSubstr("no room left")));
  const auto contents = got(catalog->contents());
  EXPECT_THAT(contents.projects, SizeIs(count));  // `default`, and all but the last
  EXPECT_EQ(got(catalog->audit({.limit = 1}))[0].id, contents.version);
}

TEST_F(CatalogFile, WhatWasChangedIsThereAtTheNextStart) {
  const auto open = [&] {
    return got(Catalog::open(got(SqliteDatabase::open(folder / kSqliteFile)), clock));
  };
  got(open()->create_project(kSomebody, "web", {}));
  EXPECT_EQ(got(open()->contents()).projects.at(1).name, "web");
}

TEST(CatalogInPostgres, AServerThatComesBackIsUsedAgain) {
  testing_support::PostgresServer server;
  const base::ManualClock clock{1};
  const auto catalog =
      got(Catalog::open(got(PostgresDatabase::open({.url = server.url()})), clock));
  got(catalog->create_project(kSomebody, "web", {}));
  server.kill();
  EXPECT_THAT(refused(catalog->version(), ErrorCode::Unavailable),
              HasSubstr("the catalog in PostgreSQL"));
  refused(catalog->contents(), ErrorCode::Unavailable);
  refused(catalog->create_project(kSomebody, "app", {}), ErrorCode::Unavailable);
  server.start();
  EXPECT_EQ(got(catalog->contents()).projects.at(1).name, "web");
  // After a crash the server may pass over numbers, and gives none twice.
  EXPECT_GT(got(catalog->create_project(kSomebody, "app", {})).id, event::ProjectId{1});
}

TEST(CatalogInPostgres, AServerThatDiesWithinAChangeLeavesTheCatalogUsable) {
  testing_support::PostgresServer server;
  const base::ManualClock clock{1};
  const auto database = got(PostgresDatabase::open({.url = server.url()}));
  const auto failed = database->transaction(Access::Change, [&]() -> base::Status {
    got(database->run("SELECT 1"));
    server.kill();
    auto rows = database->run("SELECT 1");
    if (!rows) return rows.error();
    return base::ok;
  });
  refused(failed, ErrorCode::Unavailable);
  server.start();
  EXPECT_THAT(got(database->run("SELECT 1")), SizeIs(1));
}

TEST(CatalogInPostgres, AServerThatIsNotThereIsToldAtOnce) {
  std::string url;
  {
    const testing_support::PostgresServer server;
    url = server.url();
  }
  refused(PostgresDatabase::open({.url = url}), ErrorCode::Unavailable);
}

TEST(CatalogInPostgres, AColumnOfAnotherTypeIsCorrupt) {
  const auto url = testing_support::shared_postgres().new_database();
  const auto database = got(PostgresDatabase::open({.url = url}));
  EXPECT_THAT(refused(database->run("SELECT true AS truth"), ErrorCode::Corrupt),
              HasSubstr("the column `truth` is neither of whole numbers nor of text"));
}

}  // namespace
}  // namespace tidemark::catalog
