// Clients that would have the service be there for nobody else: promises of
// bodies, answers that nobody reads, bombs, long pages, more connections than
// files. Beside each an honest client is answered, and what is held stays under
// its bound.

#include <charconv>
#include <set>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "support/packing.hpp"
#include "support/raw_http.hpp"
#include "support/service_process.hpp"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing_support::ask;
using testing_support::bytes_of;
using testing_support::RawConnection;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

constexpr std::size_t kMiB = std::size_t{1} << 20U;

std::string event(const std::string& id, const std::string& more = "") {
  return R"({"event_id":")" + id +
         R"(","occurred_at":"2025-08-01T10:00:00Z","user_id":"ann","event_type":"login")" + more +
         "}";
}

std::string long_properties(std::size_t bytes) {
  return R"(,"properties":{"text":")" + std::string(bytes, 'x') + "\"}";
}

constexpr const char* kLines = "application/x-ndjson";

std::string post(std::string body, std::string type = "application/json", std::string coding = {}) {
  const std::string fields = coding.empty() ? "" : "Content-Encoding: " + coding + "\r\n";
  return bytes_of({.body = std::move(body), .type = std::move(type), .fields = fields});
}

struct HostileClients : testing::Test {
  TemporaryFolder folder;

  /// All of an honest client's day.
  static void expect_served(std::uint16_t port, const std::string& id) {
    http::Client client({.port = port});
    const auto posted = client.post("/events", event(id), "application/json");
    ASSERT_TRUE(posted);
    EXPECT_EQ(posted->status, 202) << posted->body;
    for (const char* path : {"/stats/dau?from=2025-08-01&to=2025-08-02", "/healthz", "/readyz",
                             "/metrics", "/version"}) {
      const auto answer = client.get(path);
      ASSERT_TRUE(answer) << path;
      EXPECT_EQ(answer->status, 200) << path;
    }
  }
  static double metric(std::uint16_t port, const std::string& name) {
    const std::string text = ask(port, bytes_of("GET", "/metrics")).body;
    const auto at = text.find("\n" + name + " ");
    if (at == std::string::npos) return -1;
    return std::strtod(text.c_str() + at + name.size() + 2, nullptr);
  }
};

TEST_F(HostileClients, BodiesThatAreOnlyPromisedShutNobodyOut) {
  const ServiceProcess service(folder.path());
  std::vector<std::unique_ptr<RawConnection>> promises;
  for (int i = 0; i < 40; ++i) {
    auto& promise = promises.emplace_back(std::make_unique<RawConnection>(service.port()));
    promise->send(
        "POST /events HTTP/1.1\r\nHost: localhost\r\nExpect: "
        "100-continue\r\nContent-Length: 16777216\r\n\r\n");
    EXPECT_EQ(promise->read_answer().status, 100);
    promise->send("[");
  }
  expect_served(service.port(), "honest");
  const auto large = ask(service.port(), post(event("large") + std::string(8 * kMiB, ' ')));
  EXPECT_EQ(large.status, 202) << large.body;
}

TEST_F(HostileClients, AnswersThatNobodyReadsStayUnderTheirBound) {
  const ServiceProcess service(folder.path());
  std::vector<std::unique_ptr<RawConnection>> silent;
  for (int i = 0; i < 120; ++i) {
    auto& one = silent.emplace_back(std::make_unique<RawConnection>(service.port(), 4'096));
    one->send(bytes_of("GET", "/stats/retention?start_date=2025-08-01&cohorts=366&windows=" +
                                  std::to_string(366 - i / 2)));
  }
  expect_served(service.port(), "honest");
  EXPECT_LE(metric(service.port(), "tidemark_http_answer_bytes"), 256.0 * kMiB);
  EXPECT_GE(metric(service.port(), "tidemark_http_answer_bytes"), 0.0);
}

TEST_F(HostileClients, AnAnswerThatManyAskForIsThereOnce) {
  const ServiceProcess service(folder.path());
  const std::string asked = "/stats/retention?start_date=2025-08-01&cohorts=366&windows=120";
  const auto once = ask(service.port(), bytes_of("GET", asked));
  ASSERT_EQ(once.status, 200);
  std::vector<std::unique_ptr<RawConnection>> silent;
  for (int i = 0; i < 80; ++i) {
    auto& one = silent.emplace_back(std::make_unique<RawConnection>(service.port()));
    one->send(bytes_of("GET", asked));
  }
  for (auto& one : silent) EXPECT_EQ(one->read_answer().body.size(), once.body.size());
  EXPECT_EQ(metric(service.port(), "tidemark_http_answers_refused_total"), 0);
}

TEST_F(HostileClients, ABombIsRefusedAndWhatIsDearIsStillTaken) {
  const ServiceProcess service(folder.path());
  const std::string spaces(16 * kMiB - 1'000, ' ');
  const auto send = [&](const std::string& packed, const char* coding) {
    return ask(service.port(), post(packed, "application/json", coding));
  };
  const auto bomb = send(testing_support::zstd(event("bomb") + spaces), "zstd");
  EXPECT_EQ(bomb.status, 413) << bomb.body;
  EXPECT_THAT(bomb.body, HasSubstr("1000 times"));
  std::string events;
  for (int i = 0; i < 9'000; ++i) {
    events += event(std::to_string(i), long_properties(1'000)) + "\n";
  }
  for (const bool zstd : {false, true}) {
    const auto taken = ask(
        service.port(), post(zstd ? testing_support::zstd(events) : testing_support::gzip(events),
                             kLines, zstd ? "zstd" : "gzip"));
    EXPECT_EQ(taken.status, 202) << taken.body;
    EXPECT_EQ(taken.json().at(zstd ? "duplicates" : "accepted").as_int64(), 9'000);
  }
  expect_served(service.port(), "honest");
}

TEST_F(HostileClients, LargeBodiesThatFindNoRoomAreNoReasonToSendOthersAway) {
  const ServiceProcess service(folder.path(), {"--memory-max", "1GiB"});
  std::string events;
  for (int i = 0; i < 9'000; ++i) events += event(std::to_string(i), long_properties(900)) + "\n";
  const auto packed = post(testing_support::zstd(events), kLines, "zstd");
  std::vector<std::unique_ptr<RawConnection>> large;
  const auto refused = [&] { return metric(service.port(), "tidemark_http_bodies_refused_total"); };
  do {
    for (int i = 0; i < 40; ++i) {
      large.emplace_back(std::make_unique<RawConnection>(service.port()))->send(packed);
    }
    for (auto& one : large) {
      const auto ready = ask(service.port(), bytes_of("GET", "/readyz"));
      EXPECT_EQ(ready.status, 200) << ready.body;
      const int status = one->read_answer().status;
      EXPECT_TRUE(status == 202 || status == 503) << status;
    }
    large.clear();
  } while (refused() == 0);
  EXPECT_EQ(ask(service.port(), bytes_of("GET", "/readyz")).status, 200);
  expect_served(service.port(), "honest");
}

TEST_F(HostileClients, PagesOfLongEventsEndByBytesAndLoseNothing) {
  const ServiceProcess service(folder.path());
  std::set<std::string> sent;
  for (int batch = 0; batch < 4; ++batch) {
    std::string body;
    for (int i = 0; i < 50; ++i) {
      const std::string id = std::to_string(batch * 50 + i);
      sent.insert(id);
      body += event(id, long_properties(60'000)) + "\n";
    }
    const auto taken = ask(service.port(), post(body, kLines));
    ASSERT_EQ(taken.status, 202) << taken.body;
  }
  std::set<std::string> listed;
  int pages = 0;
  for (std::string cursor;; ++pages) {
    const auto page = ask(service.port(), bytes_of("GET", "/events?limit=1000" + cursor));
    ASSERT_EQ(page.status, 200) << page.body;
    EXPECT_LE(page.body.size(), 5 * kMiB);
    const auto json = page.json();
    for (const auto& each : json.at("data").as_array()) {
      EXPECT_TRUE(listed.emplace(each.at("event_id").as_string()).second);
    }
    if (json.at("next_cursor").is_null()) break;
    cursor = "&cursor=" + std::string(json.at("next_cursor").as_string());
  }
  EXPECT_EQ(listed, sent);
  EXPECT_GT(pages, 1);
  std::set<std::string> exported;
  const auto lines = ask(service.port(), bytes_of("GET", "/export"));
  for (std::size_t at = 0; at < lines.body.size();) {
    const auto end = lines.body.find('\n', at);
    const auto id = lines.body.find("\"event_id\":\"", at) + 12;
    EXPECT_TRUE(exported.insert(lines.body.substr(id, lines.body.find('"', id) - id)).second);
    at = end + 1;
  }
  EXPECT_EQ(exported, sent);
}

TEST_F(HostileClients, PagesOfTheQuarantineEndByBytesToo) {
  const ServiceProcess service(folder.path());
  for (int i = 0; i < 6; ++i) {
    const auto refused =
        ask(service.port(), post(event("bad", R"(,"more":")" + std::string(2 * kMiB, 'x') + "\"")));
    ASSERT_EQ(refused.status, 422);
  }
  std::size_t told = 0;
  for (std::string cursor;;) {
    const auto page = ask(service.port(), bytes_of("GET", "/quarantine?limit=1000" + cursor));
    ASSERT_EQ(page.status, 200);
    EXPECT_LE(page.body.size(), 7 * kMiB);
    const auto json = page.json();
    told += json.at("data").as_array().size();
    if (json.at("next_cursor").is_null()) break;
    cursor = "&cursor=" + std::string(json.at("next_cursor").as_string());
  }
  EXPECT_EQ(told, 6U);
}

TEST_F(HostileClients, OfManyWrongParametersAHundredAreTold) {
  const ServiceProcess service(folder.path());
  std::string target = "/stats/dau?a=1";
  for (int i = 0; i < 1'500; ++i) target += "&a=1";
  const auto refused = ask(service.port(), bytes_of("GET", target));
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.json().at("errors").as_array().size(), 100U);
  EXPECT_LE(refused.body.size(), 64U * 1'024);
  EXPECT_THAT(refused.body, HasSubstr("for the first 100"));
}

TEST_F(HostileClients, WithMoreIdleConnectionsThanFilesNewOnesAreServed) {
  const ServiceProcess service(folder.path(), {}, ServiceProcess::OpenFiles{256, 256});
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 300; ++i) {
    auto& one = idle.emplace_back(std::make_unique<RawConnection>(service.port()));
    one->send(bytes_of("GET", "/healthz"));
    EXPECT_EQ(one->read_answer().status, 200) << i;
  }
  expect_served(service.port(), "honest");
  EXPECT_GT(metric(service.port(), "tidemark_http_idle_connections_closed_total"), 100);
}

TEST_F(HostileClients, TheSoftLimitOfFilesIsRaised) {
  rlimit here{};
  getrlimit(RLIMIT_NOFILE, &here);
  if (here.rlim_max < 512) GTEST_SKIP() << "the hard limit of this machine is below 512";
  const ServiceProcess service(folder.path(), {}, ServiceProcess::OpenFiles{64, here.rlim_max});
  std::vector<std::unique_ptr<RawConnection>> idle;
  for (int i = 0; i < 120; ++i) {
    auto& one = idle.emplace_back(std::make_unique<RawConnection>(service.port()));
    one->send(bytes_of("GET", "/healthz"));
    EXPECT_EQ(one->read_answer().status, 200) << i;
  }
  for (auto& one : idle) {
    one->send(bytes_of("GET", "/healthz"));
    EXPECT_EQ(one->read_answer().status, 200);
  }
}

TEST_F(HostileClients, WithFewFilesEventsAreStillArchivedAndQuestionsAnswered) {
  const ServiceProcess service(folder.path(),
                               {"--archive-events", "500", "--snapshot-events", "2000"},
                               ServiceProcess::OpenFiles{128, 128});
  int sent = 0;
  // Until the index of ids has been merged, which opens the most files.
  while (metric(service.port(), "tidemark_archive_segment_seconds_count") < 8) {
    std::string body;
    for (int i = 0; i < 1'000; ++i) body += event(std::to_string(sent++)) + "\n";
    const auto taken = ask(service.port(), post(body, kLines));
    ASSERT_EQ(taken.status, 202) << taken.body;
    ASSERT_LT(sent, 2'000'000);
  }
  EXPECT_EQ(metric(service.port(), "tidemark_archive_failures_total"), 0);
  for (const int id : {0, sent / 2, sent - 1}) {
    EXPECT_EQ(ask(service.port(), bytes_of("GET", "/events/" + std::to_string(id))).status, 200);
  }
  const auto asked = ask(service.port(), bytes_of("GET",
                                                  "/stats/dau?from=2025-08-01&to=2025-08-01"
                                                  "&engine=columnar"));
  EXPECT_EQ(asked.status, 200) << asked.body;
}

}  // namespace
}  // namespace tidemark
