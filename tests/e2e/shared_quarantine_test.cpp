// Rejected events in the server profile: one list for all processes, and what becomes of requests
// while the database that holds it is away.

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "e2e/server_profile_fixture.hpp"
#include "files/files.hpp"
#include "ledger/postgres/migrations.hpp"
#include "quarantine/quarantine_file.hpp"
#include "support/network_proxy.hpp"

namespace tidemark {
namespace {

using boost::json::value;
using quarantine::QuarantineFile;
using testing_support::event_text;
using testing_support::run_program;
using testing_support::ServiceProcess;

constexpr const char* kBad = R"({"event_id":"bad"})";
/// Good for who takes events of times to come.
constexpr const char* kEarly =
    R"({"event_id":"early","occurred_at":"2099-01-01T00:00:00Z","user_id":"u","event_type":"t"})";

struct SharedQuarantineTest : testing_support::ServerProfileTest {
  /// What the rejected events were sent as, one a line.
  static std::string raw_of_all(ServiceProcess& service) {
    std::string lines;
    const auto page = get(service, "/quarantine");
    for (const auto& entry : page.at("data").as_array()) {
      lines += std::string(entry.at("raw").as_string()) + "\n";
    }
    return lines;
  }
  static http::ClientResponse try_post(ServiceProcess& service, const std::string& events) {
    auto answer = service.client().post("/events", events, "application/x-ndjson");
    EXPECT_TRUE(answer) << answer.error().message();
    return answer ? *std::move(answer) : http::ClientResponse{};
  }
  static void expect_refused(ServiceProcess& service, const std::string& events) {
    const auto refused = try_post(service, events);
    EXPECT_EQ(refused.status, 503) << refused.body;
    EXPECT_TRUE(refused.header("Retry-After"));
    EXPECT_EQ(boost::json::parse(refused.body).at("code").as_string(), "unavailable");
  }
  static bool tells(ServiceProcess& service, const std::string& figure) {
    const auto figures = service.client().get("/metrics");
    return figures && figures->body.find(figure) != std::string::npos;
  }
};

TEST_F(SharedQuarantineTest, WhatOneProcessRejectsIsListedAndReplayedByEveryOther) {
  const auto one = serve("one");
  const auto other = std::make_unique<ServiceProcess>(
      folder.path() / "other", flags({"--future-seconds-max", "3153600000"}));
  const auto working = worker();
  const auto receipt =
      post(*one, std::string(kEarly) + "\n" + kBad + "\n" + event_text("good", 1) + "\n");
  EXPECT_EQ(receipt.at("accepted").to_number<int>(), 1);
  EXPECT_EQ(receipt.at("rejected").to_number<int>(), 2);
  EXPECT_EQ(raw_of_all(*other), std::string(kEarly) + "\n" + kBad + "\n");
  EXPECT_EQ(get(*one, "/quarantine"), get(*other, "/quarantine"));
  EXPECT_TRUE(tells(*one, "tidemark_quarantine_events 2"));
  EXPECT_TRUE(tells(*other, "tidemark_quarantine_events 2"));

  const auto replayed = other->client().post("/quarantine/replay", "");
  ASSERT_TRUE(replayed);
  ASSERT_EQ(replayed->status, 200) << replayed->body;
  const auto told = boost::json::parse(replayed->body);
  EXPECT_EQ(told.at("accepted").to_number<int>(), 1);
  EXPECT_EQ(told.at("rejected").to_number<int>(), 1);
  EXPECT_EQ(ids(*one, position_of(told)), (std::set<std::string>{"early", "good"}));
  EXPECT_EQ(raw_of_all(*one), std::string(kBad) + "\n");

  const auto left = get(*one, "/quarantine").at("data").at(0).at("id").to_number<int>();
  const auto target = "/quarantine/" + std::to_string(left);
  const http::ClientRequest remove{.method = http::Method::Delete, .target = target};
  EXPECT_EQ(one->client().request(remove)->status, 204);
  EXPECT_EQ(other->client().request(remove)->status, 404);
  EXPECT_EQ(raw_of_all(*other), "");
}

TEST_F(SharedQuarantineTest, BoundsAreThoseOfAllProcesses) {
  const auto few = flags({"--quarantine-events-max", "3"});
  ServiceProcess one(folder.path() / "one", few);
  ServiceProcess other(folder.path() / "other", few);
  for (int i = 0; i < 5; ++i) {
    auto& service = i % 2 == 0 ? one : other;
    EXPECT_EQ(try_post(service, std::to_string(i)).status, 422);
  }
  EXPECT_EQ(raw_of_all(one), "2\n3\n4\n");
  EXPECT_TRUE(tells(one, "tidemark_quarantine_dropped_total 1"));
  EXPECT_TRUE(tells(other, "tidemark_quarantine_dropped_total 1"));
}

TEST_F(SharedQuarantineTest, RowsOfAFileThatIsImportedThroughTwoProcessesAreKeptOnce) {
  const auto one = serve("one");
  const auto other = serve("other");
  const auto file = folder.path() / "events.ndjson";
  std::ofstream(file) << kBad << "\n" << event_text("good", 1) << "\n";
  for (auto* service : {one.get(), other.get(), one.get()}) {
    const auto imported =
        run_program({"import", file.string(), "--quarantine", "--url", service->url()});
    EXPECT_NE(imported.out.find("rejected"), std::string::npos) << imported.out << imported.err;
  }
  const auto kept = get(*other, "/quarantine");
  ASSERT_EQ(kept.at("data").as_array().size(), 1U) << boost::json::serialize(kept);
  EXPECT_TRUE(kept.at("data").at(0).at("source").as_string().ends_with("events.ndjson:1"));
}

TEST_F(SharedQuarantineTest, WithoutTheDatabaseGoodEventsAreTakenAndWhatHasFaultsIsSentAgain) {
  const auto service = serve();
  const auto working = worker();
  const auto before = position_of(post(*service, event_text("before", 1)));
  EXPECT_EQ(ids(*service, before).size(), 1U);
  postgres.kill();
  const auto mixed = event_text("mixed", 2) + "\n" + kBad + "\n";
  for (int i = 0; i < 3; ++i) {
    expect_refused(*service, mixed);
    expect_refused(*service, kBad);
    EXPECT_EQ(try_post(*service, event_text("meanwhile", 3)).status, 202);
    EXPECT_EQ(service->client().get("/quarantine")->status, 503);
  }
  EXPECT_EQ(get(*service, "/events").at("data").as_array().size(), 1U);
  postgres.start();
  auto taken = try_post(*service, mixed);
  while (taken.status == 503) taken = try_post(*service, mixed);
  ASSERT_EQ(taken.status, 202) << taken.body;
  EXPECT_EQ(raw_of_all(*service), std::string(kBad) + "\n") << "those that were refused are not";
  const auto after = position_of(boost::json::parse(taken.body));
  EXPECT_EQ(ids(*service, after), (std::set<std::string>{"before", "meanwhile", "mixed"}));
}

TEST_F(SharedQuarantineTest, ADatabaseThatSaysNothingHoldsUpNeitherGoodEventsNorQuestions) {
  testing_support::NetworkProxy proxy(postgres.port());
  const auto port = std::to_string(postgres.port());
  ledger.replace(ledger.find(port), port.size(), std::to_string(proxy.port()));
  const auto service = serve();
  const auto working = worker();
  const auto before = position_of(post(*service, event_text("before", 1)));
  EXPECT_EQ(ids(*service, before).size(), 1U);
  EXPECT_EQ(try_post(*service, kBad).status, 422);
  proxy.hold();
  expect_refused(*service, kBad);  // the one that waits for its time
  for (int i = 0; i < 5; ++i) {
    expect_refused(*service, kBad);
    EXPECT_EQ(try_post(*service, event_text("meanwhile", 2)).status, 202);
    EXPECT_EQ(service->client().get("/events")->status, 200);
  }
  proxy.pass();
  const auto taken = try_until_answered(
      [&] { return service->client().post("/events", kBad, "application/x-ndjson"); });
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->status, 422);
}

TEST_F(SharedQuarantineTest, WhatAnEarlierVersionKeptInItsFolderIsCarriedOverOnce) {
  const auto kept_in = folder.path() / "data" / "quarantine";
  {
    auto file = QuarantineFile::open(files::posix_files(), kept_in, {});
    ASSERT_TRUE(file) << file.error().message();
    ASSERT_TRUE((*file)->add({{.rejected_at = 1, .raw = "old", .source = "http", .faults = {}}}));
  }
  const auto other = serve("other");
  {
    const auto service = serve();
    EXPECT_EQ(raw_of_all(*service), "old\n");
    EXPECT_FALSE(std::filesystem::exists(kept_in / QuarantineFile::kFileName));
    EXPECT_EQ(service->stop(), 0);
  }
  const auto again = serve();
  ASSERT_FALSE(again->url().empty());
  EXPECT_EQ(raw_of_all(*other), "old\n");
}

TEST_F(SharedQuarantineTest, ALedgerOfTheFirstVersionIsToldWhatItLacks) {
  const auto first = postgres.new_database();
  const auto steps = ledger::postgres::migrations();
  ASSERT_TRUE(ledger::postgres::migrate_up({.url = first}, steps.first(1)));
  const auto status = run_program({"migrate", "status", "--ledger", first});
  EXPECT_EQ(status.code, 1);
  EXPECT_NE(status.out.find("2  0002_quarantine  missing"), std::string::npos) << status.out;
  const auto refused =
      run_program({"serve", "--data-dir", (folder.path() / "none").string(), "--port", "0",
                   "--journal", redis.url(), "--ledger", first, "--start-seconds-max", "0"});
  EXPECT_EQ(refused.code, 3);
  EXPECT_NE(refused.err.find("the database lacks migration 0002_quarantine: run `tidemark migrate "
                             "up`"),
            std::string::npos)
      << refused.err;
  const auto up = run_program({"migrate", "up", "--ledger", first});
  EXPECT_EQ(up.out, "applied " + std::to_string(steps.size() - 1) + " of " +
                        std::to_string(steps.size()) + " migrations\n")
      << up.err;
  EXPECT_EQ(run_program({"migrate", "status", "--ledger", first}).code, 0);
}

}  // namespace
}  // namespace tidemark
