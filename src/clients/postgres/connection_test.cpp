// The conversation with a real server: statements, transactions, pipelines, COPY, cursors.

#include "clients/postgres/connection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/postgres/cursor.hpp"
#include "clients/postgres/transaction.hpp"
#include "support/postgres_fixture.hpp"

namespace tidemark::clients::postgres {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;

using ConnectionTest = testing_support::PostgresTest;

TEST_F(ConnectionTest, ASessionIsAsTheOptionsSay) {
  auto rows = connection.exec(
      "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'), "
      "current_setting('TimeZone'), current_setting('application_name'), "
      "current_setting('client_encoding'), current_setting('jit')");
  ASSERT_TRUE(rows) << rows.error().message();
  std::vector<std::string> settings;
  for (std::size_t at = 0; at < rows->columns(); ++at) settings.emplace_back((*rows)[0].text(at));
  EXPECT_THAT(settings, ElementsAre("30s", "10s", "UTC", "tidemark", "UTF8", "off"));
}

TEST_F(ConnectionTest, AFailedStatementLeavesTheConnectionUsable) {
  auto failed = connection.exec("SELECT nothing FROM nowhere");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(failed.error().message(), HasSubstr("migrate up"));
  EXPECT_TRUE(connection.usable());
  EXPECT_EQ(integer("SELECT 1"), 1);
}

TEST_F(ConnectionTest, WhatWasPreparedTakesValues) {
  ASSERT_TRUE(connection.prepare("sum", "SELECT $1::int8 + $2::int8"));
  auto rows = connection.exec_prepared("sum", {std::int64_t{40}, std::int64_t{2}});
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_EQ((*rows)[0].integer(0), 42);
  EXPECT_FALSE(connection.exec_prepared("other"));
}

TEST_F(ConnectionTest, ATransactionThatIsNotCommittedIsRolledBack) {
  ASSERT_TRUE(connection.run("CREATE TABLE kept (n int8)"));
  {
    auto transaction = Transaction::begin(connection);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(connection.run("INSERT INTO kept VALUES (1)"));
    EXPECT_FALSE(connection.usable());
  }
  EXPECT_TRUE(connection.usable());
  EXPECT_EQ(integer("SELECT count(*) FROM kept"), 0);
  auto transaction = Transaction::begin(connection);
  ASSERT_TRUE(transaction);
  ASSERT_TRUE(connection.run("INSERT INTO kept VALUES (2)"));
  ASSERT_TRUE(transaction->commit());
  EXPECT_EQ(integer("SELECT count(*) FROM kept"), 1);
}

TEST_F(ConnectionTest, ACommitAfterAFailureIsNoSuccess) {
  auto transaction = Transaction::begin(connection);
  ASSERT_TRUE(transaction);
  ASSERT_FALSE(connection.run("SELECT nothing"));
  const auto committed = transaction->commit();
  ASSERT_FALSE(committed);
  EXPECT_THAT(committed.error().message(), HasSubstr("rolled back"));
  EXPECT_TRUE(connection.usable());
}

TEST_F(ConnectionTest, APipelineAnswersEachStatementInOrder) {
  ASSERT_TRUE(connection.prepare("twice", "SELECT $1::int8 * 2"));
  const std::vector<Statement> statements{
      {.sql = "CREATE TABLE kept (n int8)"},
      {.sql = "INSERT INTO kept SELECT generate_series(1, $1::int8)", .values = {std::int64_t{7}}},
      {.sql = "twice", .values = {std::int64_t{21}}, .is_prepared = true}};
  auto answers = connection.pipeline(statements);
  ASSERT_TRUE(answers) << answers.error().message();
  ASSERT_EQ(answers->size(), 3U);
  EXPECT_EQ((*answers)[1].affected(), 7U);
  EXPECT_EQ((*answers)[2][0].integer(0), 42);
}

TEST_F(ConnectionTest, AFailureInAPipelineUndoesAllOfItAndTheConnectionGoesOn) {
  const std::vector<Statement> statements{{.sql = "CREATE TABLE kept (n int8)"},
                                          {.sql = "SELECT 1/0"},
                                          {.sql = "INSERT INTO kept VALUES (1)"}};
  auto answers = connection.pipeline(statements);
  ASSERT_FALSE(answers);
  EXPECT_EQ(answers.error().message(), "division by zero");
  EXPECT_EQ(answers.error().code(), ErrorCode::InvalidInput);
  EXPECT_TRUE(connection.usable());
  auto there = connection.exec("SELECT to_regclass('kept') IS NULL");
  ASSERT_TRUE(there);
  EXPECT_TRUE((*there)[0].boolean(0));
}

TEST_F(ConnectionTest, ACopyOfManyPiecesPutsEveryRow) {
  ASSERT_TRUE(connection.run("CREATE TABLE kept (n int8, words text, at timestamptz, id uuid)"));
  constexpr std::int64_t kRows = 5'000;  // of 100 bytes: several pieces
  auto copy = connection.copy_in("COPY kept FROM STDIN (FORMAT binary)");
  ASSERT_TRUE(copy) << copy.error().message();
  for (std::int64_t row = 0; row < kRows; ++row) {
    ASSERT_TRUE(copy->begin_row(4));
    copy->int8(row);
    row % 2 == 0 ? copy->text(std::string(100, 'x')) : copy->null();
    copy->instant(base::kMicrosPerDay);
    copy->uuid({.high = 1, .low = static_cast<std::uint64_t>(row)});
  }
  auto put = copy->finish();
  ASSERT_TRUE(put) << put.error().message();
  EXPECT_EQ(*put, 5'000U);
  EXPECT_EQ(integer("SELECT count(*) FROM kept WHERE at = '1970-01-02Z' AND words IS NULL AND "
                    "id::text LIKE '00000000-0000-0001-0000-%'"),
            2'500);
  EXPECT_EQ(integer("SELECT sum(n)::int8 FROM kept"), kRows * (kRows - 1) / 2);
}

TEST_F(ConnectionTest, ACopyThatIsNotFinishedPutsNothing) {
  ASSERT_TRUE(connection.run("CREATE TABLE kept (n int8)"));
  {
    auto copy = connection.copy_in("COPY kept FROM STDIN (FORMAT binary)");
    ASSERT_TRUE(copy);
    ASSERT_TRUE(copy->begin_row(1));
    copy->int8(1);
  }
  EXPECT_TRUE(connection.usable());
  EXPECT_EQ(integer("SELECT count(*) FROM kept"), 0);
}

TEST_F(ConnectionTest, ACopyTellsWhatTheServerFindsFaultWith) {
  ASSERT_TRUE(connection.run("CREATE TABLE kept (words text)"));
  auto copy = connection.copy_in("COPY kept FROM STDIN (FORMAT binary)");
  ASSERT_TRUE(copy);
  for (int row = 0; row < 3'000; ++row) {
    ASSERT_TRUE(copy->begin_row(1));
    copy->text(row == 0 ? std::string("\xFF") : std::string(100, 'x'));
  }
  auto put = copy->finish();
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code(), ErrorCode::InvalidInput);
  EXPECT_TRUE(connection.usable());
  EXPECT_FALSE(connection.copy_in("COPY nowhere FROM STDIN (FORMAT binary)"));
  EXPECT_EQ(integer("SELECT count(*) FROM kept"), 0);
}

TEST_F(ConnectionTest, ACopyBringsEveryRowAsItIs) {
  auto copy = connection.copy_out(
      "COPY (SELECT n, n::int4, CASE WHEN n % 2 = 0 THEN repeat('x', 300) END, "
      "'1970-01-02Z'::timestamptz,"
      " '00000000-0000-0001-0000-000000000002'::uuid FROM generate_series(1, 5000) AS n)"
      " TO STDOUT (FORMAT binary)");
  ASSERT_TRUE(copy) << copy.error().message();
  std::vector<CopiedRow> rows;
  for (;;) {
    auto row = copy->next();
    ASSERT_TRUE(row) << row.error().message();
    if (!*row) break;
    rows.push_back(std::move(**row));
  }
  ASSERT_EQ(rows.size(), 5'000U);
  std::int32_t number = 0;
  for (auto& row : rows) {
    ++number;
    EXPECT_EQ(row.int4(), number);
    EXPECT_EQ(row.int4(), number);
    const auto words = row.text_or_null();
    ASSERT_EQ(words.has_value(), number % 2 == 0);
    EXPECT_EQ(words.value_or("").size(), number % 2 == 0 ? 300U : 0U);
    EXPECT_EQ(row.instant(), base::kMicrosPerDay);
    const auto id = row.uuid();
    EXPECT_EQ(id.high, 1U);
    EXPECT_EQ(id.low, 2U);
  }
  EXPECT_TRUE(copy->next());  // the end, again
}

TEST_F(ConnectionTest, ACopyOfNoRowsEndsAtOnce) {
  {
    auto copy = connection.copy_out("COPY (SELECT 1 WHERE false) TO STDOUT (FORMAT binary)");
    ASSERT_TRUE(copy) << copy.error().message();
    const auto row = copy->next();
    ASSERT_TRUE(row) << row.error().message();
    EXPECT_FALSE(*row);
  }
  EXPECT_TRUE(connection.usable());
}

TEST_F(ConnectionTest, ACopyThatIsNotReadToItsEndIsReadAway) {
  {
    auto copy = connection.copy_out(
        "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 5000)) TO STDOUT (FORMAT binary)");
    ASSERT_TRUE(copy);
    ASSERT_TRUE(copy->next());
  }
  EXPECT_TRUE(connection.usable());
  EXPECT_EQ(integer("SELECT 7::int8"), 7);
}

TEST_F(ConnectionTest, ACopyOutTellsWhatTheServerFailsWithOnTheWay) {
  {
    auto copy = connection.copy_out(
        "COPY (SELECT 1 / (100 - n) FROM generate_series(1, 5000) AS n) TO STDOUT (FORMAT binary)");
    ASSERT_TRUE(copy) << copy.error().message();
    std::size_t rows = 0;
    for (;;) {
      auto row = copy->next();
      if (!row) {
        EXPECT_EQ(row.error().message(), "division by zero");
        break;
      }
      ASSERT_TRUE(*row);
      ++rows;
    }
    EXPECT_EQ(rows, 99U);
  }
  EXPECT_TRUE(connection.usable());
  const auto nowhere = connection.copy_out("COPY nowhere TO STDOUT (FORMAT binary)");
  ASSERT_FALSE(nowhere);
  EXPECT_TRUE(connection.usable());
}

TEST_F(ConnectionTest, ACursorReadsAllRowsInPieces) {
  auto transaction = Transaction::begin(connection);
  ASSERT_TRUE(transaction);
  const std::vector<Value> values{std::int64_t{25}};
  auto cursor =
      Cursor::open(connection, "SELECT generate_series(1, $1::int8)", values, {.rows_at_once = 10});
  ASSERT_TRUE(cursor) << cursor.error().message();
  std::vector<std::size_t> pieces;
  std::int64_t sum = 0;
  for (;;) {
    auto rows = cursor->next();
    ASSERT_TRUE(rows) << rows.error().message();
    pieces.push_back(rows->size());
    for (const auto row : *rows) sum += row.integer(0);
    if (rows->empty()) break;
  }
  EXPECT_THAT(pieces, ElementsAre(10, 10, 5, 0));
  EXPECT_EQ(sum, 25 * 26 / 2);
}

TEST_F(ConnectionTest, NoticesGoToTheHandler) {
  std::vector<std::string> lines;
  auto other = connect([&](std::string_view line) { lines.emplace_back(line); });
  ASSERT_TRUE(other.run("DO $$ BEGIN RAISE NOTICE 'mind the gap'; END $$"));
  EXPECT_THAT(lines, ElementsAre("NOTICE:  mind the gap"));
}

TEST_F(ConnectionTest, ALongAnswerToALongRequestDoesNotBlockBothSides) {
  // Each side has more to say than the sockets between them hold.
  const std::string words(std::size_t{4} << 20U, 'x');
  const std::vector<Statement> statements(3, {.sql = "SELECT $1::text", .values = {words}});
  auto answers = connection.pipeline(statements);
  ASSERT_TRUE(answers) << answers.error().message();
  for (const auto& answer : *answers) EXPECT_EQ(answer[0].text(0), words);
}

TEST(SqlText, QuotesAreDoubled) { EXPECT_EQ(sql_text("it's"), "'it''s'"); }

}  // namespace
}  // namespace tidemark::clients::postgres
