// Columns that say they are text and hold what is none: their rows come as they are, all of them.

#include <cstring>
#include <fstream>
#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include "archive/folder_for_test.hpp"
#include "archive/parquet_footer.hpp"
#include "archive/parquet_import.hpp"
#include "clients/duckdb/database.hpp"

namespace tidemark::archive {
namespace {

struct ParquetBytes : testing::Test {
  FolderForTest folder;
  std::filesystem::path file = folder.path() / "events.parquet";

  [[nodiscard]] std::string content() const {
    std::ostringstream all;
    all << std::ifstream(file, std::ios::binary).rdbuf();
    return all.str();
  }
  /// A file of what `select` gives in which each BROKEN has become no UTF-8.
  void write(const std::string& select, const std::string& more = "") const {
    auto database = *clients::duckdb::Database::open({});
    auto written = database->connect()->run(
        "COPY (" + select + ") TO " + clients::duckdb::sql_text(file.string()) +
        " (FORMAT parquet, COMPRESSION uncompressed" + more + ")");
    ASSERT_TRUE(written) << written.error().message();
    std::string bytes = content();
    for (auto at = bytes.find("BROKEN"); at != std::string::npos; at = bytes.find("BROKEN", at)) {
      bytes[at] = '\xFF';
    }
    std::ofstream(file, std::ios::binary) << bytes;
  }
  /// user_id of every row, and that rows are counted without a gap.
  [[nodiscard]] std::vector<std::string> users() const {
    auto import = ParquetImport::open(file);
    if (!import) throw std::runtime_error(import.error().message());
    std::vector<std::string> users;
    for (;;) {
      auto events = (*import)->next();
      if (!events) throw std::runtime_error(events.error().message());
      if (events->empty()) break;
      for (const auto& event : *events) {
        users.emplace_back(event.user_id.value_or("null"));
        EXPECT_EQ(event.row, users.size());
        EXPECT_EQ(event.properties, R"({"k":1})");
      }
    }
    EXPECT_EQ((*import)->rows(), users.size());
    return users;
  }
  static std::string rows(const std::string& user, const std::string& count,
                          const std::string& properties = R"('{"k":1}'::JSON)") {
    return "SELECT 'e' || i AS event_id, TIMESTAMP '2025-08-01 10:00:00' AS occurred_at, " + user +
           " AS user_id, 't' AS event_type, " + properties + " AS properties FROM range(" + count +
           ") r(i)";
  }
};

TEST_F(ParquetBytes, OneBrokenTextDoesNotStopTheRest) {
  // In a dictionary, alone, and far behind rows that were given already; in several row groups.
  const std::string one = "CASE WHEN i = 30000 THEN 'BROKEN' ELSE 'u' || (i % ";
  for (const auto& user : {one + "7) END", one + "1000000) END"}) {
    for (const auto* more : {"", ", ROW_GROUP_SIZE 4096", ", PARQUET_VERSION v2"}) {
      write(rows(user, "50000"), more);
      const auto read = users();
      ASSERT_EQ(read.size(), 50'000U);
      for (std::size_t i = 0; i < read.size(); ++i) {
        const auto number = user.find("% 7)") != std::string::npos ? i % 7 : i;
        ASSERT_EQ(read[i], i == 30'000 ? "\xFFROKEN" : "u" + std::to_string(number)) << more;
      }
    }
  }
}

TEST_F(ParquetBytes, ColumnsWithinStructsKeepTheirTypes) {
  write(rows("CASE WHEN i = 2 THEN 'BROKEN' ELSE 'u' END", "5", "{'k': 1}"));
  EXPECT_EQ(users(), (std::vector<std::string>{"u", "u", "\xFFROKEN", "u", "u"}));
  write(
      "SELECT 'e' AS event_id, {'b': 'text', 'c': ['x']} AS properties, 'BROKEN' AS user_id, "
      "'t' AS event_type, 1754042400000 AS occurred_at");
  auto import = *ParquetImport::open(file);
  auto events = import->next();
  ASSERT_TRUE(events) << events.error().message();
  EXPECT_EQ((*events)[0].properties, R"({"b":"text","c":["x"]})");
  EXPECT_EQ((*events)[0].event_type, "t");
}

TEST_F(ParquetBytes, ABrokenTextWithinAStructIsToldWithThePlaceWhereReadingEnded) {
  write(rows("'u'", "30000", "{'k': CASE WHEN i = 20000 THEN 'BROKEN' ELSE 'v' || i END}"),
        ", ROW_GROUP_SIZE 4096");
  auto import = *ParquetImport::open(file);
  std::size_t read = 0;
  auto events = import->next();
  for (; events && !events->empty(); events = import->next()) read += events->size();
  ASSERT_FALSE(events);
  const auto& told = events.error();
  EXPECT_EQ(told.code(), base::ErrorCode::InvalidInput);
  EXPECT_EQ(told.message(), "from row " + std::to_string(read + 1) +
                                " on it cannot be read: a text within the structs or maps of a "
                                "column is not UTF-8");
}

TEST_F(ParquetBytes, AFooterOfAnyBytesIsChangedOrRefused) {
  write(rows("'u'", "5"));
  const auto bytes = content();
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data() + bytes.size() - 8, sizeof length);
  const auto footer = bytes.substr(bytes.size() - 8 - length, length);
  ASSERT_TRUE(with_bytes_for_texts(footer));
  EXPECT_LT(with_bytes_for_texts(footer)->size(), footer.size());
  for (std::size_t size = 0; size < footer.size() / 8; ++size) {
    (void)with_bytes_for_texts(footer.substr(0, size));
  }
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    std::string damaged = footer;
    for (unsigned n = 1 + (random() % 4); n > 0; --n) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    (void)with_bytes_for_texts(damaged);  // that it ends, within bounds
  }
}

}  // namespace
}  // namespace tidemark::archive
