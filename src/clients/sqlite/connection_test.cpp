// The conversation with SQLite: values, transactions, several connections to one file, and files
// that are none or cannot be had.

#include "clients/sqlite/connection.hpp"

#include <array>
#include <fstream>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clients/sqlite/transaction.hpp"

namespace tidemark::clients::sqlite {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

struct SqliteTest : testing::Test {
  SqliteTest() { folder = ::mkdtemp(pattern.data()); }
  ~SqliteTest() override { fs::remove_all(folder); }

  [[nodiscard]] Connection connect(const Options& options = {}) const {
    auto opened = Connection::open(file(), options);
    EXPECT_TRUE(opened) << opened.error().message();
    return std::move(*opened);
  }
  [[nodiscard]] fs::path file() const { return folder / "a.sqlite"; }

  static std::int64_t integer(Connection& connection, const std::string& sql) {
    auto rows = connection.exec(sql);
    EXPECT_TRUE(rows) << rows.error().message();
    return rows && rows->size() == 1 ? std::get<std::int64_t>(rows->front().front()) : -1;
  }

  std::string pattern = fs::temp_directory_path() / "tidemark-sqlite-XXXXXX";
  fs::path folder;
};

TEST_F(SqliteTest, ValuesComeBackAsTheyWent) {
  auto connection = connect();
  ASSERT_TRUE(connection.run("CREATE TABLE kept (a BIGINT, b TEXT, c TEXT, d TEXT)"));
  const std::string text("o'clock \0 ü", 12);
  auto added = connection.exec("INSERT INTO kept VALUES ($2, $1, $4, $3) RETURNING a, b, c, d",
                               {text, INT64_MIN, std::monostate{}, std::string()});
  ASSERT_TRUE(added) << added.error().message();
  ASSERT_EQ(added->size(), 1U);
  EXPECT_THAT(added->front(),
              ElementsAre(Value(INT64_MIN), Value(text), Value(std::string()), Value()));
}

TEST_F(SqliteTest, ValuesThatDoNotFitTheStatementAreRefused) {
  auto connection = connect();
  for (const auto& refused :
       {connection.exec("SELECT $1", {}), connection.exec("SELECT $1, $3", {1, 2}),
        connection.exec("SELECT 1; SELECT 2"), connection.exec(" ")}) {
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::InvalidInput);
  }
  EXPECT_TRUE(connection.exec("SELECT 1;\n"));
}

TEST_F(SqliteTest, AFailedStatementLeavesTheConnectionUsable) {
  auto connection = connect();
  const auto failed = connection.exec("SELECT n FROM nowhere");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(failed.error().message(), HasSubstr("no such table: nowhere"));
  EXPECT_EQ(integer(connection, "SELECT 1"), 1);
}

TEST_F(SqliteTest, AColumnOfNumbersWithAFractionIsNoneOfOurs) {
  auto connection = connect();
  const auto read = connection.exec("SELECT 1.5");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::Corrupt);
}

TEST_F(SqliteTest, KeysAreUniqueAndPointSomewhere) {
  auto connection = connect();
  ASSERT_TRUE(
      connection.run("CREATE TABLE one (id BIGINT PRIMARY KEY);"
                     "CREATE TABLE two (of BIGINT REFERENCES one (id))"));
  ASSERT_TRUE(connection.exec("INSERT INTO one VALUES (1)"));
  const auto again = connection.exec("INSERT INTO one VALUES (1)");
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::Conflict);
  const auto nowhere = connection.exec("INSERT INTO two VALUES (2)");
  ASSERT_FALSE(nowhere);
  EXPECT_EQ(nowhere.error().code(), ErrorCode::Conflict);
}

TEST_F(SqliteTest, ATransactionThatIsNotCommittedIsRolledBack) {
  auto connection = connect();
  ASSERT_TRUE(connection.run("CREATE TABLE kept (n BIGINT)"));
  {
    auto transaction = Transaction::begin(connection, Transaction::Kind::Write);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(connection.exec("INSERT INTO kept VALUES (1)"));
    EXPECT_TRUE(connection.in_transaction());
  }
  EXPECT_FALSE(connection.in_transaction());
  EXPECT_EQ(integer(connection, "SELECT count(*) FROM kept"), 0);
  auto transaction = Transaction::begin(connection, Transaction::Kind::Write);
  ASSERT_TRUE(transaction);
  ASSERT_TRUE(connection.exec("INSERT INTO kept VALUES (2)"));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(integer(connection, "SELECT n FROM kept"), 2);
}

TEST_F(SqliteTest, AWriterThatDoesNotLetGoIsNotWaitedForForEver) {
  auto first = connect();
  auto second = connect({.busy_timeout = 1ms});
  ASSERT_TRUE(first.run("CREATE TABLE kept (n BIGINT)"));
  auto holding = Transaction::begin(first, Transaction::Kind::Write);
  ASSERT_TRUE(holding);
  const auto refused = Transaction::begin(second, Transaction::Kind::Write);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(refused.error().message(), HasSubstr("another process is changing"));
  EXPECT_EQ(integer(second, "SELECT count(*) FROM kept"), 0);  // reading goes on
  ASSERT_TRUE(holding->commit());
  EXPECT_TRUE(Transaction::begin(second, Transaction::Kind::Write));
}

TEST_F(SqliteTest, WritersOfSeveralConnectionsTakeTurns) {
  constexpr int kEach = 20;
  auto connection = connect();
  ASSERT_TRUE(connection.run("CREATE TABLE kept (n BIGINT); INSERT INTO kept VALUES (0)"));
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([this] {
      auto own = connect({.busy_timeout = 60s});
      for (int i = 0; i < kEach; ++i) {
        auto turn = Transaction::begin(own, Transaction::Kind::Write);
        ASSERT_TRUE(turn) << turn.error().message();
        const auto n = integer(own, "SELECT n FROM kept");
        ASSERT_TRUE(own.exec("UPDATE kept SET n = $1", {n + 1}));
        ASSERT_TRUE(turn->commit());
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(integer(connection, "SELECT n FROM kept"), 3 * kEach);
}

TEST_F(SqliteTest, TheFileIsForItsUserAloneAndAtRestTheOnlyOne) {
  auto connection = connect();
  ASSERT_TRUE(connection.run("CREATE TABLE kept (n BIGINT)"));
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    files.push_back(entry.path().filename());
  }
  EXPECT_THAT(files, ElementsAre("a.sqlite"));
}

TEST_F(SqliteTest, ACommitIsSyncedWithItsFolder) {
  auto connection = connect();
  EXPECT_EQ(integer(connection, "PRAGMA synchronous"), 3);  // EXTRA
  EXPECT_EQ(integer(connection, "PRAGMA foreign_keys"), 1);
  EXPECT_EQ(integer(connection, "PRAGMA trusted_schema"), 0);
}

TEST_F(SqliteTest, NoOtherFileIsReadOrWritten) {
  auto connection = connect();
  EXPECT_FALSE(connection.run("ATTACH '" + (folder / "b.sqlite").string() + "' AS b"));
  EXPECT_FALSE(connection.run("SELECT load_extension('b')"));
  EXPECT_FALSE(fs::exists(folder / "b.sqlite"));
}

TEST_F(SqliteTest, AFullFileTakesNothingMoreAndStaysWhole) {
  auto connection = connect({.file_bytes_max = 64 << 10U});
  ASSERT_TRUE(connection.run("CREATE TABLE kept (t TEXT)"));
  const std::string large(100'000, 'x');
  const auto full = connection.exec("INSERT INTO kept VALUES ($1)", {large});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(full.error().message(), HasSubstr("no room left"));
  EXPECT_TRUE(connection.exec("INSERT INTO kept VALUES ($1)", {std::string("small")}));
  EXPECT_EQ(integer(connection, "SELECT count(*) FROM kept"), 1);
}

TEST_F(SqliteTest, AFileThatIsNoDatabaseIsCorrupt) {
  std::ofstream(file()) << std::string(5'000, 'x');
  const auto opened = Connection::open(file());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::Corrupt);
  EXPECT_THAT(opened.error().message(), HasSubstr(file().string()));
  EXPECT_THAT(opened.error().message(), HasSubstr("is not a database of SQLite: put it aside"));
}

TEST_F(SqliteTest, ADamagedPageIsCorrupt) {
  {
    auto connection = connect();
    ASSERT_TRUE(connection.run("CREATE TABLE kept (n BIGINT); INSERT INTO kept VALUES (1)"));
  }
  std::fstream(file(), std::ios::in | std::ios::out | std::ios::binary)
      .seekp(4'096)
      .write(std::string(4'096, 'x').data(), 4'096);
  auto connection = connect();
  const auto read = connection.exec("SELECT n FROM kept");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::Corrupt);
}

TEST_F(SqliteTest, AFolderThatIsNotThereIsUnavailable) {
  for (const auto& where : {folder / "none" / "a.sqlite", folder}) {
    const auto opened = Connection::open(where);
    ASSERT_FALSE(opened) << where;
    EXPECT_EQ(opened.error().code(), ErrorCode::Unavailable);
    EXPECT_THAT(opened.error().message(), HasSubstr("its folder must be there"));
  }
}

TEST_F(SqliteTest, AFileThatWasMovedAwayTakesNoChange) {
  auto connection = connect();
  ASSERT_TRUE(connection.run("CREATE TABLE kept (n BIGINT)"));
  fs::rename(file(), folder / "b.sqlite");
  const auto changed = connection.exec("INSERT INTO kept VALUES (1)");
  ASSERT_FALSE(changed);
  EXPECT_EQ(changed.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(changed.error().message(), HasSubstr("was moved while it was open"));
}

// Root may write everything, so a child that is not root tries it.
int outcome_for_another_user(const fs::path& file) {
  constexpr uid_t kNobody = 65'534;
  if (::geteuid() == 0 && ::setuid(kNobody) != 0) return 2;
  const auto opened = Connection::open(file);
  if (opened) return 3;
  return opened.error().code() == ErrorCode::Unavailable ? 0 : 4;
}

TEST_F(SqliteTest, WhatMayNotBeWrittenIsUnavailable) {
  {
    auto made = connect();
  }
  ASSERT_EQ(::chmod(file().c_str(), 0444), 0);
  ASSERT_EQ(::chmod(folder.c_str(), 0555), 0);
  EXPECT_EXIT(_exit(outcome_for_another_user(file())), testing::ExitedWithCode(0), "");
  EXPECT_EXIT(_exit(outcome_for_another_user(folder / "new.sqlite")), testing::ExitedWithCode(0),
              "");
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
}

}  // namespace
}  // namespace tidemark::clients::sqlite
