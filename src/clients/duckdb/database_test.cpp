// What a query gives back, in every type that is read; and what failures and cancelling look like.
// Also that the library fits the header, which come from two packages.

#include "clients/duckdb/database.hpp"

#include <atomic>

#include <gtest/gtest.h>

namespace tidemark::clients::duckdb {
namespace {

using base::ErrorCode;

struct DatabaseTest : testing::Test {
  std::unique_ptr<Database> database = *Database::open({.threads = 2});
  Connection connection = *database->connect();

  /// The only chunk of an answer.
  struct Answer {
    Rows rows;
    const Chunk* chunk;
  };
  Answer ask(const std::string& sql, std::span<const Value> values = {}) {
    auto rows = connection.query(sql, values);
    if (!rows) throw std::runtime_error(rows.error().message());
    Answer answer{std::move(*rows), nullptr};
    answer.chunk = *answer.rows.next();
    return answer;
  }
};

TEST_F(DatabaseTest, TheLibraryIsOfTheVersionThatWasTried) {
  EXPECT_EQ(library_version().substr(0, 4), "v1.5") << library_version();
}

TEST_F(DatabaseTest, EveryTypeComesBackAsItself) {
  auto [rows, chunk] = ask(
      "SELECT true, 7::INTEGER, -8::BIGINT, 18446744073709551615::UBIGINT, 1.5::DOUBLE, 'näïve', "
      "'0189f7ea-ae2c-7c5a-8aef-6d6a1f3a6d01'::UUID, TIMESTAMP '1970-01-01 00:00:01', "
      "TIMESTAMPTZ '1970-01-01 00:00:02Z', -1::HUGEINT, DATE '1970-01-11', 1::DECIMAL(4,1), "
      "'\\xFF'::BLOB");
  const Type expected[] = {Type::Boolean,     Type::Integer, Type::BigInt, Type::UBigInt,
                           Type::Double,      Type::Varchar, Type::Uuid,   Type::Timestamp,
                           Type::TimestampTz, Type::HugeInt, Type::Date,   Type::Other,
                           Type::Blob};
  ASSERT_EQ(rows.columns(), std::size(expected));
  for (std::size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_EQ(rows.type(i), expected[i]) << i;
    EXPECT_EQ(chunk->column(i).type(), expected[i]) << i;
  }
  EXPECT_TRUE(chunk->column(0).bools()[0]);
  EXPECT_EQ(chunk->column(1).int32s()[0], 7);
  EXPECT_EQ(chunk->column(2).int64s()[0], -8);
  EXPECT_EQ(chunk->column(3).uint64s()[0], ~std::uint64_t{0});
  EXPECT_EQ(chunk->column(4).doubles()[0], 1.5);
  EXPECT_EQ(chunk->column(5).texts()[0].view(), "näïve");
  EXPECT_EQ(chunk->column(6).bits128(0),
            (Bits128{.high = 0x0189f7eaae2c7c5a, .low = 0x8aef6d6a1f3a6d01}));
  EXPECT_EQ(chunk->column(7).int64s()[0], 1'000'000);
  EXPECT_EQ(chunk->column(8).int64s()[0], 2'000'000);
  EXPECT_EQ(chunk->column(9).bits128(0), (Bits128{.high = ~0ULL, .low = ~0ULL}));
  EXPECT_EQ(chunk->column(10).int32s()[0], 10);
  EXPECT_EQ(chunk->column(12).texts()[0].view(), "\xFF");
  EXPECT_EQ(*rows.next(), nullptr);
}

TEST_F(DatabaseTest, EveryKindOfValueGoesInAndComesOutAgain) {
  const Bits128 uuid{.high = 0xf189f7eaae2c7c5a, .low = 1};
  const std::string longer = "longer than what lies within a cell";
  const Value values[] = {true, std::int64_t{-5},      2.5,   std::string_view(longer),
                          uuid, Instant{.micros = 77}, Null{}};
  auto [rows, chunk] =
      ask("SELECT ?::BOOLEAN, ?::BIGINT, ?::DOUBLE, ?::VARCHAR, ?::UUID, ?::TIMESTAMPTZ, ?::BIGINT",
          values);
  EXPECT_TRUE(chunk->column(0).bools()[0]);
  EXPECT_EQ(chunk->column(1).int64s()[0], -5);
  EXPECT_EQ(chunk->column(2).doubles()[0], 2.5);
  EXPECT_EQ(chunk->column(3).texts()[0].view(), longer);
  EXPECT_EQ(chunk->column(4).bits128(0), uuid);
  EXPECT_EQ(chunk->column(5).int64s()[0], 77);
  EXPECT_TRUE(chunk->column(6).null(0));
  EXPECT_FALSE(chunk->column(5).null(0));
}

TEST_F(DatabaseTest, AWrongNumberOfValuesIsInvalidInput) {
  const Value values[] = {std::int64_t{1}, std::int64_t{2}};
  auto rows = connection.query("SELECT ?", values);
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code(), ErrorCode::InvalidInput);
}

TEST_F(DatabaseTest, AnInstantIsTheSameWhateverTheMachinesZoneIs) {
  auto [rows, chunk] = ask("SELECT CAST(to_timestamp(0) AS VARCHAR), current_setting('TimeZone')");
  EXPECT_EQ(chunk->column(0).texts()[0].view(), "1970-01-01 00:00:00+00");
  EXPECT_EQ(chunk->column(1).texts()[0].view(), "UTC");
}

TEST_F(DatabaseTest, ParquetJsonAndIcuAreThereAndNothingIsLoadedFromElsewhere) {
  auto [rows, chunk] =
      ask("SELECT string_agg(extension_name, ',' ORDER BY extension_name) FROM duckdb_extensions() "
          "WHERE loaded AND extension_name IN ('icu','json','parquet')");
  EXPECT_EQ(chunk->column(0).texts()[0].view(), "icu,json,parquet");
  EXPECT_FALSE(connection.run("SELECT * FROM read_xlsx('nothing.xlsx')"));
  EXPECT_FALSE(connection.run("SELECT ST_Point(1, 2)"));
}

TEST_F(DatabaseTest, ErrorsTellWhatTheCallerCanDo) {
  const std::pair<const char*, ErrorCode> cases[] = {
      {"SELEKT 1", ErrorCode::InvalidInput},
      {"SELECT nothing", ErrorCode::InvalidInput},
      {"SELECT * FROM nothing", ErrorCode::InvalidInput},
      {"SELECT CAST('x' AS BIGINT)", ErrorCode::InvalidInput},
      {"SELECT * FROM read_parquet('/not/there.parquet')", ErrorCode::Unavailable},
      {"COPY (SELECT 1) TO '/not/there/x.parquet'", ErrorCode::Unavailable},
  };
  for (const auto& [sql, code] : cases) {
    auto rows = connection.query(sql);
    ASSERT_FALSE(rows) << sql;
    EXPECT_EQ(rows.error().code(), code) << rows.error().message();
    EXPECT_FALSE(rows.error().message().empty());
  }
  EXPECT_TRUE(connection.query("SELECT 1"));
}

TEST_F(DatabaseTest, ErrorsDoNotShowTheStatement) {
  for (const auto* sql : {"SELECT 1 +\n nothing_there", "SELEKT 1", "SELECT * FROM nowhere",
                          "DESCRIBE SELECT * FROM read_parquet('/proc/self/cmdline')"}) {
    const auto rows = connection.query(sql);
    ASSERT_FALSE(rows) << sql;
    EXPECT_EQ(rows.error().message().find("LINE 1"), std::string::npos) << rows.error().message();
    EXPECT_EQ(rows.error().message().find('\n'), std::string::npos) << rows.error().message();
    const auto ran = connection.run(sql);
    ASSERT_FALSE(ran) << sql;
    EXPECT_EQ(ran.error().message().find('\n'), std::string::npos) << ran.error().message();
  }
}

TEST_F(DatabaseTest, OverTheMemoryLimitIsOverloadedAndTheNextQueryWorks) {
  auto small = *Database::open({.memory_bytes_max = 64U << 20U});
  auto narrow = *small->connect();
  auto rows = narrow.query("SELECT list(i) FROM (SELECT DISTINCT i FROM range(20000000) t(i))");
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code(), ErrorCode::Overloaded) << rows.error().message();
  EXPECT_TRUE(narrow.query("SELECT 1"));
}

TEST_F(DatabaseTest, AStreamedAnswerComesWholeAndInOrder) {
  auto rows = connection.stream("SELECT i FROM range(1000000) t(i)");
  ASSERT_TRUE(rows);
  std::int64_t expected = 0;
  for (;;) {
    auto chunk = rows->next();
    ASSERT_TRUE(chunk);
    if (*chunk == nullptr) break;
    for (const auto value : (*chunk)->column(0).int64s()) ASSERT_EQ(value, expected++);
  }
  EXPECT_EQ(expected, 1'000'000);
}

TEST_F(DatabaseTest, AFailureInTheMiddleOfAStreamIsTold) {
  auto rows = connection.stream(
      "SELECT CASE WHEN i = 900000 THEN CAST('x' || i AS BIGINT) ELSE i END FROM range(1000000) "
      "t(i)");
  base::Status last = base::ok;
  for (bool more = static_cast<bool>(rows); more;) {
    auto chunk = rows->next();
    if (!chunk) last = chunk.error();
    more = chunk && *chunk != nullptr;
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code(), ErrorCode::InvalidInput) << last.error().message();
}

TEST_F(DatabaseTest, AStoppedQueryEndsWithinMomentsAndTheNextOneWorks) {
  std::atomic<int> asked = 0;
  const auto started = std::chrono::steady_clock::now();
  auto rows = connection.query("SELECT count(*) FROM range(10000000000) a(i) WHERE hash(i) = 1", {},
                               [&] { return ++asked > 20; });
  const auto took = std::chrono::steady_clock::now() - started;
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code(), ErrorCode::TimedOut) << rows.error().message();
  EXPECT_LT(took, std::chrono::seconds(20));  // whole, it would take minutes
  auto next = connection.query("SELECT 1");
  ASSERT_TRUE(next);
}

TEST_F(DatabaseTest, AStoppedStreamEnds) {
  bool stop = false;
  auto rows = connection.stream("SELECT i FROM range(100000000) t(i)", {}, [&] { return stop; });
  ASSERT_TRUE(rows);
  ASSERT_TRUE(rows->next());
  stop = true;
  auto chunk = rows->next();
  ASSERT_FALSE(chunk);
  EXPECT_EQ(chunk.error().code(), ErrorCode::TimedOut);
}

TEST_F(DatabaseTest, QuotedTextIsOneSqlString) {
  auto [rows, chunk] = ask("SELECT " + sql_text("it's; \\ \"x\""));
  EXPECT_EQ(chunk->column(0).texts()[0].view(), "it's; \\ \"x\"");
}

TEST_F(DatabaseTest, NiceThreadsAnswerToo) {
  auto nice = *Database::open({.threads = 2, .nice = 10});
  auto chunk = nice->connect()->query("SELECT count(*) FROM range(1000000)")->next();
  ASSERT_TRUE(chunk);
}

}  // namespace
}  // namespace tidemark::clients::duckdb
