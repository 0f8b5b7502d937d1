// What every answer carries: ids, dates, rate limits, CORS, compression, tags; and streams.

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include "http/network/compress.hpp"
#include "http/network/server_test_support.hpp"
#include "http/static_document.hpp"

namespace tidemark::http::network {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::string get(const std::string& path, const std::string& fields = "") {
  return "GET " + path + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

TEST(Answers, CarryTheCallersRequestIdIfItIsPlainElseOurs) {
  const TestServer server;
  EXPECT_THAT(server.ask(get("/hello", "X-Request-Id: abc-1\r\n")),
              HasSubstr("X-Request-Id: abc-1\r\n"));
  EXPECT_THAT(server.ask(get("/nowhere", "X-Request-Id: abc-2\r\n")),
              HasSubstr("\"request_id\":\"abc-2\""));
  for (const std::string& bad : {std::string("a b"), std::string(129, 'a'), std::string("\xff")}) {
    EXPECT_THAT(server.ask(get("/hello", "X-Request-Id: " + bad + "\r\n")),
                Not(HasSubstr("X-Request-Id: " + bad)));
  }
}

TEST(Answers, CarryTheDateOfTheClock) {
  TestServer server;
  EXPECT_THAT(server.ask(get("/hello")), HasSubstr("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  server.clock.advance(base::kMicrosPerSecond);
  EXPECT_THAT(server.ask(get("/hello")), HasSubstr("Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n"));
}

TEST(Answers, AreCompressedWhereTheClientTakesIt) {
  const TestServer server;
  const std::string packed = server.ask(get("/long", "Accept-Encoding: br, gzip;q=0.5\r\n"));
  EXPECT_THAT(packed, HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(packed, HasSubstr("Vary: Accept-Encoding\r\n"));
  EXPECT_LT(packed.size(), 2'000U);
  const std::string plain = server.ask(get("/long"));
  EXPECT_THAT(plain, HasSubstr("Content-Length: 100002\r\n"));
  EXPECT_THAT(plain, HasSubstr("Vary: Accept-Encoding\r\n"));
  EXPECT_THAT(server.ask(get("/hello", "Accept-Encoding: gzip\r\n")),
              Not(HasSubstr("Content-Encoding")));
  EXPECT_THAT(server.ask("HEAD /long HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n"),
              HasSubstr("Content-Encoding: gzip"));
}

TEST(Answers, GzipReadsBackTheSame) {
  const std::string text = std::string(10'000, 'a') + "end";
  const std::string packed = gzip(text);
  z_stream stream{};
  ASSERT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string back(text.size() + 1, '\0');
  std::string input = packed;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(back.data());
  stream.avail_out = static_cast<uInt>(back.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  back.resize(stream.total_out);
  inflateEnd(&stream);
  EXPECT_EQ(back, text);
}

TEST(AcceptEncoding, QualityZeroIsNo) {
  for (const char* yes :
       {"gzip", "GZIP", "deflate, gzip;q=1.0", "*", "br;q=1, *;q=0.1", "x-gzip", "gzip;q=0.001"}) {
    EXPECT_TRUE(accepts_gzip(yes)) << yes;
  }
  for (const char* no :
       {"", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "gzip;q=0, *", "identity"}) {
    EXPECT_FALSE(accepts_gzip(no)) << no;
  }
}

TEST(Cors, IsOffUntilAnOriginIsNamed) {
  const TestServer server;
  const std::string answer = server.ask(get("/hello", "Origin: https://a.example\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Access-Control")));
  const std::string options = server.ask(
      "OPTIONS /echo HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n"
      "Access-Control-Request-Method: POST\r\n\r\n");
  EXPECT_EQ(status_of(options), 204);
  EXPECT_THAT(options, HasSubstr("Allow: POST, OPTIONS\r\n"));
  EXPECT_THAT(options, Not(HasSubstr("Access-Control")));
  EXPECT_THAT(server.ask("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"),
              HasSubstr("Allow: GET, HEAD, POST, OPTIONS\r\n"));
}

TEST(Cors, NamedOriginsMayAskAndOthersMayNot) {
  ServerOptions options;
  options.cors.origins = {"https://a.example"};
  const TestServer server(options);
  const auto preflight = [&](const std::string& origin) {
    return server.ask("OPTIONS /echo HTTP/1.1\r\nHost: x\r\nOrigin: " + origin +
                      "\r\nAccess-Control-Request-Method: POST\r\n"
                      "Access-Control-Request-Headers: x-a, content-type\r\n\r\n");
  };
  const std::string good = preflight("https://a.example");
  EXPECT_EQ(status_of(good), 204);
  EXPECT_THAT(good, HasSubstr("Access-Control-Allow-Origin: https://a.example\r\n"));
  EXPECT_THAT(good, HasSubstr("Access-Control-Allow-Headers: x-a, content-type\r\n"));
  EXPECT_THAT(good, HasSubstr("Access-Control-Allow-Methods: POST, OPTIONS\r\n"));
  EXPECT_THAT(preflight("https://b.example"), Not(HasSubstr("Access-Control")));
  EXPECT_THAT(good, HasSubstr("Access-Control-Allow-Credentials: true\r\n")) << "for sendBeacon";
  const std::string refused = server.ask(get("/nowhere", "Origin: https://a.example\r\n"));
  EXPECT_THAT(refused, HasSubstr("Access-Control-Allow-Origin: https://a.example\r\n"));
  EXPECT_THAT(refused, HasSubstr("Vary: Origin\r\n"));
}

TEST(Cors, EverybodyIsAllowedWithoutCredentials) {
  ServerOptions options;
  options.cors.origins = {"*"};
  const TestServer server(options);
  const std::string answer = server.ask(get("/hello", "Origin: https://a.example\r\n"));
  EXPECT_THAT(answer, HasSubstr("Access-Control-Allow-Origin: *\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Access-Control-Allow-Credentials")));
}

TEST(Cors, WhatAPageSendsUnaskedIsTakenFromNamedOriginsAlone) {
  ServerOptions options;
  options.cors.origins = {"https://a.example"};
  const TestServer server(options);
  const auto from = [&](const std::string& fields) {
    return status_of(server.ask("POST /echo HTTP/1.1\r\nHost: x:80\r\nContent-Length: 1\r\n" +
                                fields + "\r\n1"));
  };
  EXPECT_EQ(from("Origin: https://a.example\r\n"), 200);
  EXPECT_EQ(from(""), 200) << "no browser";
  EXPECT_EQ(from("Origin: http://x:80\r\n"), 200) << "a page of ours";
  EXPECT_EQ(from("Origin: https://X:80\r\n"), 200) << "the same behind TLS of a proxy";
  for (const char* origin :
       {"https://b.example", "null", "", "https://a.example.evil", "http://x"}) {
    EXPECT_EQ(from("Origin: " + std::string(origin) + "\r\n"), 403) << origin;
  }
  EXPECT_EQ(from("Origin: https://b.example\r\nContent-Type: Text/Plain ;a=b\r\n"), 403);
  EXPECT_EQ(from("Origin: https://b.example\r\nContent-Type: application/json\r\n"), 200)
      << "a browser would have asked before";
  EXPECT_EQ(from("Origin: https://a.example\r\nContent-Type: text/plain\r\n"), 415)
      << "this endpoint takes JSON alone";
}

TEST(RateLimits, AreToldInEveryAnswerAndRefuseBeforeTheBodyIsRead) {
  ServerOptions options;
  options.rate_limit = RateLimit{.per_second = 1, .burst = 2, .exempt_loopback = false};
  TestServer server(options);
  RawConnection raw(server.port());
  raw.send(get("/hello"));
  const std::string first = raw.read_answer();
  EXPECT_THAT(first, HasSubstr("RateLimit-Policy: \"address\";q=2;w=2\r\n"));
  EXPECT_THAT(first, HasSubstr("RateLimit: \"address\";r=1;t=1\r\n"));
  raw.send(get("/nowhere"));
  EXPECT_THAT(raw.read_answer(), HasSubstr("RateLimit: \"address\";r=0;t=2\r\n"));
  raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n");
  const std::string refused = raw.read_answer();  // the body was not sent yet
  EXPECT_EQ(status_of(refused), 429);
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(refused, HasSubstr("RateLimit: \"address\";r=0;t=2\r\n"));
  raw.send("abc" + get("/free"));
  EXPECT_EQ(status_of(raw.read_answer()), 200);
  server.clock.advance(base::kMicrosPerSecond);
  raw.send(get("/hello"));
  EXPECT_EQ(status_of(raw.read_answer()), 200);
}

TEST(RateLimits, LoopbackIsFreeByDefault) {
  ServerOptions options;
  options.rate_limit = RateLimit{.per_second = 1, .burst = 1};
  const TestServer server(options);
  for (int i = 0; i < 3; ++i) {
    const std::string answer = server.ask(get("/hello"));
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_THAT(answer, Not(HasSubstr("RateLimit")));
  }
}

/// Has to ask somebody, who decides when the test says so.
class DistantLimiter final : public RateLimiter {
 public:
  [[nodiscard]] bool applies_to(const Address&) const noexcept override { return true; }
  [[nodiscard]] std::optional<RateDecision> try_take(const Address&, base::Micros) override {
    return std::nullopt;
  }
  void take(const Address&, base::Micros, Handler done) override {
    const std::lock_guard lock(mutex_);
    asked_.push_back(std::move(done));
    changed_.notify_all();
  }
  [[nodiscard]] const std::string& policy() const noexcept override { return policy_; }

  /// Who has asked, when somebody has.
  Handler await_asked() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !asked_.empty(); });
    Handler first = std::move(asked_.front());
    asked_.pop_front();
    return first;
  }

 private:
  const std::string policy_ = "\"address\";q=9;w=9";
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Handler> asked_;
};

TEST(RateLimits, ADecisionThatComesLaterStillComesBeforeTheBodyIsRead) {
  DistantLimiter limiter;
  const TestServer server({}, {}, &limiter);
  RawConnection raw(server.port());
  raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n");
  limiter.await_asked()({.allowed = false, .left = 0, .seconds_to_full = 8, .retry_after = 3});
  const std::string refused = raw.read_answer();  // the body was not sent yet
  EXPECT_EQ(status_of(refused), 429);
  EXPECT_THAT(refused, HasSubstr("Retry-After: 3\r\n"));
  EXPECT_THAT(refused, HasSubstr("RateLimit-Policy: \"address\";q=9;w=9\r\n"));
  EXPECT_THAT(refused, HasSubstr("RateLimit: \"address\";r=0;t=8\r\n"));
  raw.send("abc" + get("/free"));
  EXPECT_EQ(status_of(raw.read_answer()), 200) << "of what is free nobody is asked";
  raw.send(get("/hello"));
  limiter.await_asked()({.left = 7, .seconds_to_full = 2});
  const std::string allowed = raw.read_answer();
  EXPECT_EQ(status_of(allowed), 200);
  EXPECT_THAT(allowed, HasSubstr("RateLimit: \"address\";r=7;t=2\r\n"));
}

TEST(RateLimits, ALimiterThatNeverAnswersDoesNotHoldUpTheStop) {
  ServerOptions options;
  options.limits.stop_max = std::chrono::milliseconds(1);
  DistantLimiter limiter;
  const TestServer server(options, {}, &limiter);
  RawConnection raw(server.port());
  raw.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc");
  const auto decide = limiter.await_asked();
  server.server->stop();
  EXPECT_EQ(raw.read_all(), "");
  EXPECT_EQ(server.handled, 0);
  decide({});  // too late, and harmless
}

TEST(Streams, AreSentInChunksAndToOldClientsUntilTheClose) {
  const TestServer server;
  RawConnection raw(server.port());
  raw.send(get("/stream") + get("/hello"));
  EXPECT_THAT(raw.read_until("\r\n\r\n"), HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_EQ(raw.read_until("0\r\n\r\n"),
            "8\r\npiece 1\n\r\n8\r\npiece 2\n\r\n8\r\npiece 3\n\r\n0\r\n\r\n");
  EXPECT_EQ(status_of(raw.read_answer()), 200);  // the connection lives on
  EXPECT_THAT(server.ask("GET /stream HTTP/1.0\r\n\r\n"),
              testing::EndsWith("\r\n\r\npiece 1\npiece 2\npiece 3\n"));
}

TEST(Streams, AreToldThatTheClientHasGone) {
  ServerOptions options;
  options.limits.half_closed_max = std::chrono::milliseconds(20);
  const TestServer server(options);
  {
    RawConnection leaving(server.port());
    leaving.send(get("/endless"));
    EXPECT_THAT(leaving.read_until("piece 1\n"), HasSubstr("text/event-stream"));
  }
  while (server.stopped_handlers == 0) std::this_thread::yield();
  while (server.server->connections() > 0) std::this_thread::yield();
}

TEST(Streams, EndWholeForAClientThatHasOnlyEndedItsSide) {
  ServerOptions options;
  options.limits.half_closed_max = std::chrono::milliseconds(20);
  const TestServer server(options);
  RawConnection ended(server.port());
  ended.send(get("/endless"));
  ended.end();
  EXPECT_THAT(ended.read_all(), testing::EndsWith("8\r\npiece 1\n\r\n0\r\n\r\n"));
}

TEST(Streams, ThatFailAreCutOffAndToldOnceAndTheServerGoesOn) {
  const TestServer server;
  for (const std::string& way : {std::string("error"), std::string("throws")}) {
    const auto answer = server.ask(get("/torn/" + way));
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_TRUE(answer.ends_with("piece 1\n\r\n")) << "no last chunk: " << answer;
  }
  EXPECT_EQ(status_of(server.ask(get("/hello", "Connection: close\r\n"))), 200);
  const auto lines = server.witness.lines();
  EXPECT_EQ(std::ranges::count(lines, "cut off: secret place"), 1);
  EXPECT_EQ(std::ranges::count(lines, "cut off: secret detail"), 1);
}

TEST(Workers, WhatTheirWorkThrowsIsA500ThatTellsNothing) {
  const TestServer server;
  const auto answer = server.ask(get("/throws-on-worker", "Connection: close\r\n"));
  EXPECT_EQ(status_of(answer), 500);
  EXPECT_THAT(answer, Not(HasSubstr("bad_alloc")));
  EXPECT_THAT(server.witness.lines(), testing::Contains("failed: std::bad_alloc"));
}

TEST(StaticDocument, IsNotSentAgainToWhoHasIt) {
  const StaticDocument document(std::string(5'000, 'a'), kHtml);
  Request request;
  Response first = document.answer(request);
  EXPECT_EQ(first.status, 200);
  EXPECT_LT(first.shared_gzip->size(), 200U);
  request.fields.push_back({"If-None-Match", document.etag()});
  EXPECT_EQ(document.answer(request).status, 304);
  EXPECT_TRUE(matches_etag("\"x\", W/\"y\"", "\"y\""));
  EXPECT_TRUE(matches_etag("*", "\"y\""));
  EXPECT_FALSE(matches_etag("\"x\"", "\"y\""));
  EXPECT_NE(document.etag(), StaticDocument(std::string(5'001, 'a'), kHtml).etag());
}

TEST(Observers, HearOfEveryRequestByItsTemplate) {
  TestServer server;
  (void)server.ask(get("/things/1") + get("/nowhere") + "NONSENSE\r\n\r\n");
  server.server->stop();
  EXPECT_THAT(server.witness.lines(), ElementsAre("GET /things/{id} 200", "GET  404", "GET  400"));
}

}  // namespace
}  // namespace tidemark::http::network
