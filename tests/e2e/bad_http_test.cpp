// Bytes that are not HTTP, or HTTP that asks for what is not there: each hears its own problem, and
// whoever comes next is answered as if nothing had been.

#include "refusals.hpp"

namespace tidemark {
namespace {

using testing_support::ask;
using testing_support::bytes_of;
using testing_support::RawConnection;

struct BadHttp : RefusalTest {
  static Refusal malformed(const std::string& what, const std::string& bytes, int status = 400,
                           const std::string& code = "malformed_request") {
    return {.what = what, .bytes = bytes, .status = status, .code = code};
  }
};

/// POST /events with these header lines in front of these bytes.
std::string post(const std::string& fields, const std::string& body) {
  return "POST /events HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + body;
}

TEST_F(BadHttp, RequestLinesAndHeaders) {
  const std::string get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
  std::string many;
  for (int i = 0; i < 120; ++i) many += "A: b\r\n";
  expect_all_refused({
      malformed("nonsense", "hello\r\n\r\n"),
      malformed("a TLS greeting", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11)),
      malformed("HTTP/2 with prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      malformed("HTTP/0.9", "GET /healthz\r\n\r\n"),
      malformed("a version that is not known", "GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n"),
      malformed("two spaces", "GET  /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      malformed("a space in the target", "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      malformed("no slash", "GET healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      malformed("a fragment", "GET /healthz#a HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      malformed("line feeds only", "GET /healthz HTTP/1.1\nHost: localhost\n\n"),
      malformed("no Host", "GET /healthz HTTP/1.1\r\n\r\n"),
      malformed("two Hosts", get + "Host: b\r\n\r\n"),
      malformed("a line without colon", get + "broken\r\n\r\n"),
      malformed("a space before the colon", get + "A : b\r\n\r\n"),
      malformed("a folded line", get + "A: b\r\n c\r\n\r\n"),
      malformed("a folded line without a first piece", get + "A:\r\n c\r\n\r\n"),
      malformed("a Host that is none", "GET /healthz HTTP/1.1\r\nHost: a b/c@d\r\n\r\n"),
      malformed("a Host with a user", "GET /healthz HTTP/1.1\r\nHost: a@test\r\n\r\n"),
      malformed("a Host with a port that is none", "GET /healthz HTTP/1.1\r\nHost: a:b\r\n\r\n"),
      malformed("an empty Host", "GET /healthz HTTP/1.1\r\nHost: \r\n\r\n"),
      malformed("https and nothing more", "GET https:// HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      malformed("http without a host", "GET http:///healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      malformed("a host with a user", "GET http://a@b/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      malformed("a NUL", get + std::string("A: b\0c\r\n\r\n", 10)),
      malformed("cut short", "GET /heal"),
      malformed("cut short in the header", get + "A: "),
      malformed("a % without digits",
                "GET /events?user_id=%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      malformed("the same in an id", "GET /events/%zz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      malformed("the same where nothing is", "GET /%z HTTP/1.1\r\nHost: localhost\r\n\r\n"),
      malformed("a long target",
                "GET /" + std::string(9'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n", 414,
                "target_too_long"),
      malformed("a target without end", "GET /" + std::string(12'000, 'a'), 414, "target_too_long"),
      malformed("a long line", get + "A: " + std::string(40'000, 'b') + "\r\n\r\n", 431,
                "headers_too_large"),
      malformed("many lines", get + many + "\r\n", 431, "headers_too_large"),
  });
}

TEST_F(BadHttp, BodiesWhoseEndIsUnclear) {
  const std::string event = good_event("h-1");
  const auto size = std::to_string(event.size());
  const auto chunked = [](const std::string& chunks) {
    return post("Transfer-Encoding: chunked\r\n", chunks);
  };
  expect_all_refused({
      malformed("two lengths",
                post("Content-Length: " + size + "\r\nContent-Length: 5\r\n", event)),
      malformed("two lengths in one line", post("Content-Length: " + size + ", 5\r\n", event)),
      malformed("a negative length", post("Content-Length: -1\r\n", event)),
      malformed("a length that is not a number", post("Content-Length: all\r\n", event)),
      malformed("a length twice",
                post("Content-Length: " + size + "\r\nContent-Length: " + size + "\r\n", event)),
      malformed("an empty coding before a length",
                post("Transfer-Encoding:\r\nContent-Length: " + size + "\r\n", event)),
      malformed("an empty coding alone", post("Transfer-Encoding: \r\n", event)),
      malformed("a folded coding",
                post("Transfer-Encoding:\r\n chunked\r\n", "2\r\n[]\r\n0\r\n\r\n")),
      malformed("a coding twice",
                post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                     "2\r\n[]\r\n0\r\n\r\n")),
      malformed("a length with a plus", post("Content-Length: +" + size + "\r\n", event)),
      malformed("a length beyond numbers", post("Content-Length: 99999999999999999999\r\n", event)),
      malformed("a length and chunks", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
                                            "4\r\n[{}]\r\n0\r\n\r\n")),
      malformed("shorter than its length", post("Content-Length: 9999\r\n", event)),
      malformed("a chunk size that is none", chunked("zz\r\n[]\r\n0\r\n\r\n")),
      malformed("a negative chunk size", chunked("-2\r\n[]\r\n0\r\n\r\n")),
      malformed("a chunk size beyond numbers", chunked("fffffffffffffffff\r\n[]\r\n")),
      malformed("a chunk longer than it says", chunked("1\r\n[]\r\n0\r\n\r\n")),
      malformed("a chunk cut short", chunked("ff\r\n[")),
      malformed("no last chunk", chunked("2\r\n[]\r\n")),
      malformed("another transfer coding", post("Transfer-Encoding: gzip\r\n", event), 501,
                "not_implemented"),
      malformed("an unknown expectation", post("Expect: tea\r\nContent-Length: 2\r\n", "[]"), 417,
                "expectation_failed"),
      malformed("a length over the bound", post("Content-Length: 999999999\r\n", "["), 413,
                "body_too_large"),
  });
}

TEST_F(BadHttp, GarbageBehindARequestIsRefusedAndTheRequestAnswered) {
  RawConnection connection(port());
  connection.send(bytes_of("GET", "/healthz") + "garbage\r\n\r\n" + bytes_of("GET", "/healthz"));
  EXPECT_EQ(connection.read_answer().status, 200);
  expect_refused(malformed("the second", ""), connection.read_answer());
  EXPECT_TRUE(connection.is_closed()) << "where a third request begins is not known";
}

TEST_F(BadHttp, BytesBehindAShortLengthAreNoEvents) {
  // The rest of the body is read as the next request, which it is not.
  const std::string event = good_event("h-2");
  RawConnection connection(port());
  connection.send(post("Content-Length: 2\r\n", "[]" + event + "\r\n\r\n"));
  EXPECT_EQ(connection.read_answer().status, 202);
  expect_refused(malformed("the rest", ""), connection.read_answer());
}

TEST_F(BadHttp, PathsThatAreNotThere) {
  for (const std::string path :
       {"/nothing", "/stats", "/stats/yau", "/api/v2/events", "/Events", "/events/a/b", "/docs/x",
        "/assets/nothing.js", "/assets/../openapi.json", "//events", "/quarantine/1/2",
        "/.git/config"}) {
    expect_refused(
        {.what = path, .bytes = bytes_of("GET", path), .status = 404, .code = "not_found"});
  }
}

TEST_F(BadHttp, PathsThatWereMeantForAnotherOneSayWhich) {
  const auto at = [](const std::string& path, std::vector<std::string> says) {
    return Refusal{.what = path,
                   .bytes = bytes_of({.body = "{}", .target = path}),
                   .status = 404,
                   .code = "not_found",
                   .says = std::move(says)};
  };
  const std::string here = "POST /events";
  expect_all_refused({
      at("//events", {"two slashes", "/events exists"}),
      at("/api/v1//events", {"two slashes", "/api/v1/events exists"}),
      at("//events/", {"two slashes"}),
      at("///quarantine///replay", {"/quarantine/replay exists"}),
      at("/capture", {"PostHog", here}),
      at("/capture/", {"PostHog", here}),
      at("/i/v0/e?compression=gzip", {"PostHog", here}),
      at("/Track", {"Mixpanel", here}),
      at("/v1/batch", {"Segment", here}),
      at("/2/httpapi", {"Amplitude", here}),
      at("/collect", {"Google Analytics", here}),
      at("/mp/collect?measurement_id=G-1", {"Google Analytics", here}),
      at("/api/event", {"Plausible", here}),
      at("/matomo.php", {"Matomo", here}),
      at("/api/v1/track", {"Mixpanel", here}),
      at("/anything", {here}),
      at("//anything", {here}),
  });
  expect_refused({.what = "a path that is asked for",
                  .bytes = bytes_of("GET", "/anything"),
                  .status = 404,
                  .code = "not_found",
                  .says = {"GET / lists all paths"}});
}

TEST_F(BadHttp, MethodsThatAPathDoesNotKnow) {
  const struct {
    const char* method;
    const char* path;
    const char* allow;
  } cases[] = {
      {"DELETE", "/events", "GET, HEAD, POST, OPTIONS"},
      {"PUT", "/events/e-1", "GET, HEAD, OPTIONS"},
      {"PATCH", "/events", "GET, HEAD, POST, OPTIONS"},
      {"POST", "/stats/dau", "GET, HEAD, OPTIONS"},
      {"POST", "/healthz", "GET, HEAD, OPTIONS"},
      {"GET", "/quarantine/replay", "POST, OPTIONS"},
      {"GET", "/quarantine/1", "DELETE, OPTIONS"},
      {"BREW", "/docs", "GET, HEAD, OPTIONS"},
      {"TRACE", "/openapi.json", "GET, HEAD, OPTIONS"},
      {"PUT", "/api/v1/metrics/", "GET, HEAD, OPTIONS"},
      {"get", "/healthz", "GET, HEAD, OPTIONS"},
  };
  for (const auto& [method, path, allow] : cases) {
    const auto answer = ask(port(), bytes_of(method, path));
    expect_refused({.what = std::string(method) + " " + path,
                    .status = 405,
                    .code = "method_not_allowed",
                    .says = {method, allow}},
                   answer);
    EXPECT_EQ(answer.header("Allow"), allow) << method << " " << path;
  }
}

TEST_F(BadHttp, AHeaderThatComesTooSlowlyIsRefused) {
  RawConnection slow(port());
  slow.send("GET /healthz HTTP/1.1\r\nHost: te");
  expect_refused({.what = "a header that stops", .status = 408, .code = "request_timeout"},
                 slow.read_answer());
}

}  // namespace
}  // namespace tidemark
