// `tidemark import`: every form of file, bad rows told by file and line and kept so that they can
// be tried again, and what the exit code and the summary say. With `export` as its other half.

#include <algorithm>
#include <filesystem>
#include <map>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "import_fixture.hpp"
#include "support/packing.hpp"
#include "support/service_process.hpp"

namespace tidemark {
namespace {

using boost::json::value;
using testing_support::run_program;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

struct Import : ImportFixture {};

/// Every one bad, by the line that it starts on; the good ones around them are taken.
TEST_F(Import, BadRowsOfCsvAreToldByTheirLineAndQuarantinedAsTheyStand) {
  const ServiceProcess service(data);  // commands find it by its folder
  const auto path = file("events.csv",
                         "event_type,user_id,properties,occurred_at,event_id\n"
                         "login,ann,,2025-08-01T10:00:00Z,good-1\n"
                         "login,,,yesterday,bad-1\n"  // 3
                         "login,ann,\"{\"\"a\"\":\n[1,\n}\",2025-08-01T10:00:00Z,bad-2\n"
                         "login,ann,2025-08-01T10:00:00Z\n"  // 7
                         "login,\xff,,2025-08-01T10:00:00Z,bad-4\n"
                         "\"login\"x,ann,,2025-08-01T10:00:00Z,bad-5\n"
                         "login,ann,,1754042400000,good-2\n");
  const auto done = import(path, {"--quarantine"});
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(summary_of(done), (Summary{7, 2, 0, 5}));
  for (const std::string told :
       {":3: user_id: is empty", ":3: occurred_at: is not an RFC 3339",
        ":4: properties: ", ":7: row: the row has 3 cells", ":8: user_id: contains", ":9: row: "}) {
    EXPECT_NE(done.err.find(path + told), std::string::npos) << told << " is not in " << done.err;
  }
  const auto kept = quarantine();
  ASSERT_EQ(kept.size(), 5U);
  const std::string header = "event_type,user_id,properties,occurred_at,event_id\n";
  const std::vector<std::string> lines = {"3", "4", "7", "8", "9"};
  for (std::size_t i = 0; i < kept.size(); ++i) {
    EXPECT_EQ(kept[i].at("source").as_string(), path + ":" + lines[i]);
    EXPECT_EQ(kept[i].at("format"), "csv");
    EXPECT_TRUE(kept[i].at("raw").as_string().starts_with(header)) << kept[i];
  }
  EXPECT_EQ(kept[0].at("raw").as_string(), header + "login,,,yesterday,bad-1");
  EXPECT_EQ(kept[0].at("errors").as_array().size(), 2U);
  EXPECT_EQ(kept[0].at("errors").at(0).at("code"), "bad_timestamp");
  EXPECT_EQ(kept[2].at("errors").at(0).at("code"), "bad_row");
  EXPECT_EQ(kept[3].at("errors").at(0).at("code"), "bad_text");
  EXPECT_EQ(replay(), std::make_pair(0L, 5L)) << "the same verdict, by the same rules";
  EXPECT_EQ(quarantine().size(), 5U);
}

TEST_F(Import, BadLinesOfNdjsonAreToldAndStayBadWhenTheyAreTriedAgain) {
  const ServiceProcess service(data);  // commands find it by its folder
  const auto good = line("good-1");
  const auto path =
      file("events.ndjson", good + "\n{\"event_id\":\n" + "[" +
                                line("no-1").substr(0, line("no-1").size() - 1) + "]\n" +
                                "{\"events\":[" + good.substr(0, good.size() - 1) + "]}\n" +
                                "\xff\n7\n" + line("good-2"));
  const auto done = import(path, {"--quarantine"});
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(summary_of(done), (Summary{7, 2, 0, 5}));
  for (const std::string told : {":3: row: ", ":4: row: an event must be a JSON object",
                                 ":5: events: ", ":6: row: ", ": 2 times in all, in lines 4, 7"}) {
    EXPECT_NE(done.err.find(told), std::string::npos) << told << " is not in " << done.err;
  }
  const auto kept = quarantine();
  ASSERT_EQ(kept.size(), 5U);
  EXPECT_EQ(kept[0].at("source").as_string(), path + ":3");
  EXPECT_EQ(kept[0].at("format"), "json");
  EXPECT_EQ(kept[0].at("raw"), "{\"event_id\":");
  EXPECT_EQ(kept[0].at("errors").at(0).at("code"), "bad_json");
  EXPECT_EQ(replay(), std::make_pair(0L, 5L)) << "an array of an event is not an event";
}

TEST_F(Import, WhatIsGoodLaterIsTakenByAReplayFromEveryFormat) {
  // Good where a far future is accepted, which is how the Parquet file comes to be.
  const std::string future = "2100-01-01T00:00:00Z";
  const std::vector<std::string> far = {"--future-seconds-max", "3000000000"};
  const auto ndjson = file("f.ndjson", line("n-1", future));
  const auto csv = file("f.csv", kHeader + row("c-1", future));
  const std::string parquet = folder.path() / "f.parquet";
  {
    const TemporaryFolder other;
    const std::string there = other.path() / "data";
    const auto source = file("p.ndjson", line("p-1", future));
    ASSERT_EQ(run_program({"import", source, "--data-dir", there, far[0], far[1]}).code, 0);
    ASSERT_EQ(
        run_program({"export", "-o", parquet, "--format", "parquet", "--data-dir", there}).code, 0);
  }
  for (const auto& path : {ndjson, csv, parquet})
    expect_import(path, 1, {1, 0, 0, 1}, {"--quarantine"});
  const auto kept = quarantine();
  ASSERT_EQ(kept.size(), 3U);
  EXPECT_EQ(kept[1].at("source").as_string(), csv + ":2");
  EXPECT_EQ(kept[2].at("source").as_string(), parquet + ":1");
  EXPECT_EQ(kept[2].at("errors").at(0).at("code"), "out_of_range");
  EXPECT_EQ(replay(), std::make_pair(0L, 3L));
  EXPECT_EQ(replay(far), std::make_pair(3L, 0L));
  EXPECT_TRUE(quarantine().empty());
  EXPECT_EQ(exported(), line("n-1", future) + line("c-1", future) + line("p-1", future));
}

TEST_F(Import, ARepeatedOneAddsNothingAnywhere) {
  const auto path = file("twice.csv", kHeader + row("a") + row("b", "never") + row("a") + row("c"));
  expect_import(path, 1, {4, 2, 1, 1}, {"--quarantine"});
  expect_import(path, 1, {4, 0, 3, 1}, {"--quarantine"});
  EXPECT_EQ(quarantine().size(), 1U);
}

TEST_F(Import, EveryFormOfFileIsRead) {
  const ServiceProcess service(data);  // commands find it by its folder
  const auto csv = [](const std::string& id) { return kHeader + row(id); };
  const std::string crlf =
      "event_id,occurred_at,user_id,event_type,properties_json\r\n"
      "crlf,2025-08-01T10:00:00Z,00001,login,\"{\"\"n\"\": 1.50}\"\r\n";
  const Summary one{1, 1, 0, 0};
  expect_import(file("a.csv", csv("plain")), 0, one);
  expect_import(file("a.csv.gz", testing_support::gzip(csv("gz"))), 0, one);
  expect_import(file("a.csv.zst", testing_support::zstd(csv("zst"))), 0, one);
  expect_import(file("bom.csv", "\xEF\xBB\xBF" + csv("bom")), 0, one);
  expect_import(file("crlf.csv", crlf), 0, one);
  expect_import(file("no_end.csv", csv("no-end").substr(0, csv("no-end").size() - 1)), 0, one);
  expect_import(file("a.ndjson", line("lines")), 0, one);
  expect_import(file("bom.jsonl", "\xEF\xBB\xBF" + line("bom-lines")), 0, one);
  expect_import(file("a.jsonl.gz", testing_support::gzip(line("gz-lines"))), 0, one);
  expect_import(file("named.txt", csv("named")), 0, one, {"--format", "csv"});
  expect_import("-", 0, one, {"--format", "csv"}, csv("input"));
  expect_import("-", 0, one, {"--format", "ndjson"}, testing_support::gzip(line("packed-input")));
  expect_import(file("empty.ndjson", ""), 0, {});
  expect_import(file("header.csv", kHeader), 0, {});
  std::istringstream all(exported());
  int count = 0;
  for (std::string text; std::getline(all, text); ++count) {
    // Cells are text, and numbers stay as they were written.
    EXPECT_NE(text.find(R"("user_id":"00001")"), std::string::npos) << text;
    EXPECT_NE(text.find(R"("properties":{"n":1.50})"), std::string::npos) << text;
  }
  EXPECT_EQ(count, 12);
}

TEST_F(Import, AFileThatDoesNotFitIsRefusedAsAWhole) {
  const ServiceProcess service(data);  // commands find it by its folder
  const auto refused = [this](const std::string& path, const std::string& says) {
    const auto done = import(path);
    EXPECT_EQ(done.code, 1) << path;
    EXPECT_NE(done.err.find(says), std::string::npos) << says << " is not in " << done.err;
    EXPECT_EQ(summary_of(done), Summary{});
  };
  const auto without = "event_id,occurred_at,user_id,properties\na,2025-08-01T10:00:00Z,u,\n";
  const auto with = "event_id,occurred_at,user_id,event_type,properties,tag\na,b,c,d,,e\n";
  refused(file("missing.csv", without), "\"event_type\" is missing");
  refused(file("unknown.csv", with), "unknown column \"tag\"");
  refused(file("twice.csv", "event_id,event_id\n"), "more than once");
  refused(file("empty.csv", ""), "header");
  refused(file("none.parquet", "PAR0"), "none.parquet");
  refused(file("cut.ndjson.gz", testing_support::gzip(line("x")).substr(0, 30)), "cut short");
  refused(folder.path() / "nowhere.csv", "nowhere.csv");
  EXPECT_EQ(exported(), "");
  EXPECT_TRUE(quarantine().empty());
}

TEST_F(Import, ExitCodesTellUsageFromInputFromFailure) {
  const auto path = file("a.ndjson", line("a"));
  EXPECT_EQ(run({"import"}).code, 2);
  EXPECT_EQ(run({"import", path, "--format", "xml"}).code, 2);
  EXPECT_EQ(run({"import", path, "--colour"}).code, 2);
  EXPECT_EQ(run_program({"import", path, "--data-dir", path}).code, 3) << "a file is not a folder";
  EXPECT_EQ(run_program({"import", path, "--url", "http://127.0.0.1:1"}).code, 3);
  EXPECT_EQ(run({"import", path}).code, 0);
}

TEST_F(Import, AFileThatCannotBeReadIsToldAndTheOthersAreTaken) {
  const std::string folder_as_csv = folder.path() / "folder.csv";
  const std::string folder_as_parquet = folder.path() / "folder.parquet";
  std::filesystem::create_directory(folder_as_csv);
  std::filesystem::create_directory(folder_as_parquet);
  const std::string nowhere = folder.path() / "nowhere";
  const auto good = file("good.csv", kHeader + row("a"));
  const auto done = run(
      {"import", folder_as_csv, folder_as_parquet, nowhere, nowhere + ".parquet", good, "--json"});
  EXPECT_EQ(done.code, 1) << done.err;
  EXPECT_EQ(summary_of(done), (Summary{1, 1, 0, 0}));
  for (const auto& told :
       {folder_as_csv + ": this is a folder", folder_as_parquet + ": this is a folder",
        nowhere + ": there is no such file", nowhere + ".parquet: there is no such file"}) {
    EXPECT_NE(done.err.find(told), std::string::npos) << told << " is not in " << done.err;
  }
}

TEST_F(Import, WhatIsNoParquetIsToldWithoutOurSql) {
  const auto done = import(file("none.parquet", "event_id,occurred_at\n1,2\n"));
  EXPECT_EQ(done.code, 1);
  EXPECT_NE(done.err.find("none.parquet"), std::string::npos) << done.err;
  for (const std::string sql : {"SELECT", "LINE 1", "read_parquet"}) {
    EXPECT_EQ(done.err.find(sql), std::string::npos) << done.err;
  }
}

TEST_F(Import, ADryRunCountsDuplicatesAndWritesNothing) {
  const ServiceProcess service(data);  // commands find it by its folder
  expect_import(file("first.ndjson", line("a") + line("b")), 0, {2, 2, 0, 0});
  const auto before = exported();
  const auto path = file("next.csv", kHeader + row("b") + row("c") + row("c") + row("d", "never"));
  expect_import(path, 1, {4, 1, 2, 1}, {"--dry-run"});
  EXPECT_EQ(exported(), before);
  EXPECT_TRUE(quarantine().empty());
  expect_import(path, 1, {4, 1, 2, 1});
}

TEST_F(Import, WhatIsExportedIsImportedAgainWithNothingNew) {
  const ServiceProcess service(data);  // commands find it by its folder
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    lines += R"({"event_id":"x-)" + std::to_string(i) +
             R"(","occurred_at":"2025-08-01T10:00:00.123456+03:00","user_id":"\"ann, €\"\n",)"
             R"("event_type":"a,b","properties":{"k":"line\nend","e":1e2,"z":-0.0,"u":"\u00e9"}})" +
             "\n";
  }
  expect_import(file("all.ndjson", lines), 0, {300, 300, 0, 0});
  const auto everything = exported();
  for (const std::string format : {"csv", "ndjson", "parquet"}) {
    const std::string path = folder.path() / ("out." + format);
    ASSERT_EQ(run({"export", "-o", path, "--format", format}).code, 0);
    expect_import(path, 0, {300, 0, 300, 0});
    const TemporaryFolder other;
    const std::string there = other.path() / "data";
    EXPECT_EQ(run_program({"import", path, "--data-dir", there}).code, 0);
    EXPECT_EQ(run_program({"export", "--data-dir", there}).out, everything) << format;
  }
}

TEST_F(Import, ARunningServiceTakesTheRowsAndTheBadOnes) {
  ServiceProcess service(data);
  ASSERT_FALSE(service.url().empty());
  expect_import(file("found.csv", kHeader + row("a") + row("b", "never")), 1, {2, 1, 0, 1},
                {"--quarantine"});
  const auto path = file("named.csv", kHeader + row("c") + row("", "now"));
  const auto done = run_program({"import", path, "--json", "--quarantine", "--url", service.url()});
  EXPECT_EQ(done.code, 1) << done.err;
  EXPECT_EQ(summary_of(done), (Summary{2, 1, 0, 1}));
  auto client = service.client();
  EXPECT_EQ(boost::json::parse(client.get("/quarantine")->body).at("data").as_array().size(), 2U);
  EXPECT_EQ(boost::json::parse(client.get("/events")->body).at("data").as_array().size(), 2U);
}

TEST_F(Import, AServiceThatIsStricterRefusesRowsThatAreToldAndCounted) {
  ServiceProcess service(folder.path() / "strict", {"--future-seconds-max", "0"});
  ASSERT_FALSE(service.url().empty());
  const auto path = file("future.ndjson", line("f-1", "2100-01-01T00:00:00Z"));
  const auto done = run_program(
      {"import", path, "--json", "--url", service.url(), "--future-seconds-max", "3000000000"});
  EXPECT_EQ(done.code, 1) << done.err;
  EXPECT_EQ(summary_of(done), (Summary{1, 0, 0, 1}));
  EXPECT_NE(done.err.find(path + ":1: occurred_at: is too far in the future"), std::string::npos)
      << done.err;
}

/// By the setting of the folder that is opened for the command, and by that of a running service.
TEST_F(Import, AServiceThatTakesLessAtATimeGetsSmallerRequests) {
  std::string rows = kHeader;
  for (int i = 0; i < 1'500; ++i) {
    rows += row("x-" + std::to_string(i), i % 3 == 2 ? "never" : "2025-08-01T10:00:00Z");
  }
  const auto path = file("rows.csv", rows);
  const std::vector<std::pair<std::string, std::string>> limits = {
      {"--batch-events-max", "100"}, {"--batch-events-max", "1"}, {"--body-bytes-max", "20000"}};
  for (const auto& [flag, bound] : limits) {
    const TemporaryFolder other;
    const std::string there = other.path() / "data";
    auto done = run_program({"import", path, "--json", "--data-dir", there, flag, bound});
    EXPECT_EQ(done.code, 1) << done.err;
    EXPECT_EQ(summary_of(done), (Summary{1'500, 1'000, 0, 500})) << flag << bound << done.err;
    const ServiceProcess service(other.path() / "served", {flag, bound});
    done = run_program({"import", path, "--json", "--dry-run", "--url", service.url()});
    EXPECT_EQ(summary_of(done), (Summary{1'500, 1'000, 0, 500})) << flag << bound << done.err;
    done = run_program({"import", path, "--json", "--quarantine", "--url", service.url()});
    EXPECT_EQ(summary_of(done), (Summary{1'500, 1'000, 0, 500})) << flag << bound << done.err;
    const auto kept = service.client().get("/quarantine?limit=1000");
    EXPECT_EQ(boost::json::parse(kept->body).at("data").as_array().size(), 500U);
  }
}

TEST_F(Import, ARowThatTheServiceTakesInNoRequestIsABadRow) {
  const std::string filler(3'000, 'x');
  const auto path = file(
      "long.csv", kHeader + row("a") + "b,2025-08-01T10:00:00Z,u,t,\"{\"\"k\"\":\"\"" + filler +
                      "\"\"}\"\n" + row("c") + "d,never," + filler + ",t,\n" + row("e"));
  const auto done = import(path, {"--quarantine", "--body-bytes-max", "2KiB"});
  EXPECT_EQ(done.code, 1) << done.err;
  EXPECT_EQ(summary_of(done), (Summary{5, 3, 0, 2})) << done.err;
  for (const std::string told : {":3: row: 413", ":5: occurred_at: is not an RFC 3339",
                                 ":5: row: is not kept in the quarantine: 413"}) {
    EXPECT_NE(done.err.find(path + told), std::string::npos) << told << " is not in " << done.err;
  }
}

TEST_F(Import, ManyBadRowsGoToTheQuarantineInSeveralRequests) {
  const ServiceProcess service(data);  // commands find it by its folder
  std::string rows = kHeader;
  for (int i = 0; i < 2'500; ++i) rows += row("bad-" + std::to_string(i), "never");
  // Escaped they are six times as large: no request may grow with that.
  for (int i = 0; i < 20; ++i) rows += "x," + std::string(400'000, '\x01') + ",u,t,\n";
  expect_import(file("bad.csv", rows), 1, {2'520, 0, 0, 2'520}, {"--quarantine", "--go-on"});
  EXPECT_EQ(quarantine().size(), 2'520U);
}

}  // namespace
}  // namespace tidemark
