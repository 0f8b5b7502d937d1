// What `tidemark import` does with rows that it cannot take: conflicts counted and named, bad rows
// kept beside the input and not among those of live senders, equal faults told once, and an end
// where nothing fits.

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "import_fixture.hpp"
#include "support/service_process.hpp"

namespace tidemark {
namespace {

using testing_support::run_program;
using testing_support::ServiceProcess;

struct ImportRejects : ImportFixture {
  static std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
  }
  void expect_told(const testing_support::Finished& done, const std::string& text) {
    EXPECT_NE(done.err.find(text), std::string::npos) << text << " is not in " << done.err;
  }
};

const std::string kOther = "2025-08-01T11:00:00Z";

TEST_F(ImportRejects, AnotherEventUnderAKnownIdIsAConflictThatIsNamedWhereverItStands) {
  const ServiceProcess service(data);
  expect_import(file("first.ndjson", line("a") + line("b") + line("c")), 0, {3, 3, 0, 0});
  // b as it stands, a and c otherwise, d new and then otherwise within the file.
  const auto csv = file("next.csv", kHeader + row("b") + row("a", kOther) + row("d") +
                                        row("d", kOther) + row("c", kOther));
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--dry-run"}, std::vector<std::string>{}}) {
    const auto done = import(csv, flags);
    EXPECT_EQ(done.code, 1) << done.err;
    EXPECT_EQ(summary_of(done), (Summary{5, 1, 1, 0, 3})) << done.err;
    for (const std::string told :
         {":3: event_id: conflict: there is another event with the id \"a\"",
          ":5: event_id: conflict", ":6: event_id: conflict"}) {
      expect_told(done, csv + told);
    }
  }
  // Of its own file: nothing is left to be taken, and d stands as it came first.
  const auto again = file("again.ndjson", line("d") + line("d", kOther));
  const auto done = run_program({"import", again, "--json", "--url", service.url()});
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(summary_of(done), (Summary{2, 0, 1, 0, 1})) << done.err;
  EXPECT_FALSE(std::filesystem::exists(csv + ".rejects")) << "a conflict is not a bad row";
}

TEST_F(ImportRejects, AConflictIsFoundInParquetAndInWhatIsArchived) {
  const auto first = file("first.ndjson", line("a") + line("b", kOther));
  const std::string parquet = folder.path() / "p.parquet";
  const std::string there = folder.path() / "other";
  ASSERT_EQ(run_program({"import", first, "--data-dir", there}).code, 0);
  ASSERT_EQ(run_program({"export", "-o", parquet, "--data-dir", there}).code, 0);
  // As soon as there are two events they become a segment.
  ASSERT_EQ(import(file("here.ndjson", line("a") + line("b")), {"--archive-events", "2"}).code, 0);
  const auto done = import(parquet);
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(summary_of(done), (Summary{2, 0, 1, 0, 1})) << done.err;
  expect_told(done, parquet + ":2: event_id: conflict: there is another event with the id \"b\"");
}

TEST_F(ImportRejects, AnEventThatIsWrittenOtherwiseIsNoConflict) {
  const auto one = file("one.ndjson", R"({"event_id":"a","occurred_at":"2025-08-01T10:00:00Z",)"
                                      R"("user_id":"u","event_type":"t",)"
                                      R"("properties":{"k":1.50,"m":{"x":"é"}}})"
                                      "\n");
  const auto same = file("same.ndjson", R"({"event_id":"a","occurred_at":1754042400000,)"
                                        R"("user_id":"u","event_type":"t",)"
                                        R"("properties":{"m":{"x":"\u00e9"},"k":15e-1}})"
                                        "\n");
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--dry-run", same}, std::vector<std::string>{same}}) {
    const auto done = import(one, flags);
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(summary_of(done), (Summary{2, 1, 1, 0})) << done.err;
  }
}

TEST_F(ImportRejects, ManyConflictsAreNamedUpToABoundAndCountedBeyondIt) {
  std::string first;
  std::string next = line("x-new");
  for (int i = 0; i < 7'000; ++i) {
    first += line("x-" + std::to_string(i));
    next += line("x-" + std::to_string(i), kOther);
  }
  expect_import(file("first.ndjson", first), 0, {7'000, 7'000, 0, 0});
  const auto done = import(file("next.ndjson", next));
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(summary_of(done), (Summary{7'001, 1, 0, 0, 7'000}));
  EXPECT_EQ(count_of(done.err, ": event_id: conflict"), 100U);
  expect_told(done, "7000 conflicts in all");
}

/// Five rejected events of live senders, and a quarantine that holds no more than 100.
struct ImportBesideLiveSenders : ImportRejects {
  ServiceProcess service{data, {"--quarantine-events-max", "100"}};

  void SetUp() override {
    auto client = service.client();
    for (int i = 0; i < 5; ++i) {
      ASSERT_EQ(client
                    .post("/events", R"([{"event_id":"live-)" + std::to_string(i) + R"("}])",
                          "application/json")
                    ->status,
                422);
    }
  }
  int live_ones() const {
    int count = 0;
    for (const auto& entry : quarantine()) count += entry.at("source") == "http" ? 1 : 0;
    return count;
  }
};

TEST_F(ImportBesideLiveSenders, BadRowsAreKeptBesideTheInputAndNoLiveOneIsLost) {
  std::string rows = kHeader;
  for (int i = 0; i < 600; ++i)
    rows += row("r-" + std::to_string(i), i % 3 == 0 ? "never" : kOther);
  const auto path = file("some.csv", rows);
  const auto done = import(path);
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(summary_of(done), (Summary{600, 400, 0, 200}));
  EXPECT_EQ(live_ones(), 5);
  EXPECT_EQ(quarantine().size(), 5U);
  const auto kept = rejects(path);
  ASSERT_EQ(kept.size(), 200U);
  EXPECT_EQ(kept[1].at("source").as_string(), path + ":5");
  EXPECT_EQ(kept[1].at("format"), "csv");
  EXPECT_EQ(std::string(kept[1].at("raw").as_string()) + "\n", kHeader + row("r-3", "never"));
  EXPECT_EQ(kept[1].at("errors").at(0).at("code"), "bad_timestamp");
  EXPECT_EQ(kept[1].at("errors").at(0).at("field"), "occurred_at");
  expect_told(done, path + ": 200 bad rows are kept in " + path + ".rejects");
  // Told once, with the first lines and a count.
  EXPECT_EQ(count_of(done.err, "is not an RFC 3339"), 2U) << done.err;
  expect_told(done, "200 times in all, in lines 2, 5, 8,");
}

TEST_F(ImportBesideLiveSenders, WhatTheServiceAloneRefusesIsKeptBesideTheInputToo) {
  std::string lines = line("good");
  for (int i = 0; i < 150; ++i) lines += line("f-" + std::to_string(i), "2100-01-01T00:00:00Z");
  const auto path = file("future.ndjson", lines);
  const auto done = import(path, {"--future-seconds-max", "3000000000"});
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(summary_of(done), (Summary{151, 1, 0, 150})) << done.err;
  EXPECT_EQ(quarantine().size(), 5U);
  const auto kept = rejects(path);
  ASSERT_EQ(kept.size(), 150U) << "a receipt tells a hundred";
  EXPECT_EQ(kept[149].at("source").as_string(), path + ":151");
  EXPECT_EQ(std::string(kept[149].at("raw").as_string()) + "\n",
            line("f-149", "2100-01-01T00:00:00Z"));
}

TEST_F(ImportBesideLiveSenders, AFileOfWhichTheFirstRowsAreAllBadIsNotReadOn) {
  std::string pretty = "[\n";
  for (int i = 0; i < 3'000; ++i) {
    const auto id = std::to_string(i);
    pretty += "{\n\"event_id\": \"p-" + id + "\",\n\"name\": \"x\"\n},\n";
  }
  const auto path = file("export.log", pretty);
  const auto done = import(path, {"--format", "ndjson"});
  EXPECT_EQ(done.code, 1);
  EXPECT_EQ(summary_of(done), (Summary{1'000, 0, 0, 1'000}));
  expect_told(done, path +
                        ": its first 1000 rows are all bad, so the rest was not read; read the "
                        "rest with --go-on");
  EXPECT_LT(count_of(done.err, "\n"), 30U) << done.err;
  EXPECT_EQ(rejects(path).size(), 1'000U);
  EXPECT_EQ(live_ones(), 5);
  // It is replaced, not added to.
  const auto whole = import(path, {"--format", "ndjson", "--go-on"});
  EXPECT_EQ(summary_of(whole), (Summary{12'001, 0, 0, 12'001}));
  EXPECT_EQ(rejects(path).size(), 12'001U);
  EXPECT_EQ(live_ones(), 5);
  // One good row among them, and it is a file of events with bad rows.
  const auto mixed = import(file("mixed.log", line("good") + pretty), {"--format", "ndjson"});
  EXPECT_EQ(summary_of(mixed), (Summary{12'002, 1, 0, 12'001}));
}

/// Where the quarantine is asked for, both share its room, and either can be emptied alone.
TEST_F(ImportBesideLiveSenders, ManyRowsInTheQuarantineLeaveLiveSendersTheirs) {
  std::string rows = kHeader;
  for (int i = 0; i < 300; ++i) rows += row("r-" + std::to_string(i), i == 0 ? kOther : "never");
  const auto path = file("some.csv", rows);
  EXPECT_EQ(summary_of(import(path, {"--quarantine"})), (Summary{300, 1, 0, 299}));
  EXPECT_EQ(quarantine().size(), 100U);
  EXPECT_EQ(live_ones(), 5);
  const auto page = boost::json::parse(service.client().get("/quarantine?limit=1")->body);
  ASSERT_EQ(page.at("dropped").as_array().size(), 1U) << page;
  EXPECT_EQ(page.at("dropped").at(0).at("source").as_string(), path);
  EXPECT_EQ(page.at("dropped").at(0).at("events").as_int64(), 204);
  expect_told(run({"quarantine", "list"}), "204 of " + path);
  // The other way about: live senders have their half, and no more while files fill theirs.
  auto client = service.client();
  for (int i = 0; i < 100; ++i) std::ignore = client.post("/events", "[{}]", "application/json");
  EXPECT_EQ(live_ones(), 50);
  EXPECT_EQ(quarantine().size(), 100U);
  EXPECT_EQ(run({"quarantine", "drop"}).code, 2);
  EXPECT_EQ(run({"quarantine", "drop", "--source", path + ":301"}).out, "{\"removed\":1}\n");
  EXPECT_EQ(run({"quarantine", "drop", "--source", path}).out, "{\"removed\":49}\n");
  EXPECT_EQ(run({"quarantine", "drop", "--source", "http"}).out, "{\"removed\":50}\n");
  EXPECT_TRUE(quarantine().empty());
}

TEST_F(ImportRejects, BadRowsGoWhereTheyAreSaidTo) {
  const std::string all = folder.path() / "all.rejects";
  const auto one = file("one.csv", kHeader + row("a", "never"));
  const auto two = file("two.ndjson", line("b", "never"));
  EXPECT_EQ(summary_of(import(one, {two, "--rejects", all})), (Summary{2, 0, 0, 2}));
  const auto kept = lines_of(std::ifstream(all));
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_EQ(kept[1].at("source").as_string(), two + ":1");
  EXPECT_FALSE(std::filesystem::exists(one + ".rejects"));
  // A dry run keeps nothing, what is good leaves nothing behind, and no input is overwritten.
  expect_import(one, 1, {1, 0, 0, 1}, {"--dry-run"});
  expect_import(file("good.csv", kHeader + row("g")), 0, {1, 1, 0, 0});
  EXPECT_FALSE(std::filesystem::exists(one + ".rejects"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "good.csv.rejects"));
  EXPECT_EQ(import(one, {"--rejects", one}).code, 2);
  EXPECT_EQ(import(one, {"--rejects", all, "--quarantine"}).code, 2);
  const auto nowhere = import(one, {"--rejects", folder.path() / "no" / "where"});
  EXPECT_EQ(nowhere.code, 3);
  expect_told(nowhere, "name another file with --rejects FILE");
  std::ostringstream left;
  left << std::ifstream(one).rdbuf();
  EXPECT_EQ(left.str(), kHeader + row("a", "never")) << "the input is left alone";
}

}  // namespace
}  // namespace tidemark
