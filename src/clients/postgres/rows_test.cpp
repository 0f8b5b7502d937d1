// Each kind of value goes to the server and comes back as it was.

#include "clients/postgres/rows.hpp"

#include <limits>

#include <gtest/gtest.h>

#include "support/postgres_fixture.hpp"

namespace tidemark::clients::postgres {
namespace {

using RowsTest = testing_support::PostgresTest;

TEST_F(RowsTest, ValuesComeBackAsTheyWere) {
  const std::string bytes("\0\xFF'\\", 4);
  auto rows = connection.exec(
      "SELECT $1::int8, $2::text, $3::bytea, $4::uuid, $5::timestamptz, $6::bool, $7::float8, "
      "$8::int8[]::text, $9::text",
      {std::numeric_limits<std::int64_t>::min(), std::string_view("Zoë ✓"), Bytes{bytes},
       Uuid{.high = 0x0123456789ABCDEF, .low = 0xFEDCBA9876543210}, Instant{-1}, true, -0.1,
       Integers(std::vector<std::int64_t>{3, -1}), Null{}});
  ASSERT_TRUE(rows) << rows.error().message();
  const auto row = (*rows)[0];
  EXPECT_EQ(row.integer(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(row.text(1), "Zoë ✓");
  EXPECT_EQ(row.bytes(2), bytes);
  EXPECT_EQ(row.uuid(3), (Uuid{.high = 0x0123456789ABCDEF, .low = 0xFEDCBA9876543210}));
  EXPECT_EQ(row.instant(4), -1);
  EXPECT_TRUE(row.boolean(5));
  EXPECT_EQ(row.number(6), -0.1);
  EXPECT_EQ(row.text(7), "{3,-1}");
  EXPECT_TRUE(row.is_null(8));
  EXPECT_FALSE(row.is_null(1));
}

TEST_F(RowsTest, AnEmptyTextIsNoNullAndAnEmptyArrayHasNoElements) {
  auto rows =
      connection.exec("SELECT $1::text, cardinality($2::int8[])", {std::string_view(), Integers{}});
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_FALSE((*rows)[0].is_null(0));
  EXPECT_EQ((*rows)[0].text(0), "");
  EXPECT_EQ((*rows)[0].integer(1), 0);
}

TEST_F(RowsTest, IntegersOfEachWidthAreRead) {
  auto rows = connection.exec("SELECT (-2)::int2, (-4)::int4, (-8)::int8 AS wide");
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_EQ((*rows)[0].integer(0), -2);
  EXPECT_EQ((*rows)[0].integer(1), -4);
  EXPECT_EQ((*rows)[0].integer(2), -8);
  EXPECT_EQ(rows->name(2), "wide");
  EXPECT_EQ(rows->columns(), 3U);
}

TEST_F(RowsTest, AColumnTellsItsKind) {
  auto rows = connection.exec(
      "SELECT 1::int2, 1::int4, count(*), 'a'::text, 'a'::varchar, 'a'::name, 1.5, true");
  ASSERT_TRUE(rows) << rows.error().message();
  for (const std::size_t column : {0U, 1U, 2U}) EXPECT_EQ(rows->kind(column), Kind::Integer);
  for (const std::size_t column : {3U, 4U, 5U}) EXPECT_EQ(rows->kind(column), Kind::Text);
  for (const std::size_t column : {6U, 7U}) EXPECT_EQ(rows->kind(column), Kind::Other);
}

TEST_F(RowsTest, InstantsAreCountedAsTheServerCountsThem) {
  auto rows = connection.exec("SELECT timestamptz '2025-08-01 10:00:00.123456+03', $1::text",
                              {std::string_view("x")});
  ASSERT_TRUE(rows) << rows.error().message();
  EXPECT_EQ((*rows)[0].instant(0), 1'754'031'600'123'456);
}

TEST_F(RowsTest, ReadingAnotherTypeIsABug) {
  auto rows = connection.exec("SELECT 'five!'::text, NULL::int8");
  ASSERT_TRUE(rows);
  EXPECT_DEATH(static_cast<void>((*rows)[0].integer(0)), "BUG");
  EXPECT_DEATH(static_cast<void>((*rows)[0].integer(1)), "BUG");
  EXPECT_DEATH(static_cast<void>((*rows)[0].text(2)), "BUG");
}

}  // namespace
}  // namespace tidemark::clients::postgres
