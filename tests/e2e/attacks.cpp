// The scripts: what is sent, what shows that it presses, and what has to be there before.

#include "e2e/attacks.hpp"

#include <gtest/gtest.h>

#include "support/packing.hpp"
#include "support/raw_http.hpp"

namespace tidemark::attacks {
namespace {

using namespace std::chrono_literals;
using testing_support::ask;
using testing_support::bytes_of;

constexpr std::size_t kMiB = std::size_t{1} << 20U;
constexpr const char* kLines = "application/x-ndjson";
constexpr const char* kLast =
    "Connection: close\r\n";  ///< the next request is another connection's
const std::string kRange = "from=2025-08-01&to=2025-08-02";

std::string event(const std::string& id, const std::string& more = {},
                  const std::string& type = "login") {
  return R"({"event_id":")" + id +
         R"(","occurred_at":"2025-08-01T10:00:00Z","user_id":"ann","event_type":")" + type + "\"" +
         more + "}\n";
}

std::string long_properties(std::size_t bytes) {
  return R"(,"properties":{"text":")" + std::string(bytes, 'x') + "\"}";
}

std::string events(std::size_t count, const std::string& prefix, const std::string& more = {}) {
  std::string lines;
  for (std::size_t i = 0; i < count; ++i) lines += event(prefix + std::to_string(i), more);
  return lines;
}

std::string last_get(const std::string& target, const std::string& fields = {}) {
  return bytes_of("GET", target, kLast + fields);
}

std::string last_post(const std::string& body, const std::string& fields = {}) {
  return bytes_of({.body = body, .type = kLines, .fields = kLast + fields});
}

/// The head of a body that is longer than what comes.
std::string promise(std::size_t bytes, const std::string& begun) {
  return "POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
         "application/json\r\nContent-Length: " +
         std::to_string(bytes) + "\r\n\r\n" + begun;
}

Evidence answered(int status) {
  return {.figure = "tidemark_http_requests_total",
          .least = 50,
          .with = "status=\"" + std::to_string(status) + "\""};
}
Evidence held(double connections) { return {"tidemark_http_connections", connections}; }

auto always(std::string bytes) {
  return [bytes = std::move(bytes)](std::size_t) { return bytes; };
}

/// So many events of a length, in batches that fit a body.
std::function<void(std::uint16_t)> with_events(std::size_t count, std::string more) {
  return [count, more = std::move(more)](std::uint16_t port) {
    const std::size_t batch = std::min<std::size_t>(10'000, 12 * kMiB / (more.size() + 150));
    for (std::size_t sent = 0; sent < count; sent += batch) {
      const auto lines = events(std::min(batch, count - sent), std::to_string(sent) + "-", more);
      ASSERT_EQ(ask(port, bytes_of({.body = lines, .type = kLines})).status, 202);
    }
  };
}

std::string many_properties() {
  std::string json = R"(,"properties":{"none":1)";
  for (int i = 0; i < 200; ++i) json += ",\"key" + std::to_string(i) + "\":\"value\"";
  return json + "}";
}

/// Looks for one of 900 values in a property; another question each time.
std::string long_list(std::size_t number) {
  std::string path = "/stats/dau?" + kRange + "&segment=properties.key199%20in%20(";
  for (int i = 0; i < 900; ++i) path += "v" + std::to_string(i) + ",";
  return path + "n" + std::to_string(number) + ")";
}

std::string retention(std::size_t number) {
  const auto day = [](std::size_t n) { return std::to_string(101 + n % 28).substr(1); };
  const auto month = std::to_string(101 + number / 28 % 12).substr(1);
  return "/stats/retention?windows=366&cohorts=" + std::to_string(366 - number / 336 % 60) +
         "&start_date=2024-" + month + "-" + day(number);
}

/// Eight bodies of 9 MB, made once.
const std::vector<std::string>& packed_bodies() {
  static std::vector<std::string> bodies;
  if (!bodies.empty()) return bodies;
  for (int i = 0; i < 8; ++i) {
    const auto lines = events(9'000, "packed-" + std::to_string(i) + "-", long_properties(900));
    bodies.push_back(i % 2 == 0
                         ? last_post(testing_support::zstd(lines), "Content-Encoding: zstd\r\n")
                         : last_post(testing_support::gzip(lines), "Content-Encoding: gzip\r\n"));
  }
  return bodies;
}

std::string new_types(std::size_t number) {
  std::string lines;
  for (int i = 0; i < 5'000; ++i) {
    const auto name = std::to_string(number) + "-" + std::to_string(i);
    lines += event("typed-" + name, {}, "type-" + name);
  }
  return lines;
}

void pieces(std::vector<Attack>& all) {
  all.push_back({.name = "BodiesThatAreOnlyPromised",
                 .script = {.connections = 400, .opening = always(promise(16 * kMiB, "["))},
                 .evidence = held(350)});
  all.push_back(
      {.name = "BodiesThatComeByteByByte",
       .script = {.connections = 400, .opening = always(promise(16 * kMiB, "[")), .more = " "},
       .evidence = held(350)});
  all.push_back({.name = "BodiesThatHoldAllTheirMemory",
                 .script = {.connections = 40,
                            .opening = always(promise(16 * kMiB, std::string(15 * kMiB, ' '))),
                            .more = " "},
                 .evidence = {"tidemark_http_body_bytes", 100.0 * kMiB}});
  all.push_back({.name = "HeadsThatNeverEnd",
                 .script = {.connections = 400,
                            .opening = always("GET /healthz HTTP/1.1\r\nX: "),
                            .more = "x"},
                 .evidence = held(350)});
  all.push_back(
      {.name = "HeadsThatAreTooLong",
       .script = {.connections = 60,
                  .opening = always("GET /healthz HTTP/1.1\r\nX: " + std::string(100'000, 'x'))},
       .evidence = answered(431)});
  all.push_back({.name = "ThousandsOfLineEnds",
                 .script = {.connections = 100,
                            .opening = always("GET /healthz HTTP/1.1\r\nX: "),
                            .more = std::string(500, '\r')},
                 .evidence = {"tidemark_http_connections_closed_total", 100}});
}

void bodies(std::vector<Attack>& all) {
  all.push_back({.name = "BodiesOverTheirBoundSentSlowly",
                 .script = {.connections = 400,
                            .opening = always(promise(100 * kMiB, "[")),
                            .more = std::string(100, ' ')},
                 .evidence = {"tidemark_http_dropped_bytes_total", 100'000}});
  // Their events are known before: how much the disk takes in a second is another question.
  all.push_back({.name = "LargePackedBodies",
                 .script = {.connections = 16,
                            .opening = [](std::size_t n) { return packed_bodies()[n % 8]; }},
                 .evidence = {"tidemark_http_body_bytes", 10.0 * kMiB},
                 .prepare = [](std::uint16_t port) {
                   for (const auto& body : packed_bodies()) {
                     ASSERT_EQ(ask(port, body).status, 202);
                   }
                 }});
  const auto spaces = event("bomb") + std::string(16 * kMiB - 1'000, ' ');
  all.push_back({.name = "Bombs",
                 .script = {.connections = 40,
                            .opening = always(last_post(testing_support::zstd(spaces),
                                                        "Content-Encoding: zstd\r\n"))},
                 .evidence = answered(413)});
  all.push_back({.name = "BatchesOfTooManyEvents",
                 .script = {.connections = 20, .opening = always(last_post(events(10'001, "m")))},
                 .evidence = answered(413)});
}

void connections(std::vector<Attack>& all) {
  all.push_back({.name = "MoreConnectionsThanThereMayBe",
                 .script = {.connections = 1'000,
                            .opening =
                                [](std::size_t number) {
                                  return number % 2 == 0 ? "" : bytes_of("GET", "/healthz");
                                }},
                 .evidence = {"tidemark_http_idle_connections_closed_total", 500},
                 .flags = {"--connections-max", "200"}});
  all.push_back({.name = "ConnectionsThatComeAndGo",
                 .script = {.connections = 100,
                            .opening = [](std::size_t) { return std::string(); },
                            .stays = 0ms},
                 .evidence = {"tidemark_http_connections_opened_total", 2'000}});
  all.push_back({.name = "RequestsOverTheirRate",
                 .script = {.connections = 40, .opening = always(last_get("/stats/dau?" + kRange))},
                 .evidence = answered(429),
                 .flags = {"--rate-limit-loopback", "true", "--rate-limit-per-second", "300",
                           "--rate-limit-burst", "300"}});
  std::string pipelined;
  for (int i = 0; i < 100; ++i) pipelined += bytes_of("GET", "/stats/dau?" + kRange);
  all.push_back(
      {.name = "PipelinedRequestsWhoseAnswersNobodyReads",
       .script = {.connections = 200, .opening = always(""), .more = pipelined, .reads = false},
       .evidence = {answered(200).figure, 1'000, "/stats/dau\",status=\"200\""}});
  std::string wrong = "/stats/dau?a=1";
  for (int i = 0; i < 1'800; ++i) wrong += "&a=1";
  all.push_back({.name = "ThousandsOfWrongParameters",
                 .script = {.connections = 40, .opening = always(last_get(wrong))},
                 .evidence = answered(422)});
}

void answers(std::vector<Attack>& all) {
  all.push_back({.name = "LongAnswersThatNobodyReads",
                 .script = {.connections = 200,
                            .opening = [](std::size_t n) { return last_get(retention(n)); },
                            .reads = false},
                 .evidence = {"tidemark_http_answer_bytes", 30.0 * kMiB}});
  all.push_back({.name = "ExportsThatNobodyReads",
                 .script = {.connections = 40,
                            .opening = always(last_get("/export")),
                            .reads = false,
                            .stays = 1'000ms},
                 .evidence = {"tidemark_http_answer_bytes", 10.0 * kMiB},
                 .prepare = with_events(20'000, long_properties(1'000))});
  all.push_back({.name = "PagesOfLongEvents",
                 .script = {.connections = 60,
                            .opening =
                                [](std::size_t n) {
                                  return last_get("/events?limit=" + std::to_string(900 + n % 100));
                                }},
                 .evidence = {answered(200).figure, 50, "/events\",status=\"200\""},
                 .prepare = with_events(400, long_properties(60'000))});
  const std::string from_the_first = "Last-Event-ID: AAAAAAAAAAA\r\n";
  all.push_back({.name = "ListenersThatComeBackAndDoNotRead",
                 .script = {.connections = 500,
                            .opening = always(bytes_of("GET", "/events/live", from_the_first)),
                            .reads = false,
                            .stays = 700ms},
                 .evidence = {"tidemark_live_listeners", 200},
                 .prepare = with_events(20'000, long_properties(300))});
  all.push_back({.name = "MoreListenersThanThereMayBe",
                 .script = {.connections = 400, .opening = always(last_get("/events/live"))},
                 .evidence = {"tidemark_live_refused_total", 200},
                 .flags = {"--live-listeners-max", "100"}});
}

void questions(std::vector<Attack>& all) {
  all.push_back({.name = "ScansForAThousandValues",
                 .script = {.connections = 100,
                            .opening = [](std::size_t n) { return last_get(long_list(n)); }},
                 .evidence = {"tidemark_lane_waiting", 30, "scans"},
                 .prepare = with_events(2'000, many_properties())});
  all.push_back({.name = "FloodsOfQuestions",
                 .script = {.connections = 600,
                            .opening =
                                [](std::size_t n) {
                                  return last_get(
                                      "/stats/top-events?from=2024-01-01&to=2025-08-01&limit=" +
                                      std::to_string(1 + n % 1'000));
                                }},
                 .evidence = {answered(200).figure, 300, "/stats/top-events\",status=\"200\""}});
  all.push_back({.name = "QuestionsInEveryZone",
                 .script = {.connections = 40,
                            .opening =
                                [](std::size_t n) {
                                  static const std::vector<std::string> zones = {
                                      "Kiev",   "Paris",  "Rome",   "Madrid", "Berlin", "Oslo",
                                      "Vienna", "Prague", "Athens", "Lisbon", "Dublin", "Sofia"};
                                  return last_get("/stats/dau?" + kRange + "&tz=Europe/" +
                                                  zones[n % zones.size()]);
                                }},
                 .evidence = {answered(200).figure, 50, "/stats/dau\",status=\"200\""},
                 .prepare = with_events(50'000, {})});
  all.push_back(
      {.name = "WaitersForAPositionThatDoesNotCome",
       .script = {.connections = 2'000,
                  .opening = always(last_get("/stats/dau?" + kRange + "&after=AAB_______8"))},
       .evidence = held(1'800)});
  all.push_back({.name = "MoreAndMoreTypesOnOneDay",
                 .script = {.connections = 4,
                            .opening =
                                [](std::size_t n) {
                                  if (n % 4 == 0) return last_post(new_types(100 + n));
                                  return last_get("/stats/top-events?" + kRange +
                                                  "&limit=" + std::to_string(1 + n % 1'000));
                                }},
                 .evidence = {answered(200).figure, 20, "/stats/top-events\",status=\"200\""},
                 .prepare = [](std::uint16_t port) {
                   for (std::size_t batch = 0; batch < 20; ++batch) {
                     ASSERT_EQ(ask(port, last_post(new_types(batch))).status, 202);
                   }
                 }});
}

void kept(std::vector<Attack>& all) {
  std::string rejected;
  for (int i = 0; i < 1'000; ++i)
    rejected += R"({"event_id":"bad","more":)" + std::to_string(i) + "}\n";
  all.push_back({.name = "FloodsOfRejectedEvents",
                 .script = {.connections = 40, .opening = always(last_post(rejected))},
                 .evidence = {"tidemark_events_total", 10'000, "rejected"}});
  all.push_back({.name = "ReadersOfTheQuarantine",
                 .script = {.connections = 100,
                            .opening =
                                [rejected](std::size_t n) {
                                  return n % 20 == 0 ? last_post(rejected)
                                                     : last_get("/quarantine?limit=1000");
                                }},
                 .evidence = {answered(200).figure, 50, "/quarantine\",status=\"200\""}});
  all.push_back({.name = "ThousandsOfIdempotencyKeys",
                 .script = {.connections = 100,
                            .opening =
                                [](std::size_t n) {
                                  const auto name = "key-" + std::to_string(n);
                                  return last_post(event(name),
                                                   "Idempotency-Key: " + name + "\r\n");
                                }},
                 .evidence = {"tidemark_remembered_answers", 1'000}});
}

}  // namespace

std::vector<Attack> attacks() {
  std::vector<Attack> all;
  pieces(all);
  bodies(all);
  connections(all);
  answers(all);
  questions(all);
  kept(all);
  return all;
}

}  // namespace tidemark::attacks
