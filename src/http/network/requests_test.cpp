// What a client may send and what it must hear: every bad request gets its own clear refusal, and
// none of them a 2xx, a hang or a crash. A real server, raw bytes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/network/server_test_support.hpp"

namespace tidemark::http::network {
namespace {

using testing::HasSubstr;
using testing::Not;

/// What one sends, and the status that must come back.
struct Case {
  const char* what;
  std::string bytes;
  int status;
  const char* contains = "";
};

ServerOptions small_limits() {
  ServerOptions options;
  options.limits.body_bytes_max = 100;
  options.limits.header_bytes_max = 1'024;
  options.limits.header_lines_max = 20;
  options.limits.target_bytes_max = 300;
  return options;
}

std::string post(const std::string& fields, const std::string& body) {
  return "POST /echo HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + body;
}

std::string lines_of(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) lines += "A: b\r\n";
  return lines;
}

std::string many_lines(int count) {
  return "GET /hello HTTP/1.1\r\nHost: x\r\n" + lines_of(count) + "\r\n";
}

std::vector<Case> bad_requests() {
  const std::string get = "GET /hello HTTP/1.1\r\nHost: x\r\n";
  return {
      {"nonsense", "NONSENSE\r\n\r\n", 400},
      {"nonsense with line feeds only", "GET / HTTP/1.1\nHost: x\n\n", 400},
      {"a TLS greeting", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), 400},
      {"HTTP/2 with prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"a version that is not known", "GET /hello HTTP/3.0\r\nHost: x\r\n\r\n", 400},
      {"no version", "GET /hello\r\n\r\n", 400},
      {"two spaces", "GET  /hello HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"no slash", "GET hello HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"a space in the path", "GET /hel lo HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"a fragment", "GET /hello#a HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"no Host", "GET /hello HTTP/1.1\r\n\r\n", 400},
      {"two Hosts", get + "Host: y\r\n\r\n", 400},
      {"a header line without colon", get + "Broken\r\n\r\n", 400},
      {"a space before the colon", get + "A : b\r\n\r\n", 400},
      {"a folded line", get + "A: b\r\n c\r\n\r\n", 400},
      {"a folded line whose first piece is empty", get + "A:\r\n c\r\n\r\n", 400},
      {"a folded line whose pieces are empty", get + "A:\r\n \r\n\r\n", 400},
      {"a folded Transfer-Encoding",
       post("Transfer-Encoding:\r\n chunked\r\n", "4\r\n0123\r\n0\r\n\r\n"), 400},
      {"a folded Content-Length", post("Content-Length:\r\n\t4\r\n", "0123"), 400},
      {"a Host that is none", "GET /hello HTTP/1.1\r\nHost: a b/c@d\r\n\r\n", 400, "Host must be"},
      {"an empty Host", "GET /hello HTTP/1.1\r\nHost:\r\n\r\n", 400, "Host must be"},
      {"an absolute form without a host", "GET https:// HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"an absolute form without a host before its path",
       "GET http:///hello HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"NUL in a header line", get + std::string("A: b\0c\r\n\r\n", 10), 400},
      {"cut short in the request line", "GET /he", 400},
      {"cut short in the header", get + "A: ", 400},
      {"cut short in the body", post("Content-Length: 8\r\n", "0123"), 400},
      {"cut short in a chunk", post("Transfer-Encoding: chunked\r\n", "8\r\n0123"), 400},
      {"a chunk without its end", post("Transfer-Encoding: chunked\r\n", "4\r\n01234\r\n"), 400},
      {"a chunk size that is not a number", post("Transfer-Encoding: chunked\r\n", "xyz\r\n"), 400},
      {"a chunk size that is too big",
       post("Transfer-Encoding: chunked\r\n", "ffffffffffffffffff\r\n"), 400},
      {"a chunk size without end",
       post("Transfer-Encoding: chunked\r\n", "1;" + std::string(8'000, 'a')), 400},
      {"Content-Length that is not a number", post("Content-Length: four\r\n", "0123"), 400},
      {"a negative Content-Length", post("Content-Length: -4\r\n", "0123"), 400},
      {"an empty Content-Length", post("Content-Length: \r\n", "0123"), 400},
      {"contradictory Content-Lengths", post("Content-Length: 4\r\nContent-Length: 5\r\n", "01234"),
       400},
      {"contradictory lengths in one line", post("Content-Length: 4, 5\r\n", "01234"), 400},
      {"Content-Length and chunks",
       post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "4\r\n0123\r\n0\r\n\r\n"), 400},
      {"chunks and Content-Length",
       post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "4\r\n0123\r\n0\r\n\r\n"), 400},
      {"an empty coding before a length",
       post("Transfer-Encoding:\r\nContent-Length: 4\r\n", "0123"), 400},
      {"a length before an empty coding",
       post("Content-Length: 4\r\nTransfer-Encoding: \t \r\n", "0123"), 400},
      {"an empty coding alone", post("Transfer-Encoding:\r\n", "0123"), 400},
      {"chunks twice",
       post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "4\r\n0123\r\n0\r\n\r\n"),
       400},
      {"an unknown coding and a length",
       post("Transfer-Encoding: identity\r\nContent-Length: 4\r\n", "0123"), 400},
      {"a length twice", post("Content-Length: 4\r\nContent-Length: 4\r\n", "0123"), 400},
      {"a length twice in one line", post("Content-Length: 4, 4\r\n", "0123"), 400},
      {"a length with a plus", post("Content-Length: +4\r\n", "0123"), 400},
      {"a line feed alone between lines", post("A: b\nContent-Length: 4\r\n", "0123"), 400},
      {"a carriage return alone within a line", post("A: b\rC: d\r\n", ""), 400},
      {"a vertical tab before chunked", post("Transfer-Encoding: \vchunked\r\n", "0\r\n\r\n"), 400},
      {"a space before the colon of a coding", post("Transfer-Encoding : chunked\r\n", "0\r\n\r\n"),
       400},
      {"a line feed alone behind a chunk's size",
       post("Transfer-Encoding: chunked\r\n", "4\n0123\r\n0\r\n\r\n"), 400},
      {"a line feed within an extension",
       post("Transfer-Encoding: chunked\r\n", "4;a=\"\n\"\r\n0123\r\n0\r\n\r\n"), 400},
      {"a folded trailer",
       post("Transfer-Encoding: chunked\r\n", "1\r\n0\r\n0\r\nA: b\r\n c\r\n\r\n"), 400},
      {"many trailers", post("Transfer-Encoding: chunked\r\n", "0\r\n" + lines_of(21) + "\r\n"),
       400},
      {"another transfer coding", post("Transfer-Encoding: gzip\r\n", "0123"), 501},
      {"two transfer codings", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 501},
      {"chunks in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       501},
      {"a % without digits in the query", "GET /hello?a=%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"a cut % in the query", "GET /hello?a=%2 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"a % without digits in the path", "GET /things/%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"a cut % in a path that nobody knows", "GET /no/%4?a=1 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"bytes that are not UTF-8", "GET /things/%ff HTTP/1.1\r\nHost: x\r\n\r\n", 422},
      {"NUL in a parameter", "GET /things/a%00b HTTP/1.1\r\nHost: x\r\n\r\n", 422},
      {"an unknown parameter", "GET /hello?a=1 HTTP/1.1\r\nHost: x\r\n\r\n", 422,
       "unknown_parameter"},
      {"an unknown path", "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404, "not_found"},
      {"an unknown method", "BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n", 405, "Allow: GET, HEAD"},
      {"a method not for this path", "DELETE /echo HTTP/1.1\r\nHost: x\r\n\r\n", 405,
       "Allow: POST, OPTIONS"},
      {"a proxy's method", "CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"an unknown expectation", post("Expect: tea\r\nContent-Length: 1\r\n", "a"), 417},
      {"another media type", post("Content-Type: text/plain\r\nContent-Length: 1\r\n", "a"), 415,
       "Accept: application/json"},
      {"another charset",
       post("Content-Type: application/json; charset=latin1\r\nContent-Length: 1\r\n", "a"), 415},
      {"another coding", post("Content-Encoding: br\r\nContent-Length: 1\r\n", "a"), 415,
       "Accept-Encoding: gzip"},
      {"a body over the limit", post("Content-Length: 101\r\n", std::string(101, 'a')), 413},
      {"a length far over the limit", post("Content-Length: 99999999999999\r\n", ""), 413},
      {"a length that no number holds", post("Content-Length: 99999999999999999999999\r\n", ""),
       400},
      {"chunks over the limit",
       post("Transfer-Encoding: chunked\r\n", "65\r\n" + std::string(101, 'a') + "\r\n0\r\n\r\n"),
       413},
      {"chunks over the limit together",
       post("Transfer-Encoding: chunked\r\n", "40\r\n" + std::string(64, 'a') + "\r\n40\r\n" +
                                                  std::string(64, 'a') + "\r\n0\r\n\r\n"),
       413},
      {"a target that is too long",
       "GET /" + std::string(301, 'a') + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
      {"a target without end", "GET /" + std::string(2'000, 'a'), 414},
      {"a header line that is too long", get + "A: " + std::string(1'024, 'b') + "\r\n\r\n", 431},
      {"a header without end", get + "A: " + std::string(3'000, 'b'), 431},
      {"too many header lines", many_lines(21), 431},
      {"a handler that throws", "GET /throws HTTP/1.1\r\nHost: x\r\n\r\n", 500, "internal_error"},
  };
}

TEST(BadRequests, EachHearsItsOwnRefusalAsAProblem) {
  const TestServer server(small_limits());
  for (const Case& one : bad_requests()) {
    const std::string answer = server.ask(one.bytes);
    EXPECT_EQ(status_of(answer), one.status) << one.what << ": " << answer;
    EXPECT_THAT(answer, HasSubstr("Content-Type: application/problem+json")) << one.what;
    EXPECT_THAT(answer, HasSubstr("X-Request-Id: ")) << one.what;
    EXPECT_THAT(answer, HasSubstr("\"type\":\"urn:tidemark:problem:")) << one.what;
    EXPECT_THAT(answer, HasSubstr(one.contains)) << one.what;
  }
  EXPECT_EQ(server.handled, 0) << "a refused body reached its handler";
}

TEST(BadRequests, AFailureOfOursTellsNothingOfTheInside) {
  const TestServer server;
  const std::string answer = server.ask("GET /throws HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(answer), 500);
  EXPECT_THAT(answer, Not(HasSubstr("secret")));
  EXPECT_THAT(server.witness.lines(), testing::Contains("failed: secret detail"));
}

TEST(BadRequests, WhatIsHiddenFromTheClientIsToldWithTheRequestsId) {
  const TestServer server;
  const std::string answer =
      server.ask("GET /fails HTTP/1.1\r\nHost: x\r\nX-Request-Id: r-1\r\n\r\n");
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_THAT(answer, testing::AllOf(HasSubstr("r-1"), Not(HasSubstr("secret"))));
  EXPECT_THAT(server.witness.lines(), testing::Contains("GET /fails 503 r-1: secret path"));
}

TEST(BadRequests, ALengthOverTheLimitIsRefusedWithoutWaitingForTheBody) {
  const TestServer server(small_limits());
  RawConnection raw(server.port());
  raw.send(post("Content-Length: 101\r\n", ""));
  const std::string answer = raw.read_answer();  // the body was never sent
  EXPECT_EQ(status_of(answer), 413);
  // What comes all the same is read over, and the connection stays.
  raw.send(std::string(101, 'a') + "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(raw.read_answer()), 200);
}

TEST(BadRequests, ASlowHeaderAndASlowBodyHearThatTheyTookTooLong) {
  ServerOptions options;
  options.limits.header_max = options.limits.request_max = std::chrono::milliseconds(40);
  const TestServer server(options);
  RawConnection header(server.port());
  header.send("GET /hello HTTP/1.1\r\n");
  EXPECT_EQ(status_of(header.read_all()), 408);
  RawConnection body(server.port());
  body.send(post("Content-Length: 8\r\n", "0123"));
  EXPECT_EQ(status_of(body.read_all()), 408);
  RawConnection chunked(server.port());
  chunked.send(post("Transfer-Encoding: chunked\r\n", "8\r\n0123"));
  EXPECT_EQ(status_of(chunked.read_all()), 408);
}

TEST(BadRequests, AnIdleConnectionIsClosedInSilence) {
  ServerOptions options;
  options.limits.idle_max = std::chrono::milliseconds(30);
  const TestServer server(options);
  RawConnection raw(server.port());
  EXPECT_EQ(raw.read_all(), "");
}

TEST(GoodRequests, BodiesComeWholeInEveryForm) {
  const TestServer server(small_limits());
  EXPECT_THAT(server.ask(post("Content-Length: 4\r\n", "0123")), HasSubstr("\r\n\r\n0123"));
  EXPECT_THAT(server.ask(post("Content-Length: 0\r\n", "")), HasSubstr("200 OK"));
  EXPECT_THAT(server.ask(post("Transfer-Encoding: chunked\r\n",
                              "4;a=b\r\n0123\r\n2\r\n45\r\n0\r\nTrailer: x\r\n\r\n")),
              HasSubstr("\r\n\r\n012345"));
  const std::string most(100, 'a');
  EXPECT_THAT(server.ask(post("Content-Length: 100\r\n", most)), HasSubstr("\r\n\r\n" + most));
  for (const char* type : {"application/json", "Application/JSON; charset=UTF-8",
                           "application/ld+json;charset=\"utf-8\""}) {
    EXPECT_EQ(status_of(server.ask(
                  post(std::string("Content-Type: ") + type + "\r\nContent-Length: 1\r\n", "1"))),
              200)
        << type;
  }
}

TEST(GoodRequests, AByteAtATimeIsAsGoodAsAllAtOnce) {
  const TestServer server;
  RawConnection raw(server.port());
  for (const char c : post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")) {
    raw.send({&c, 1});
  }
  EXPECT_THAT(raw.read_answer(), HasSubstr("\r\n\r\nabcde"));
}

TEST(GoodRequests, BigBodiesAreReadToTheLastByte) {
  const TestServer server;
  Client client = server.client();
  std::string big(5'000'000, 'x');
  for (std::size_t i = 0; i < big.size(); i += 1'000) big[i] = static_cast<char>('a' + i % 26);
  const auto answer = client.post("/echo", big);
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(answer->body, big);
}

TEST(GoodRequests, PipelinedOnesAreAnsweredInTheirOrder) {
  const TestServer server;
  RawConnection raw(server.port());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += "GET /things/" + std::to_string(i) + " HTTP/1.1\r\nHost: x\r\n\r\n";
    all += post("Content-Length: 3\r\n", std::to_string(100 + i));
  }
  raw.send(all);
  for (int i = 0; i < 50; ++i) {
    EXPECT_TRUE(raw.read_answer().ends_with("\r\n\r\n" + std::to_string(i)));
    EXPECT_TRUE(raw.read_answer().ends_with("\r\n\r\n" + std::to_string(100 + i)));
  }
}

TEST(GoodRequests, AConnectionLivesOnAsItsVersionSays) {
  const TestServer server;
  const auto closes = [&](const std::string& first) {
    RawConnection raw(server.port());
    raw.send(first);
    raw.read_answer();
    raw.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    return raw.read_answer().empty();
  };
  EXPECT_FALSE(closes("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"));
  EXPECT_TRUE(closes("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(closes("GET /hello HTTP/1.0\r\n\r\n"));
  EXPECT_FALSE(closes("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  // Refused by their head alone: what follows is read over, the connection stays.
  EXPECT_FALSE(closes("POST /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd"));
  EXPECT_FALSE(closes("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"));
}

TEST(GoodRequests, HeadTellsWhatGetWouldAndSendsNoBody) {
  const TestServer server;
  RawConnection raw(server.port());
  raw.send("HEAD /things/abc HTTP/1.1\r\nHost: x\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string head = raw.read_until("\r\n\r\n");
  EXPECT_EQ(status_of(head), 200);
  EXPECT_THAT(head, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_EQ(status_of(raw.read_answer()), 200);  // at once behind it: no body in between
}

TEST(GoodRequests, ExpectIsAnsweredBeforeTheBodyOrWithTheRefusal) {
  const TestServer server(small_limits());
  RawConnection good(server.port());
  good.send(post("Expect: 100-continue\r\nContent-Length: 4\r\n", ""));
  EXPECT_EQ(good.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  good.send("0123");
  EXPECT_THAT(good.read_answer(), HasSubstr("\r\n\r\n0123"));
  const std::string expect = "Expect: 100-continue\r\nContent-Length: ";
  const auto refusal = [&](const std::string& bytes) {
    RawConnection raw(server.port());
    raw.send(bytes);
    return status_of(raw.read_answer());
  };
  EXPECT_EQ(refusal(post(expect + "101\r\n", "")), 413);
  EXPECT_EQ(refusal(post("Content-Type: text/html\r\n" + expect + "4\r\n", "")), 415);
  EXPECT_EQ(refusal("POST /nowhere HTTP/1.1\r\nHost: x\r\n" + expect + "4\r\n\r\n"), 404);
  EXPECT_EQ(refusal("PUT /echo HTTP/1.1\r\nHost: x\r\n" + expect + "4\r\n\r\n"), 405);
}

TEST(GoodRequests, PrefixSlashAbsoluteFormAndEmptyLinesMakeNoDifference) {
  const TestServer server;
  for (const char* target :
       {"/hello", "/hello/", "/api/v1/hello", "/api/v1/hello/", "http://example.org/hello",
        "http://example.org:80/hello/", "HTTP://[::1]:8080/hello", "https://example.org/hello"}) {
    EXPECT_EQ(status_of(server.ask(std::string("\r\n\r\nGET ") + target +
                                   " HTTP/1.1\r\nHost: x\r\n\r\n")),
              200)
        << target;
  }
}

}  // namespace
}  // namespace tidemark::http::network
