// Other people's Parquet files come in with what their columns can mean; ours go out in the form
// that comes in again.

#include <algorithm>
#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/folder_for_test.hpp"
#include "archive/parquet_export.hpp"
#include "archive/parquet_import.hpp"
#include "archive/random_rows_for_test.hpp"
#include "clients/duckdb/database.hpp"
#include "files/files.hpp"

namespace tidemark::archive {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

struct ParquetTest : testing::Test {
  FolderForTest folder;
  std::filesystem::path file = folder.path() / "events.parquet";

  /// A file with the one row that `select` gives.
  void write(const std::string& select) const {
    auto database = *clients::duckdb::Database::open({});
    auto written =
        database->connect()->run("COPY (" + select + ") TO " +
                                 clients::duckdb::sql_text(file.string()) + " (FORMAT parquet)");
    ASSERT_TRUE(written) << written.error().message();
  }
  /// The same with good columns but for `changed`, which is "expression AS name".
  void write_with(const std::string& name, const std::string& expression) const {
    std::string select = "SELECT ";
    for (const auto& [column, usual] : {std::pair<std::string, std::string>{"event_id", "'e1'"},
                                        {"occurred_at", "'2025-08-01T10:00:00Z'"},
                                        {"user_id", "'u1'"},
                                        {"event_type", "'login'"},
                                        {"properties", "'{}'"}}) {
      if (column != name || !expression.empty()) {
        select += (column == name ? expression : usual) + " AS " + column + ", ";
      }
    }
    write(select + "1 AS sequence");
  }

  struct Read {
    std::unique_ptr<ParquetImport> import;
    ImportedEvent event;
  };
  /// The only row of the file.
  [[nodiscard]] Read read() const {
    auto import = ParquetImport::open(file);
    if (!import) throw std::runtime_error(import.error().message());
    EXPECT_EQ((*import)->rows(), 1U);
    auto events = (*import)->next();
    if (!events) throw std::runtime_error(events.error().message());
    EXPECT_EQ(events->size(), 1U);
    return {std::move(*import), (*events)[0]};
  }
  [[nodiscard]] std::string refusal() const {
    auto import = ParquetImport::open(file);
    if (import) return "taken";
    EXPECT_EQ(import.error().code(), ErrorCode::InvalidInput);
    return import.error().message();
  }
};

TEST_F(ParquetTest, TextComesAsItIs) {
  write_with("event_id", "'e1'");
  const auto [import, event] = read();
  EXPECT_EQ(event.row, 1U);
  EXPECT_EQ(event.event_id, "e1");
  EXPECT_EQ(std::get<std::string_view>(event.occurred_at), "2025-08-01T10:00:00Z");
  EXPECT_EQ(event.user_id, "u1");
  EXPECT_EQ(event.event_type, "login");
  EXPECT_EQ(event.properties, "{}");
  EXPECT_TRUE(import->next()->empty());
}

TEST_F(ParquetTest, EveryKindOfTimestampIsAnInstantInUtcCutToTheMicrosecond) {
  constexpr std::int64_t kMicros = 1'754'042'400'123'456;  // 2025-08-01T10:00:00.123456Z
  const std::pair<const char*, std::int64_t> cases[] = {
      {"TIMESTAMP '2025-08-01 10:00:00.123456'", kMicros},
      {"TIMESTAMPTZ '2025-08-01 12:00:00.123456+02:00'", kMicros},
      {"TIMESTAMP_NS '2025-08-01 10:00:00.123456999'", kMicros},
      {"TIMESTAMP_MS '2025-08-01 10:00:00.123'", 1'754'042'400'123'000},
      {"TIMESTAMP_S '2025-08-01 10:00:00'", 1'754'042'400'000'000}};
  for (const auto& [expression, micros] : cases) {
    write_with("occurred_at", expression);
    EXPECT_EQ(std::get<ImportedInstant>(read().event.occurred_at).micros, micros) << expression;
  }
}

TEST_F(ParquetTest, IntegersStayTheDigitsThatTheyAre) {
  for (const auto* expression :
       {"1754042400123::BIGINT", "1754042400123::UBIGINT", "1754042400123"}) {
    write_with("occurred_at", expression);
    EXPECT_EQ(std::get<std::int64_t>(read().event.occurred_at), 1'754'042'400'123) << expression;
  }
  write_with("occurred_at", "18446744073709551615::UBIGINT");
  EXPECT_EQ(std::get<std::int64_t>(read().event.occurred_at),
            std::numeric_limits<std::int64_t>::max());
  write_with("user_id", "12345678901234::BIGINT");
  EXPECT_EQ(read().event.user_id, "12345678901234");
  write_with("event_id", "'0189F7EA-AE2C-7C5A-8AEF-6D6A1F3A6D01'::UUID");
  EXPECT_EQ(read().event.event_id, "0189f7ea-ae2c-7c5a-8aef-6d6a1f3a6d01");
}

TEST_F(ParquetTest, BytesWithoutATypeAreText) {
  write_with("user_id", "encode('u\xC3\xA4')");
  EXPECT_EQ(read().event.user_id, "u\xC3\xA4");
}

TEST_F(ParquetTest, BytesThatAreNoTextAreGivenToo) {
  for (const auto* field : {"event_id", "occurred_at", "user_id", "event_type", "properties"}) {
    write_with(field, R"('\xFF'::BLOB)");
    const auto [import, event] = read();
    const auto* instant = std::get_if<std::string_view>(&event.occurred_at);
    const std::optional<std::string_view> given[] = {
        event.event_id, instant != nullptr ? *instant : "", event.user_id, event.event_type,
        event.properties};
    EXPECT_EQ(std::ranges::count(given, "\xFF"), 1) << field;
  }
  write(
      "SELECT '0189f7ea-ae2c-7c5a-8aef-6d6a1f3a6d01'::UUID AS event_uuid, 'k'::BLOB AS event_key, "
      "'2025-08-01T10:00:00Z' AS occurred_at, 'u' AS user_id, 't' AS event_type");
  EXPECT_EQ(read().event.event_id, "0189f7ea-ae2c-7c5a-8aef-6d6a1f3a6d01");
}

TEST_F(ParquetTest, WholeNumbersOfADatabaseAreText) {
  write_with("user_id", "42::DECIMAL(38,0)");
  EXPECT_EQ(read().event.user_id, "42");
  write_with("user_id", "42.5::DECIMAL(18,2)");
  EXPECT_THAT(refusal(), HasSubstr("user_id"));
}

TEST_F(ParquetTest, PropertiesThatAreAllNullMayBeOfAnyType) {
  for (const auto* expression : {"NULL", "NULL::DOUBLE", "NULL::BOOLEAN", "NULL::VARCHAR[]"}) {
    write_with("properties", expression);
    EXPECT_EQ(read().event.properties, std::nullopt) << expression;
  }
  write_with("properties", "7");
  EXPECT_THAT(refusal(), HasSubstr("properties"));
}

TEST_F(ParquetTest, StructsMapsAndJsonArePropertiesAsJson) {
  const std::pair<const char*, const char*> cases[] = {
      {"{'a': 1, 'b': {'c': ['x', NULL]}}", R"({"a":1,"b":{"c":["x",null]}})"},
      {"MAP {'k': 'v', 'l': 'w'}", R"({"k":"v","l":"w"})"},
      {"{'b': encode('\xC3\xA4')}", "{\"b\":\"\xC3\xA4\"}"},
      {R"('{"n": 1.50}'::JSON)", R"({"n": 1.50})"},
      {R"('{"n": 1.50}')", R"({"n": 1.50})"}};
  for (const auto& [expression, json] : cases) {
    write_with("properties", expression);
    EXPECT_EQ(read().event.properties, json) << expression;
  }
  write_with("properties", "CAST(NULL AS STRUCT(a BIGINT))");
  EXPECT_EQ(read().event.properties, std::nullopt);
  write_with("properties", "");
  EXPECT_EQ(read().event.properties, std::nullopt);
}

TEST_F(ParquetTest, WhatIsNullIsNotSet) {
  write(
      "SELECT NULL::VARCHAR AS event_id, NULL::TIMESTAMP AS occurred_at, NULL::BIGINT AS user_id, "
      "NULL::VARCHAR AS event_type, NULL::VARCHAR AS properties_json");
  const auto [import, event] = read();
  EXPECT_EQ(event.event_id, std::nullopt);
  EXPECT_EQ(event.occurred_at.index(), 0U);
  EXPECT_EQ(event.user_id, std::nullopt);
  EXPECT_EQ(event.event_type, std::nullopt);
  EXPECT_EQ(event.properties, std::nullopt);
}

TEST_F(ParquetTest, AColumnThatCannotBeMeantRefusesTheFileInWords) {
  write_with("user_id", "");
  EXPECT_THAT(refusal(), HasSubstr("user_id: there is no such column"));
  write_with("user_id", "'u' AS userid, 'u'");
  EXPECT_THAT(refusal(), HasSubstr("userid: unknown column"));
  write_with("occurred_at", "DATE '2025-08-01'");
  EXPECT_THAT(refusal(), HasSubstr("occurred_at: the column must hold timestamps"));
  write_with("occurred_at", "1.5::DOUBLE");
  EXPECT_THAT(refusal(), HasSubstr("not DOUBLE"));
  write_with("event_type", "['a']");
  EXPECT_THAT(refusal(), HasSubstr("event_type"));
  write_with("properties", "[{'a': 1}]");
  EXPECT_THAT(refusal(), HasSubstr("properties"));
  write_with("properties", "'{}' AS properties_json, '{}'");
  EXPECT_THAT(refusal(), HasSubstr("another column"));
}

TEST_F(ParquetTest, WhatIsNoParquetIsInvalidAndWhatIsNotThereUnavailable) {
  ASSERT_TRUE(files::replace_whole(files::posix_files(), file, "event_id,occurred_at\n1,2\n"));
  auto import = ParquetImport::open(file);
  ASSERT_FALSE(import);
  EXPECT_EQ(import.error().code(), ErrorCode::InvalidInput) << import.error().message();
  import = ParquetImport::open(folder.path() / "nothing.parquet");
  ASSERT_FALSE(import);
  EXPECT_EQ(import.error().code(), ErrorCode::Unavailable) << import.error().message();
}

TEST_F(ParquetTest, WhatIsExportedComesInAsItWas) {
  const auto seed = std::random_device{}();
  RandomRows random(seed);
  const event::ProjectRows pieces[] = {random.piece({}, 5000), random.piece({}, 1),
                                       random.piece({}, 2500)};
  {
    auto out = ParquetExport::open(file);
    ASSERT_TRUE(out) << out.error().message();
    for (const auto& piece : pieces) ASSERT_TRUE((*out)->write(piece.rows));
    EXPECT_FALSE(std::filesystem::exists(file));
    auto finished = (*out)->finish();
    ASSERT_TRUE(finished) << finished.error().message();
  }
  auto import = *ParquetImport::open(file);
  EXPECT_EQ(import->rows(), 7501U);
  std::deque<event::StoredRow> expected;
  for (const auto& piece : pieces) {
    expected.insert(expected.end(), piece.rows.begin(), piece.rows.end());
  }
  for (;;) {
    auto events = import->next();
    ASSERT_TRUE(events) << events.error().message();
    if (events->empty()) break;
    for (const auto& event : *events) {
      const auto& row = expected.front();
      ASSERT_EQ(event.event_id, row.id) << "seed " << seed;
      ASSERT_EQ(std::get<ImportedInstant>(event.occurred_at).micros, row.occurred_at);
      ASSERT_EQ(event.user_id, row.user_id);
      ASSERT_EQ(event.event_type, row.event_type);
      ASSERT_EQ(event.properties, row.properties);
      expected.pop_front();
    }
  }
  EXPECT_TRUE(expected.empty());
}

TEST_F(ParquetTest, AnExportThatIsGivenUpLeavesNothing) {
  RandomRows random(1);
  {
    auto out = *ParquetExport::open(file);
    ASSERT_TRUE(out->write(random.piece({}, 5000).rows));
  }
  EXPECT_TRUE(files::posix_files().list(folder.path())->empty());
}

TEST_F(ParquetTest, AnExportOfNothingIsAFileWithoutRows) {
  ASSERT_TRUE((*ParquetExport::open(file))->finish());
  auto import = *ParquetImport::open(file);
  EXPECT_EQ(import->rows(), 0U);
  EXPECT_TRUE(import->next()->empty());
}

TEST_F(ParquetTest, AnExportThatCannotBeWrittenSaysSoAndDoesNotHang) {
  RandomRows random(1);
  auto out = *ParquetExport::open(folder.path() / "nowhere" / "x.parquet");
  const auto piece = random.piece({}, 5000);
  base::Status written = base::ok;
  for (int i = 0; i < 100 && written; ++i) written = out->write(piece.rows);
  if (written) written = out->finish();
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code(), ErrorCode::Unavailable) << written.error().message();
}

}  // namespace
}  // namespace tidemark::archive
