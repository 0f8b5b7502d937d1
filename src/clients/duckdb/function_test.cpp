// Tables and functions of ours, called by SQL.

#include <atomic>
#include <set>

#include <gtest/gtest.h>

#include "clients/duckdb/database.hpp"

namespace tidemark::clients::duckdb {
namespace {

constexpr std::int64_t kRows = 100'000;
constexpr std::int64_t kBlock = 10'000;

/// number BIGINT, text VARCHAR (null where number is a multiple of 3), id UUID: `rows` of them.
class NumbersCursor final : public Cursor {
 public:
  NumbersCursor(std::vector<std::size_t> columns, std::int64_t rows,
                std::atomic<std::int64_t>& next)
      : columns_(std::move(columns)), rows_(rows), next_(next) {}

  base::Status fill(OutputChunk& out) override {
    if (at_ == end_) {
      at_ = next_.fetch_add(kBlock);
      end_ = std::min(at_ + kBlock, rows_);
      if (at_ >= rows_) {
        at_ = end_ = rows_;
        return base::ok;
      }
    }
    const auto count = std::min<std::int64_t>(end_ - at_, kChunkRowsMax);
    for (std::size_t wanted = 0; wanted < columns_.size(); ++wanted) write(out, wanted, count);
    at_ += count;
    out.set_rows(static_cast<std::size_t>(count));
    return base::ok;
  }

 private:
  void write(OutputChunk& out, std::size_t wanted, std::int64_t count) {
    auto column = out.column(wanted);
    for (std::int64_t row = 0; row < count; ++row) {
      const auto place = static_cast<std::size_t>(row);
      const auto number = at_ + row;
      if (columns_[wanted] == 0) {
        column.values<std::int64_t>()[place] = number;
      } else if (columns_[wanted] == 1) {
        const auto text = std::to_string(number) + (number % 2 == 0 ? "" : " is an odd number");
        number % 3 == 0 ? column.set_null(place) : column.set_text(place, text);
      } else {
        column.set_uuid(place, {.high = static_cast<std::uint64_t>(number), .low = 5});
      }
    }
  }

  std::vector<std::size_t> columns_;
  std::int64_t rows_;
  std::atomic<std::int64_t>& next_;
  std::int64_t at_ = 0;
  std::int64_t end_ = 0;
};

std::set<std::size_t> last_wanted;

class NumbersScan final : public Scan {
 public:
  NumbersScan(std::vector<std::size_t> columns, std::int64_t rows)
      : columns_(std::move(columns)), rows_(rows) {}
  [[nodiscard]] std::size_t threads_max() const override { return 4; }
  std::unique_ptr<Cursor> cursor() override {
    return std::make_unique<NumbersCursor>(columns_, rows_, next_);
  }

 private:
  std::vector<std::size_t> columns_;
  std::int64_t rows_;
  std::atomic<std::int64_t> next_{0};
};

class Numbers final : public TableSource {
 public:
  explicit Numbers(std::int64_t rows) : rows_(rows) {}
  [[nodiscard]] std::vector<ColumnName> columns() const override {
    return {{"number", Type::BigInt}, {"text", Type::Varchar}, {"id", Type::Uuid}};
  }
  [[nodiscard]] std::uint64_t rows_estimate() const override {
    return static_cast<std::uint64_t>(rows_);
  }
  std::unique_ptr<Scan> scan(std::vector<std::size_t> columns) override {
    last_wanted = {columns.begin(), columns.end()};
    return std::make_unique<NumbersScan>(std::move(columns), rows_);
  }

 private:
  std::int64_t rows_;
};

struct FunctionTest : testing::Test {
  std::unique_ptr<Database> database = *Database::open({.threads = 3});
  Connection connection = *database->connect();

  void SetUp() override {
    TableFunction numbers{
        .name = "numbers",
        .parameters = {Type::BigInt},
        .bind = [](std::span<const Value> arguments) -> base::Result<std::unique_ptr<TableSource>> {
          const auto* rows = std::get_if<std::int64_t>(arguments.data());
          if (rows == nullptr || *rows < 0) {
            return base::Error(base::ErrorCode::InvalidInput, "a number of rows is wanted");
          }
          return std::unique_ptr<TableSource>(std::make_unique<Numbers>(*rows));
        }};
    ASSERT_TRUE(connection.add(std::move(numbers)));
  }

  std::int64_t number(const std::string& sql) {
    auto rows = connection.query(sql);
    if (!rows) throw std::runtime_error(rows.error().message());
    return (*rows->next())->column(0).int64s()[0];
  }
};

TEST_F(FunctionTest, ATableOfOursIsReadOnceByAllThreads) {
  const auto sql = "FROM numbers(" + std::to_string(kRows) + ")";
  EXPECT_EQ(number("SELECT count(*) " + sql), kRows);
  EXPECT_LE(last_wanted.size(), 1U);
  EXPECT_EQ(number("SELECT sum(number)::BIGINT " + sql), kRows * (kRows - 1) / 2);
  EXPECT_EQ(last_wanted, std::set<std::size_t>{0});
  EXPECT_EQ(number("SELECT count(DISTINCT number) " + sql), kRows);
  EXPECT_EQ(number("SELECT count(text) " + sql), kRows - ((kRows + 2) / 3));
  EXPECT_EQ(
      number("SELECT count(*) " + sql +
             " WHERE text = number || CASE number % 2 WHEN 0 THEN '' ELSE ' is an odd number' "
             "END OR text IS NULL"),
      kRows);
  EXPECT_EQ(last_wanted, (std::set<std::size_t>{0, 1}));
  EXPECT_EQ(number("SELECT count(*) " + sql +
                   " WHERE id::VARCHAR = printf('%08x-0000-0000-0000-000000000005', 0)"),
            1);
}

TEST_F(FunctionTest, AnErrorOfBindIsTheQuerys) {
  auto rows = connection.query("SELECT * FROM numbers(-1)");
  ASSERT_FALSE(rows);
  EXPECT_NE(rows.error().message().find("a number of rows is wanted"), std::string::npos);
}

TEST_F(FunctionTest, AFunctionOfValuesPassesNullsOn) {
  ASSERT_TRUE(connection.add(ScalarFunction{
      .name = "same_length",
      .parameters = {Type::Varchar, Type::BigInt},
      .answer = Type::Boolean,
      .call = [](const Chunk& in, OutputColumn& out) -> base::Status {
        for (std::size_t row = 0; row < in.rows(); ++row) {
          const auto length = in.column(1).int64s()[row];
          if (in.column(0).null(row) || in.column(1).null(row)) continue;
          if (length < 0) {
            return base::Error(base::ErrorCode::InvalidInput, "no such length");
          }
          out.values<bool>()[row] =
              in.column(0).texts()[row].view().size() == static_cast<std::uint64_t>(length);
        }
        return base::ok;
      }}));
  const std::string sql = "SELECT count(*) FROM numbers(1000) WHERE ";
  EXPECT_EQ(number(sql + "same_length(text, 3)"), 300);  // even, of three digits, no multiple of 3
  EXPECT_EQ(number(sql + "same_length(text, 3) IS NULL"), 334);
  EXPECT_EQ(number(sql + "same_length(text, NULL) IS NULL"), 1000);
  EXPECT_EQ(number("SELECT count(*) FROM numbers(10) WHERE same_length('four', 4)"), 10);
  auto failed = connection.query(sql + "same_length(text, -number)");
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message().find("no such length"), std::string::npos);
}

TEST_F(FunctionTest, WhatAFunctionThrowsIsTheQuerysError) {
  ASSERT_TRUE(connection.add(ScalarFunction{
      .name = "throws",
      .parameters = {Type::BigInt},
      .answer = Type::Boolean,
      .call = [](const Chunk&, OutputColumn&) -> base::Status { throw std::bad_alloc(); }}));
  EXPECT_FALSE(connection.query("SELECT throws(number) FROM numbers(10)"));
  EXPECT_EQ(number("SELECT count(*) FROM numbers(10)"), 10);
}

}  // namespace
}  // namespace tidemark::clients::duckdb
