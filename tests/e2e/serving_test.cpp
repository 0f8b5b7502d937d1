// What the program does with HTTP beside answering: it stops without losing anything it has
// acknowledged, reads bodies in every way that they come, compresses, limits and lets browsers in.

#include <algorithm>
#include <atomic>
#include <charconv>
#include <set>
#include <thread>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "support/packing.hpp"
#include "support/raw_http.hpp"
#include "support/service_process.hpp"

namespace tidemark {
namespace {

using testing_support::ask;
using testing_support::bytes_of;
using testing_support::RawAnswer;
using testing_support::RawConnection;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

std::string event(const std::string& id) {
  return R"({"event_id":")" + id +
         R"(","occurred_at":"2025-08-01T10:00:00Z","user_id":"ann","event_type":"login"})";
}

/// A service, and what tests of it ask.
struct Serving : testing::Test {
  TemporaryFolder folder;

  std::unique_ptr<ServiceProcess> start(const std::vector<std::string>& flags = {}) const {
    auto service = std::make_unique<ServiceProcess>(folder.path(), flags);
    EXPECT_FALSE(service->url().empty());
    return service;
  }
  static bool has(const ServiceProcess& service, const std::string& id) {
    return ask(service.port(), bytes_of("GET", "/events/" + id)).status == 200;
  }
};

/// Sends batches until the service goes; remembers what it heard 202 of.
struct Writer {
  std::vector<std::string> acknowledged;

  void run(std::uint16_t port, int number, std::atomic<int>& answers) {
    http::Client client({.port = port});
    for (int batch = 0;; ++batch) {
      std::vector<std::string> ids;
      std::string body;
      for (int i = 0; i < 50; ++i) {
        ids.push_back(std::to_string(number) + "-" + std::to_string(batch * 50 + i));
        body += event(ids.back()) + "\n";
      }
      const auto answer = client.post("/events", body, "application/x-ndjson");
      if (!answer) return;
      if (answer->status == 202) acknowledged.insert(acknowledged.end(), ids.begin(), ids.end());
      ++answers;
    }
  }
};

TEST_F(Serving, StopsUnderLoadWithoutLosingWhatItAcknowledged) {
  constexpr int kWriters = 6;
  constexpr int kAnswersBefore = 60;
  std::vector<Writer> writers(kWriters);
  {
    auto service = start({"--archive-events", "2000"});
    std::atomic<int> answers{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i < kWriters; ++i) {
      threads.emplace_back(
          [&, i] { writers[static_cast<std::size_t>(i)].run(service->port(), i, answers); });
    }
    while (answers < kAnswersBefore) std::this_thread::yield();
    EXPECT_EQ(service->stop(), 0) << "SIGTERM ends it cleanly";
  }
  auto again = start();
  std::set<std::string> there;
  const auto lines = again->client().get("/export");
  ASSERT_TRUE(lines);
  for (std::size_t at = 0; (at = lines->body.find("{\"event_id\":\"", at)) != std::string::npos;) {
    at += 13;
    EXPECT_TRUE(there.insert(lines->body.substr(at, lines->body.find('"', at) - at)).second);
  }
  for (const auto& writer : writers) {
    EXPECT_FALSE(writer.acknowledged.empty());
    for (const auto& id : writer.acknowledged) EXPECT_TRUE(there.contains(id)) << "lost: " << id;
  }
}

TEST_F(Serving, ARequestUnderWayIsAnsweredWhenItStops) {
  auto service = start();
  RawConnection slow(service->port());
  const auto bytes = bytes_of({.body = event("late-1")});
  slow.send(bytes.substr(0, bytes.size() - 1));
  // The head must have arrived: a second connection is answered after it was read.
  EXPECT_EQ(ask(service->port(), bytes_of("GET", "/healthz")).status, 200);
  std::jthread stopping([&] { EXPECT_EQ(service->stop(), 0); });
  while (ask(service->port(), bytes_of("GET", "/healthz")).status == 200) std::this_thread::yield();
  slow.send(bytes.substr(bytes.size() - 1));
  const auto answer = slow.read_answer();
  EXPECT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.header("Connection"), "close");
  stopping.join();
  auto again = start();
  EXPECT_TRUE(has(*again, "late-1"));
}

TEST_F(Serving, WhoWaitsForAPositionHearsAtOnceThatItStops) {
  auto service = start({"--stop-seconds-max", "60"});
  RawConnection waiting(service->port());
  waiting.send(bytes_of("GET", "/stats/dau?from=2025-08-01&to=2025-08-01&after=AAAAAAAAB1c"));
  RawConnection later(service->port());
  later.send(bytes_of("GET", "/events?after=AAAAAAAAB1c"));
  EXPECT_EQ(ask(service->port(), bytes_of("GET", "/healthz")).status, 200);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(service->stop(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(9))
      << "the waiters' own patience is 10 s";
  for (auto* connection : {&waiting, &later}) {
    const auto answer = connection->read_answer();
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_NE(answer.body.find("the service is stopping"), std::string::npos) << answer.body;
    EXPECT_TRUE(answer.header("Retry-After"));
  }
}

TEST_F(Serving, BodiesAreReadHoweverTheyCome) {
  auto service = start();
  const auto port = service->port();
  const auto head = [](const std::string& fields) {
    return "POST /events HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
  };
  std::string chunked = head("Transfer-Encoding: chunked\r\n");
  const auto one = event("chunked");
  for (std::size_t at = 0; at < one.size(); at += 7) {
    const auto piece = one.substr(at, 7);
    chunked += std::to_string(piece.size()) + ";ext=1\r\n" + piece + "\r\n";
  }
  EXPECT_EQ(ask(port, chunked + "0\r\nTrailer: x\r\n\r\n").status, 202);
  EXPECT_TRUE(has(*service, "chunked"));

  const std::vector<std::pair<std::string, std::string (*)(std::string_view)>> codings = {
      {"gzip", testing_support::gzip},
      {"x-gzip", testing_support::gzip},
      {"deflate", testing_support::zlib_deflate},
      {"Deflate", testing_support::raw_deflate},
      {"zstd", testing_support::zstd}};
  for (const auto& [coding, pack] : codings) {
    const auto answer = ask(port, bytes_of({.body = pack(event("packed-" + coding)),
                                            .fields = "Content-Encoding: " + coding + "\r\n"}));
    EXPECT_EQ(answer.status, 202) << coding << ": " << answer.body;
    EXPECT_TRUE(has(*service, "packed-" + coding));
  }
  const auto twice = testing_support::zstd(testing_support::gzip(event("packed-twice")));
  const auto both =
      ask(port, bytes_of({.body = twice, .fields = "Content-Encoding: gzip, zstd\r\n"}));
  EXPECT_EQ(both.status, 202) << both.body;
  EXPECT_EQ(ask(port, bytes_of({.body = event("untyped"), .type = ""})).status, 202);
  EXPECT_EQ(ask(port, "\r\n" + bytes_of({.body = event("line")})).status, 202);
}

TEST_F(Serving, ADryRunSaysWhatWouldBecomeOfEachEventAndTakesNothing) {
  const auto service = start();
  http::Client client({.port = service->port()});
  const std::string fields = "Prefer: return=representation\r\n";
  ASSERT_EQ(client.post("/events", event("known"))->status, 202);
  const auto other =
      R"({"event_id":"new","occurred_at":"2025-08-02T10:00:00Z","user_id":"bob","event_type":"buy"})";
  const auto body =
      event("new") + "\n" + event("known") + "\n" + event("new") + "\n{}\n" + other + "\n";
  const auto told = ask(service->port(), bytes_of({.body = body,
                                                   .type = "application/x-ndjson",
                                                   .fields = fields,
                                                   .target = "/events?dry_run=true"}));
  EXPECT_EQ(told.status, 200) << told.body;
  const auto answer = boost::json::parse(told.body);
  EXPECT_EQ(answer.at("accepted"), 1) << told.body;
  EXPECT_EQ(answer.at("duplicates"), 3);
  EXPECT_EQ(answer.at("results").at(2).at("status"), "duplicate");
  EXPECT_EQ(answer.at("results").at(4).at("status"), "conflict");
  EXPECT_EQ(answer.at("rejected"), 1);
  EXPECT_TRUE(answer.at("position").is_null());
  EXPECT_FALSE(has(*service, "new"));
}

TEST_F(Serving, ExpectIsAnsweredBeforeTheBodyOrWithTheRefusal) {
  auto service = start({"--body-bytes-max", "2048"});
  const auto body = event("expected");
  const auto head = [](std::size_t bytes) {
    return "POST /events HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: " +
           std::to_string(bytes) + "\r\n\r\n";
  };
  RawConnection patient(service->port());
  patient.send(head(body.size()));
  EXPECT_EQ(patient.read_answer().status, 100);
  patient.send(body);
  EXPECT_EQ(patient.read_answer().status, 202);

  RawConnection refused(service->port());
  refused.send(head(4'096));
  EXPECT_EQ(refused.read_answer().status, 413) << "without waiting for the body";
  EXPECT_TRUE(refused.is_closed());
}

TEST_F(Serving, HeadTellsWhatGetWouldAndOptionsWhatThereIs) {
  auto service = start();
  ASSERT_EQ(ask(service->port(), bytes_of({.body = event("e-1")})).status, 202);
  for (const std::string target :
       {"/", "/docs", "/openapi.json", "/healthz", "/events", "/events/e-1", "/events/nobody",
        "/stats/dau?from=2025-08-01&to=2025-08-02", "/quarantine", "/nothing"}) {
    RawConnection connection(service->port());
    connection.send(bytes_of("HEAD", target) + bytes_of("GET", target));
    const auto head = connection.read_answer(true);
    const auto get = connection.read_answer();
    EXPECT_EQ(head.status, get.status) << target;
    EXPECT_EQ(head.header("Content-Type"), get.header("Content-Type")) << target;
    // The request ids within the problems are of the same length.
    EXPECT_EQ(head.header("Content-Length"), get.header("Content-Length")) << target;
    EXPECT_FALSE(get.body.empty()) << target;
  }
  const auto options = ask(service->port(), bytes_of("OPTIONS", "/api/v1/events/"));
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.header("Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_FALSE(options.header("Access-Control-Allow-Origin")) << "no origin is named";
  const auto all = ask(service->port(), bytes_of("OPTIONS", "*"));
  EXPECT_EQ(all.status, 204);
  EXPECT_EQ(all.header("Allow"), "GET, HEAD, POST, PATCH, DELETE, OPTIONS");
}

TEST_F(Serving, NamedOriginsMayCallAndOthersMayNot) {
  auto service = start({"--cors-origins", "https://app.example, https://b.example"});
  const auto from = [&](const std::string& origin, const std::string& method,
                        const std::string& more = {}) {
    return ask(service->port(), bytes_of(method, "/events", "Origin: " + origin + "\r\n" + more));
  };
  const auto preflight = from("https://b.example", "OPTIONS",
                              "Access-Control-Request-Method: POST\r\n"
                              "Access-Control-Request-Headers: content-type\r\n");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.header("Access-Control-Allow-Origin"), "https://b.example");
  EXPECT_EQ(preflight.header("Access-Control-Allow-Headers"), "content-type");
  EXPECT_NE(preflight.header("Access-Control-Allow-Methods").value_or("").find("POST"),
            std::string::npos);
  const auto read = from("https://app.example", "GET");
  EXPECT_EQ(read.header("Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(read.header("Vary").value_or("none").find("Origin"), 0U);
  EXPECT_FALSE(from("https://evil.example", "GET").header("Access-Control-Allow-Origin"));
  EXPECT_FALSE(from("https://app.example.evil", "GET").header("Access-Control-Allow-Origin"));
  EXPECT_FALSE(from("null", "GET").header("Access-Control-Allow-Origin"));
  const auto refused =
      ask(service->port(), bytes_of("GET", "/stats/dau", "Origin: https://app.example\r\n"));
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.header("Access-Control-Allow-Origin"), "https://app.example")
      << "a page must be able to read why";
}

TEST_F(Serving, LongAnswersAreCompressedForThoseWhoTakeIt) {
  auto service = start();
  std::string batch = "[" + event("c-0");
  for (int i = 1; i < 100; ++i) batch += "," + event("c-" + std::to_string(i));
  ASSERT_EQ(ask(service->port(), bytes_of({.body = batch + "]"})).status, 202);
  const std::string target = "/events?order=asc";
  const auto plain = ask(service->port(), bytes_of("GET", target));
  EXPECT_FALSE(plain.header("Content-Encoding"));
  EXPECT_EQ(plain.header("Content-Length"), std::to_string(plain.body.size()));
  EXPECT_NE(plain.header("Vary").value_or("").find("Accept-Encoding"), std::string::npos);
  for (const std::string taken : {"gzip", "br, gzip;q=0.5", "*"}) {
    const auto packed =
        ask(service->port(), bytes_of("GET", target, "Accept-Encoding: " + taken + "\r\n"));
    EXPECT_EQ(packed.header("Content-Encoding"), "gzip") << taken;
    EXPECT_LT(packed.body.size(), plain.body.size() / 2);
    EXPECT_EQ(testing_support::gunzip(packed.body), plain.body);
  }
  for (const std::string refused : {"gzip;q=0", "br", "identity"}) {
    const auto whole =
        ask(service->port(), bytes_of("GET", target, "Accept-Encoding: " + refused + "\r\n"));
    EXPECT_EQ(whole.body, plain.body) << refused;
  }
}

/// R of `RateLimit: "address";r=R;t=T`.
int left_of(const RawAnswer& answer) {
  const auto text = answer.header("RateLimit").value_or("");
  const auto at = text.find(";r=");
  int left = -1;
  if (at != std::string::npos) {
    std::from_chars(text.data() + at + 3, text.data() + text.size(), left);
  }
  return left;
}

TEST_F(Serving, ALimitIsToldInEveryAnswerAndWhoIsOverItIsRefused) {
  auto service = start(
      {"--rate-limit-loopback", "true", "--rate-limit-per-second", "1", "--rate-limit-burst", "5"});
  const auto first = ask(service->port(), bytes_of("GET", "/events"));
  EXPECT_EQ(first.header("RateLimit-Policy"), "\"address\";q=5;w=5");
  EXPECT_EQ(left_of(first), 4);
  RawAnswer answer = first;
  int taken = 1;
  while (answer.status != 429) {
    answer = ask(service->port(), bytes_of({.body = event("r-" + std::to_string(taken))}));
    ASSERT_LT(++taken, 100);
  }
  EXPECT_GE(taken, 6) << "five tokens, and perhaps some that came back meanwhile";
  EXPECT_EQ(left_of(answer), 0);
  EXPECT_GE(std::stoi(answer.header("Retry-After").value_or("0")), 1);
  EXPECT_EQ(answer.json().at("code"), "rate_limited");
  for (const std::string free : {"/healthz", "/readyz", "/metrics", "/version", "/", "/docs",
                                 "/redoc", "/openapi.json", "/assets/docs.js"}) {
    const auto unlimited = ask(service->port(), bytes_of("GET", free));
    EXPECT_EQ(unlimited.status, 200) << free;
    EXPECT_FALSE(unlimited.header("RateLimit")) << free;
  }
}

TEST_F(Serving, ByDefaultLoopbackHasNoLimit) {
  auto service = start();
  EXPECT_FALSE(ask(service->port(), bytes_of("GET", "/events")).header("RateLimit-Policy"));
}

TEST_F(Serving, EveryAnswerCarriesTheCallersRequestIdWhereItIsPlain) {
  auto service = start();
  const auto with = [&](const std::string& id) {
    const auto fields = "X-Request-Id: " + id + "\r\n";
    return ask(service->port(), bytes_of("GET", "/nothing", fields));
  };
  EXPECT_EQ(with("order-7").header("X-Request-Id"), "order-7");
  EXPECT_EQ(with("order-7").json().at("request_id"), "order-7");
  EXPECT_NE(with("two words").header("X-Request-Id"), "two words");
  EXPECT_NE(with(std::string(129, 'x')).header("X-Request-Id"), std::string(129, 'x'));
}

TEST_F(Serving, AnExportOfABusyServiceIsWholeOrRefusedAndNeverCutOff) {
  auto service = start({"--query-threads", "1", "--query-queue-max", "1"});
  constexpr int kEvents = 50'000;  // three steps
  auto client = service->client();
  for (int first = 0; first < kEvents; first += 10'000) {
    std::string body;
    for (int i = 0; i < 10'000; ++i) body += event(std::to_string(first + i)) + "\n";
    ASSERT_EQ(client.post("/events", body, "application/x-ndjson")->status, 202);
  }
  std::vector<std::unique_ptr<RawConnection>> askers;
  for (int i = 0; i < 20; ++i) {
    askers.push_back(std::make_unique<RawConnection>(service->port()));
    askers.back()->send(bytes_of("GET", "/export"));
  }
  for (auto& asker : askers) {
    const auto answer = asker->read_answer();
    if (answer.status == 503) {
      EXPECT_TRUE(answer.header("Retry-After")) << answer.head;
      continue;
    }
    EXPECT_EQ(answer.status, 200) << "cut off: " << answer.head;
    EXPECT_EQ(std::ranges::count(answer.body, '\n'), kEvents);
  }
}

}  // namespace
}  // namespace tidemark
