// `tidemark import` of Parquet files as others write them: what their columns can mean is taken,
// each bad row is told by its number and does not stop the rest.

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
  [[nodiscard]] std::string parquet(const std::string& name, const std::string& select) const {
    const std::string path = folder.path() / name;
    const auto written = database->connect()->run("COPY (" + select + ") TO " +
                                                  duckdb::sql_text(path) + " (FORMAT parquet)");
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
  const auto done = import(path);
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
  const auto done = import(path);
  EXPECT_EQ(summary_of(done), (Summary{5, 1, 0, 4})) << done.err;
  const auto kept = quarantine();
  ASSERT_EQ(kept.size(), 4U);
  for (const auto& entry : kept) {
    EXPECT_EQ(entry.at("errors").at(0).at("code"), "out_of_range") << entry;
  }
  expect_told(done, {R"(received "2500-01-01T00:00:00Z")", R"(received "1900-01-01T00:00:00Z")",
                     R"(received "1969-12-31T23:59:59.999999Z")"});
  EXPECT_EQ(kept[0].at("raw").as_string(), kHeader + "a,2500-01-01T00:00:00Z,u,t,{}");
}

}  // namespace
}  // namespace tidemark
