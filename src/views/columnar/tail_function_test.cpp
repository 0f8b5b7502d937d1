// The tail as SQL sees it: the rows between two sequences, each once, by any number of threads.

#include "views/columnar/tail_function.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tidemark::views::columnar {
namespace {

using clients::duckdb::Database;
using event::StoredRow;

constexpr std::size_t kRows = 200'000;  // four blocks

struct TailFunctionTest : testing::TestWithParam<unsigned> {
  std::shared_ptr<std::vector<std::string>> texts = std::make_shared<std::vector<std::string>>();
  ledger::TailWriter writer{100};
  TailRegistry registry;
  std::unique_ptr<Database> database = *Database::open({.threads = GetParam()});
  clients::duckdb::Connection connection = *database->connect();

  void SetUp() override {
    ASSERT_TRUE(registry.register_function(connection));
    for (std::size_t i = 0; i < 1000; ++i) {
      texts->push_back("user number " + std::to_string(i));
    }
    append(kRows);
  }

  void append(std::size_t count) {
    std::vector<StoredRow> rows(count);
    for (auto& row : rows) {
      row.sequence = writer.end() + static_cast<std::size_t>(&row - rows.data());
      row.id = row.sequence % 2 == 0 ? "0189f7ea-ae2c-7c5a-8aef-6d6a1f3a6d01" : "order-17";
      row.user_id = (*texts)[row.sequence % texts->size()];
      row.event_type = row.sequence % 4 == 0 ? "signup" : "login";
      row.properties = "{}";
      row.occurred_at = static_cast<event::Micros>(row.sequence) * 1'000'000;
      row.received_at = 5;
    }
    writer.append({event::ProjectId::Default, rows}, texts, 0);
  }

  std::int64_t number(const std::string& sql) {
    auto rows = connection.query(sql);
    if (!rows) throw std::runtime_error(rows.error().message());
    return (*rows->next())->column(0).int64s()[0];
  }
};

TEST_P(TailFunctionTest, EveryRowComesOnce) {
  const auto entry = registry.add(writer.snapshot(), 0);
  const auto from = " FROM " + entry.sql();
  const auto rows = static_cast<std::int64_t>(kRows);
  EXPECT_EQ(number("SELECT count(*)" + from), rows);
  EXPECT_EQ(number("SELECT count(DISTINCT sequence)" + from), rows);
  EXPECT_EQ(number("SELECT min(sequence)" + from), 100);
  EXPECT_EQ(number("SELECT max(sequence)" + from), rows + 99);
  EXPECT_EQ(number("SELECT count(DISTINCT user_id)" + from), 1000);
  EXPECT_EQ(number("SELECT count(*)" + from +
                   " WHERE user_id = 'user number ' || sequence % 1000 AND properties = '{}' AND "
                   "epoch_us(occurred_at) = sequence * 1000000 AND epoch_us(received_at) = 5 AND "
                   "project = 0 AND (event_type = 'signup') = (sequence % 4 = 0)"),
            rows);
  EXPECT_EQ(number("SELECT count(*)" + from +
                   " WHERE event_uuid = '0189f7ea-ae2c-7c5a-8aef-6d6a1f3a6d01' AND event_key IS "
                   "NULL AND sequence % 2 = 0"),
            rows / 2);
  EXPECT_EQ(number("SELECT count(*)" + from +
                   " WHERE event_uuid IS NULL AND event_key = 'order-17' AND sequence % 2 = 1"),
            rows / 2);
}

TEST_P(TailFunctionTest, WhatTheArchiveCoversAndWhatCameLaterIsLeftOut) {
  const auto tail = writer.snapshot();
  append(50);
  for (const std::uint64_t from :
       {std::uint64_t{0}, std::uint64_t{101}, std::uint64_t{70'000}, std::uint64_t{kRows + 99},
        std::uint64_t{kRows + 100}, std::uint64_t{kRows + 120}}) {
    const auto entry = registry.add(tail, from);
    const auto shown = std::max<std::uint64_t>(from, 100);
    EXPECT_EQ(number("SELECT count(*) FROM " + entry.sql()),
              static_cast<std::int64_t>(kRows + 100 - std::min<std::uint64_t>(shown, kRows + 100)))
        << from;
    EXPECT_EQ(number("SELECT count(*) FROM " + entry.sql() + " WHERE sequence < " +
                     std::to_string(shown)),
              0);
  }
}

TEST_P(TailFunctionTest, RowsOfDroppedBlocksAreNotShown) {
  writer.drop_below(70'123);
  const auto entry = registry.add(writer.snapshot(), 0);
  EXPECT_EQ(number("SELECT min(sequence) FROM " + entry.sql()), 70'123);
}

TEST_P(TailFunctionTest, AnEmptyTailIsAnEmptyTable) {
  ledger::TailWriter nothing{7};
  const auto entry = registry.add(nothing.snapshot(), 0);
  EXPECT_EQ(number("SELECT count(*) FROM " + entry.sql()), 0);
}

TEST_P(TailFunctionTest, AfterItsEntryATailIsUnknown) {
  std::string sql;
  {
    const auto entry = registry.add(writer.snapshot(), 0);
    sql = entry.sql();
    const auto moved = registry.add(writer.snapshot(), 0);
    EXPECT_NE(moved.sql(), sql);
  }
  EXPECT_FALSE(connection.query("SELECT count(*) FROM " + sql));
  EXPECT_FALSE(connection.query("SELECT count(*) FROM tail(NULL)"));
}

INSTANTIATE_TEST_SUITE_P(Threads, TailFunctionTest, testing::Values(1U, 3U));

}  // namespace
}  // namespace tidemark::views::columnar
