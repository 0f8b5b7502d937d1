// `tidemark import` of Parquet files as others write them: what their columns can mean is taken,
// each bad row is told by its number and does not stop the rest.

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "clients/duckdb/database.hpp"
#include "import_fixture.hpp"

namespace tidemark {
namespace {

namespace duckdb = clients::duckdb;

struct ImportParquet : ImportFixture {
  std::unique_ptr<duckdb::Database> database = *duckdb::Database::open({});

  /// A Parquet file of the rows that `select` gives.
  [[nodiscard]] std::string parquet(const std::string& name, const std::string& select,
                                    const std::string& options = {}) const {
    const std::string path = folder.path() / name;
    const auto written = database->connect()->run(
        "COPY (" + select + ") TO " + duckdb::sql_text(path) + " (FORMAT parquet" + options + ")");
    EXPECT_TRUE(written) << written.error().message();
    return path;
  }
  /// SQL of one good row but for `field`, which is an expression.
  static std::string one(const std::string& id, const std::string& field = {},
                         const std::string& expression = {}) {
    std::string select = "SELECT ";
    for (const auto& [name, usual] :
         {std::pair<std::string, std::string>{"event_id", "'" + id + "'"},
          {"occurred_at", "'2025-08-01T10:00:00Z'"},
          {"user_id", "'u'"},
          {"event_type", "'t'"},
          {"properties", "'{}'"}}) {
      select += (name == field ? expression : usual) + " AS " + name + ", ";
    }
    return select.substr(0, select.size() - 2);
  }
  static std::string all_of(const std::vector<std::string>& selects) {
    std::string all;
    for (const auto& select : selects) all += (all.empty() ? "" : " UNION ALL ") + select;
    return all;
  }
  void expect_told(const testing_support::Finished& done,
                   const std::vector<std::string>& told) const {
    for (const auto& each : told) {
      EXPECT_NE(done.err.find(each), std::string::npos) << each << " is not in " << done.err;
    }
  }
};

TEST_F(ImportParquet, PropertiesAreNeverMoreThanTheirField) {
  const testing_support::ServiceProcess service(data);
  const auto evil = R"('{"a":1},"user_id":"evil"')";
  const auto path = parquet(
      "p.parquet",
      all_of({one("good", "properties", R"('{"n": 1.50}')"),
              "SELECT 'bad-1', '2025-08-01T10:00:00Z', NULL, 't', " + std::string(evil),
              one("bad-2", "properties", R"('{"a":"x' || chr(10) || 'y"}')"),
              one("empty", "properties", "''"), one("blank", "properties", "'  ' || chr(10)"),
              one("null", "properties", "NULL"), one("bad-3", "properties", "'{oops'"),
              one("bad-4", "properties", "'[1]'")}));
  const auto done = import(path, {"--quarantine"});
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(summary_of(done), (Summary{8, 4, 0, 4})) << done.err;
  expect_told(done, {path + ":2: user_id: is missing",
                     path + ":2: properties: byte 7:", path + ":3: properties: byte ",
                     path + ":7: properties: byte ", path + ":8: properties: is an array"});
  EXPECT_EQ(exported(), R"({"event_id":"good","occurred_at":"2025-08-01T10:00:00Z","user_id":"u",)"
                        R"("event_type":"t","properties":{"n":1.50}})"
                        "\n"
                        R"({"event_id":"empty","occurred_at":"2025-08-01T10:00:00Z","user_id":"u",)"
                        R"("event_type":"t","properties":{}})"
                        "\n"
                        R"({"event_id":"blank","occurred_at":"2025-08-01T10:00:00Z","user_id":"u",)"
                        R"("event_type":"t","properties":{}})"
                        "\n"
                        R"({"event_id":"null","occurred_at":"2025-08-01T10:00:00Z","user_id":"u",)"
                        R"("event_type":"t","properties":{}})"
                        "\n");
  const auto kept = quarantine();
  ASSERT_EQ(kept.size(), 4U);
  EXPECT_EQ(kept[0].at("raw").as_string(),
            kHeader + R"(bad-1,2025-08-01T10:00:00Z,,t,"{""a"":1},""user_id"":""evil""")");
  EXPECT_EQ(kept[0].at("errors").at(0).at("code"), "bad_json");
  EXPECT_EQ(kept[0].at("errors").at(1).at("code"), "missing_field");
  EXPECT_EQ(replay(), std::make_pair(0L, 4L)) << "the same verdict, by the same rules";
}

TEST_F(ImportParquet, AnInstantOutOfRangeIsToldAndKeptAsItIs) {
  const testing_support::ServiceProcess service(data);
  const auto at = [](const std::string& id, const std::string& instant) {
    return one(id, "occurred_at", "TIMESTAMP '" + instant + "'");
  };
  const auto path = parquet("far.parquet", all_of({at("a", "2500-01-01"), at("b", "1900-01-01"),
                                                   at("c", "1969-12-31 23:59:59.999999"),
                                                   at("d", "infinity"), at("e", "1970-01-01")}));
  const auto done = import(path, {"--quarantine"});
  EXPECT_EQ(summary_of(done), (Summary{5, 1, 0, 4})) << done.err;
  const auto kept = quarantine();
  ASSERT_EQ(kept.size(), 4U);
  for (const auto& entry : kept) {
    EXPECT_EQ(entry.at("errors").at(0).at("code"), "out_of_range") << entry;
  }
  expect_told(done, {R"(:1: occurred_at: is outside the years 1970 to 2200 in UTC; received )"
                     R"("2500-01-01T00:00:00Z")",
                     "in lines 1, 2, 3"});
  const auto received = [&](std::size_t row) {
    const std::string message(kept[row].at("errors").at(0).at("message").as_string());
    return message.substr(message.find("received"));
  };
  EXPECT_EQ(received(1), R"(received "1900-01-01T00:00:00Z")");
  EXPECT_EQ(received(2), R"(received "1969-12-31T23:59:59.999999Z")");
  EXPECT_EQ(kept[0].at("raw").as_string(), kHeader + "a,2500-01-01T00:00:00Z,u,t,{}");
}

TEST_F(ImportParquet, BytesThatAreNoTextAreABadRowOfTheirOwn) {
  const testing_support::ServiceProcess service(data);
  std::vector<std::string> rows;
  for (int i = 0; i < 6; ++i) {
    const std::string bytes = i == 3 ? R"('\xFF'::BLOB)" : "'t'::BLOB";
    rows.push_back(one("bb" + std::to_string(i), "event_type", bytes));
  }
  const auto path = parquet("bytes.parquet", all_of(rows));
  const auto done = import(path, {"--quarantine"});
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(summary_of(done), (Summary{6, 5, 0, 1})) << done.err;
  expect_told(done, {path + ":4: event_type: contains a NUL"});
  EXPECT_EQ(quarantine().size(), 1U);
}

TEST_F(ImportParquet, ATextThatIsNoneIsABadRowOfItsOwn) {
  const testing_support::ServiceProcess service(data);
  const auto path = parquet(
      "text.parquet",
      "SELECT 'e' || i AS event_id, TIMESTAMP '2025-08-01' AS occurred_at, 'u' AS user_id, CASE "
      "WHEN i = 6000 THEN 'BROKEN' ELSE 't' END AS event_type, '{}' AS properties FROM "
      "range(9000) r(i)",
      ", COMPRESSION uncompressed");
  std::ostringstream whole;
  whole << std::ifstream(path, std::ios::binary).rdbuf();
  std::string bytes = whole.str();
  for (auto at = bytes.find("BROKEN"); at != std::string::npos; at = bytes.find("BROKEN")) {
    bytes[at] = '\xFF';
  }
  const auto done = import(file("text.parquet", bytes));
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(summary_of(done), (Summary{9'000, 8'999, 0, 1})) << done.err;
  expect_told(done, {path + ":6001: event_type: contains a NUL"});
}

TEST_F(ImportParquet, WhatOthersWriteIsTakenAsItIsMeant) {
  const testing_support::ServiceProcess service(data);
  const std::vector<std::pair<std::string, std::string>> columns = {
      {"user_id", "7::INTEGER"},
      {"user_id", "7::BIGINT"},
      {"user_id", "7::DECIMAL(38,0)"},
      {"occurred_at", "TIMESTAMP '2025-08-01 10:00:00'"},
      {"occurred_at", "TIMESTAMPTZ '2025-08-01 13:00:00+03'"},
      {"occurred_at", "TIMESTAMP_MS '2025-08-01 10:00:00'"},
      {"occurred_at", "TIMESTAMP_NS '2025-08-01 10:00:00'"},
      {"occurred_at", "1754042400000::BIGINT"},
      {"properties", "{'a': 1}"},
      {"properties", "MAP {'a': 1}"},
      {"properties", R"('{"a":1}'::JSON)"},
      {"properties", R"(encode('{"a":1}'))"},
      {"properties", "NULL"},
      {"event_id", "'0189f7ea-ae2c-7c5a-8aef-6d6a1f3a6d01'::UUID"},
      {"event_id", "'bytes'::BLOB"},
      {"event_type", "'t'::ENUM('t', 'x')"}};
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& [column, expression] = columns[i];
    const auto path = parquet("o.parquet", one("o-" + std::to_string(i), column, expression));
    const auto done = import(path);
    EXPECT_EQ(summary_of(done), (Summary{1, 1, 0, 0})) << column << expression << done.err;
  }
  const auto all = exported();
  EXPECT_NE(all.find(R"("user_id":"7")"), std::string::npos);
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(all, '\n')), columns.size());
}

TEST_F(ImportParquet, AColumnThatCannotBeMeantRefusesTheFileByName) {
  const testing_support::ServiceProcess service(data);
  const std::vector<std::pair<std::string, std::string>> refused = {
      {one("x", "occurred_at", "DATE '2025-08-01'"),
       "occurred_at: the column must hold timestamps"},
      {one("x", "user_id", "1.5::DOUBLE"), "user_id: the column must hold text"},
      {one("x", "properties", "7"), "properties: the column must hold JSON text"},
      {one("x") + ", 1 AS extra", "extra: unknown column; known are event_id"},
      {"SELECT 1 AS event_id", "occurred_at: there is no such column"}};
  for (const auto& [select, words] : refused) {
    const auto path = parquet("refused.parquet", select);
    const auto done = import(path);
    EXPECT_EQ(done.code, 1) << done.err;
    EXPECT_EQ(summary_of(done), Summary{}) << done.err;
    expect_told(done, {path + ": " + words});
  }
}

/// Whole rows are looked at, so that any column may be there, and places within structs.
TEST_F(ImportParquet, ColumnsOfOthersAreTakenAsTheFlagsSay) {
  const testing_support::ServiceProcess service(data);
  const auto path = parquet(
      "ga4.parquet",
      "SELECT 1754042400000123::BIGINT AS event_timestamp, 'page_view' AS event_name, "
      "NULL::VARCHAR AS user_id, '12.34' AS user_pseudo_id, [{'key': 'n', 'value': 7}] AS "
      "event_params, {'city': 'Kyiv'} AS geo, 0 AS __index_level_0__, DATE '2025-08-01' AS day");
  auto done = import(path, {"--preset", "ga4"});
  EXPECT_EQ(summary_of(done), (Summary{1, 1, 0, 0})) << done.err;
  const auto event = boost::json::parse(exported());
  EXPECT_EQ(event.at("occurred_at"), "2025-08-01T10:00:00.000123Z");
  EXPECT_EQ(event.at("user_id"), "12.34");
  EXPECT_EQ(event.at("properties").at("geo").at("city"), "Kyiv");
  EXPECT_EQ(event.at("properties").at("day"), "2025-08-01");
  EXPECT_EQ(event.at("properties").at("event_params").at(0).at("value"), 7);
  done = import(path, {"--preset", "ga4", "--rest", "ignore"});
  EXPECT_EQ(summary_of(done), (Summary{1, 0, 0, 0, 1})) << "the same id, other properties";
  const auto own =
      parquet("own.parquet", one("p-1", "occurred_at", "TIMESTAMP '2025-08-01 10:00:00.5'") +
                                 ", {'who': {'id': 42}} AS account, 'x' AS __index_level_0__");
  done = import(own, {"--column", "user_id=account.who.id", "--rest", "ignore"});
  EXPECT_EQ(summary_of(done), (Summary{1, 1, 0, 0})) << done.err;
  EXPECT_NE(exported().find(R"("occurred_at":"2025-08-01T10:00:00.500000Z","user_id":"42")"),
            std::string::npos)
      << exported();
  done = import(own, {"--column", "user_id=nobody", "--rest", "ignore"});
  EXPECT_EQ(done.code, 1);
  expect_told(done, {"user_id must come from \"nobody\", which the file does not have"});
}

}  // namespace
}  // namespace tidemark
