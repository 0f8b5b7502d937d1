// Clients that would have the server be there for nobody else: what they hold is bounded, what they
// do not use is taken from them, and everybody beside them is answered.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/network/server_test_support.hpp"

namespace tidemark::http::network {
namespace {

using testing::HasSubstr;

std::string get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: x\r\n\r\n";
}

std::string post_head(std::size_t length, std::string_view fields = "") {
  return "POST /echo HTTP/1.1\r\nHost: x\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(length) + "\r\n\r\n";
}

/// Every byte of a body counts, and little of it is there.
ServerOptions tight() {
  ServerOptions options;
  options.threads = 1;  // what a connection did is over when the next one is answered
  options.limits.own_bytes_max = 0;
  options.limits.bodies_bytes_max = 100'000;
  options.limits.room_max = std::chrono::milliseconds(10);
  return options;
}

/// Sends the head, waits until the server reads the body, sends what is given of it.
void begin_body(RawConnection& raw, std::size_t length, std::size_t sent) {
  raw.send(post_head(length, "Expect: 100-continue\r\n"));
  raw.read_until("100 Continue\r\n\r\n");
  raw.send(std::string(sent, 'a'));
}

/// Until the server has read what was sent to it: it answers others in between.
void await_held(const TestServer& server, std::size_t bytes) {
  RawConnection beside(server.port());
  while (server.server->bodies().bytes() < bytes) {
    beside.send(get("/hello"));
    ASSERT_EQ(status_of(beside.read_answer()), 200);
  }
}

TEST(Hostile, BodiesThatAreOnlyPromisedShutNobodyOut) {
  const TestServer server;
  std::vector<std::unique_ptr<RawConnection>> promises;
  for (int i = 0; i < 40; ++i) {
    promises.push_back(std::make_unique<RawConnection>(server.port()));
    begin_body(*promises.back(), std::size_t{16} << 20U, 1);
  }
  RawConnection honest(server.port());
  honest.send(post_head(200'000) + std::string(200'000, 'b'));
  EXPECT_EQ(status_of(honest.read_answer()), 200);
  honest.send(get("/hello"));
  EXPECT_EQ(status_of(honest.read_answer()), 200);
}

TEST(Hostile, BodiesThatCameAreBoundedTogether) {
  const TestServer server(tight());
  RawConnection first(server.port());
  begin_body(first, 40'000, 39'999);
  await_held(server, 40'000);
  RawConnection second(server.port());
  second.send(post_head(40'000) + std::string(40'000, 'b'));
  const std::string refused = second.read_answer();
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1"));
  EXPECT_EQ(server.server->bodies().refused(), 1U);
  // What has no body asks for no room.
  RawConnection beside(server.port());
  beside.send(get("/hello"));
  EXPECT_EQ(status_of(beside.read_answer()), 200);
  first.send("a");
  EXPECT_EQ(status_of(first.read_answer()), 200);
  first.send(get("/hello"));
  EXPECT_EQ(status_of(first.read_answer()), 200);
  EXPECT_EQ(server.server->bodies().bytes(), 0U);
}

TEST(Hostile, ChunkedBodiesAreBoundedAsOthers) {
  const TestServer server(tight());
  RawConnection first(server.port());
  begin_body(first, 40'000, 39'999);
  await_held(server, 40'000);
  RawConnection second(server.port());
  second.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 40; ++i) second.send("400\r\n" + std::string(1'024, 'b') + "\r\n");
  EXPECT_EQ(status_of(second.read_answer()), 503);
}

TEST(Hostile, ABodyWaitsForRoomBeforeItIsRefused) {
  auto options = tight();
  options.limits.room_max = std::chrono::seconds(20);
  const TestServer server(options);
  RawConnection first(server.port());
  begin_body(first, 40'000, 39'999);
  await_held(server, 40'000);
  RawConnection second(server.port());
  second.send(post_head(40'000) + std::string(40'000, 'b'));
  RawConnection beside(server.port());
  beside.send(get("/hello"));
  EXPECT_EQ(status_of(beside.read_answer()), 200);
  first.send("a");
  EXPECT_EQ(status_of(first.read_answer()), 200);
  first.send(get("/hello"));
  EXPECT_EQ(status_of(second.read_answer()), 200);
}

TEST(Hostile, ASlowBodyIsSentAwayLongBeforeItsTime) {
  ServerOptions options;
  options.limits.body_pace = {std::chrono::milliseconds(20), 100};
  const TestServer server(options);
  RawConnection slow(server.port());
  slow.send(post_head(1'000) + "abc");
  const std::string sized = slow.read_all();
  EXPECT_EQ(status_of(sized), 408);
  EXPECT_THAT(sized, HasSubstr("too slowly"));
  RawConnection chunked(server.port());
  chunked.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab");
  EXPECT_EQ(status_of(chunked.read_all()), 408);
}

TEST(Hostile, WhileMuchIsHeldWhoeverLetsItLieLosesIt) {
  auto options = tight();
  options.limits.pressed_pace = {std::chrono::milliseconds(20), 1'000};
  const TestServer server(options);
  RawConnection little(server.port());
  little.send(post_head(20'000) + std::string(1'000, 'a'));
  RawConnection much(server.port());
  much.send(post_head(40'000) + std::string(39'999, 'a'));
  EXPECT_EQ(status_of(much.read_all()), 408);
  RawConnection honest(server.port());
  honest.send(post_head(30'000) + std::string(30'000, 'b'));
  EXPECT_EQ(status_of(honest.read_answer()), 200);
}

/// Room for one answer of 8 MiB that nobody reads, as far as one address goes.
ServerOptions tight_answers() {
  ServerOptions options;
  options.threads = 1;
  options.compress = false;
  options.limits.answers_bytes_max = std::size_t{20} << 20U;
  return options;
}

std::string echo_of(std::size_t bytes) { return post_head(bytes) + std::string(bytes, 'a'); }

TEST(Hostile, AnswersThatNobodyReadsAreBoundedTogether) {
  const TestServer server(tight_answers());
  RawConnection silent(server.port());
  silent.send(echo_of(std::size_t{8} << 20U));
  RawConnection beside(server.port());
  while (server.server->answers().bytes() == 0) {
    beside.send(get("/hello"));
    ASSERT_EQ(status_of(beside.read_answer()), 200);
  }
  beside.send(echo_of(std::size_t{8} << 20U));
  const std::string refused = beside.read_answer();
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1"));
  EXPECT_EQ(server.server->answers().refused(), 1U);
  // Small answers go on.
  beside.send(get("/hello"));
  EXPECT_EQ(status_of(beside.read_answer()), 200);
  EXPECT_EQ(status_of(silent.read_answer()), 200);
  silent.send(get("/hello"));
  EXPECT_EQ(status_of(silent.read_answer()), 200);
  EXPECT_EQ(server.server->answers().bytes(), 0U);
}

TEST(Hostile, WhileManyAnswersAreHeldWhoeverReadsNothingIsClosed) {
  auto options = tight_answers();
  options.limits.pressed_pace = {std::chrono::milliseconds(20), 1'000};
  const TestServer server(options);
  RawConnection silent(server.port());
  silent.send(echo_of(std::size_t{8} << 20U));
  RawConnection honest(server.port());
  for (int status = 503; status == 503;) {
    honest.send(echo_of(std::size_t{8} << 20U));
    const std::string answer = honest.read_answer();
    status = status_of(answer);
    ASSERT_TRUE(status == 200 || status == 503) << status;
  }
  EXPECT_LT(silent.read_all().size(), std::size_t{8} << 20U);
}

TEST(Hostile, ANewConnectionTakesThePlaceOfTheOneThatWasIdleLongest) {
  ServerOptions options;
  options.threads = 1;
  options.limits.connections_max = 3;
  const TestServer server(options);
  RawConnection first(server.port());
  RawConnection second(server.port());
  RawConnection third(server.port());
  for (RawConnection* each : {&first, &second, &third, &first}) {
    each->send(get("/hello"));
    EXPECT_EQ(status_of(each->read_answer()), 200);
  }
  RawConnection fourth(server.port());
  fourth.send(get("/hello"));
  EXPECT_EQ(status_of(fourth.read_answer()), 200);
  EXPECT_EQ(second.read_all(), "");
  for (RawConnection* each : {&first, &third}) {
    each->send(get("/hello"));
    EXPECT_EQ(status_of(each->read_answer()), 200);
  }
  EXPECT_EQ(server.witness.made_way, 1);
  EXPECT_EQ(server.witness.refused, 0);
}

TEST(Hostile, AHeadThatDoesNotEndMakesWayToo) {
  ServerOptions options;
  options.threads = 1;
  options.limits.connections_max = 1;
  const TestServer server(options);
  RawConnection slow(server.port());
  slow.send("GET /hello HTTP/1.1\r\nHo");
  RawConnection honest(server.port());
  honest.send(get("/hello"));
  EXPECT_EQ(status_of(honest.read_answer()), 200);
  EXPECT_EQ(slow.read_all(), "");
}

TEST(Hostile, WhereEverybodyIsBeingAnsweredTheOneTooManyIsToldSo) {
  ServerOptions options;
  options.threads = 1;
  options.limits.connections_max = 2;
  options.limits.refusing_max = 1;
  TestServer server(options, {.threads = 2});
  RawConnection first(server.port());
  RawConnection second(server.port());
  first.send(get("/slow"));
  second.send(get("/slow"));
  server.await_at_gate(2);
  RawConnection third(server.port());
  EXPECT_EQ(status_of(third.read_until("\r\n\r\n")), 503);
  RawConnection fourth(server.port());
  EXPECT_EQ(fourth.read_all(), "");
  EXPECT_EQ(server.witness.refused, 2);
  server.open_gate();
  EXPECT_EQ(status_of(first.read_answer()), 200);
  EXPECT_EQ(status_of(second.read_answer()), 200);
}

TEST(Hostile, ACrThatNoLfFollowsIsRefusedBeforeTheHeadEnds) {
  const TestServer server;
  RawConnection raw(server.port());
  raw.send("GET /hello HTTP/1.1\r\nHost: x\r\nA: \r\r");
  EXPECT_EQ(status_of(raw.read_all()), 400);
}

TEST(Hostile, AnEmptyLineInTwoPiecesIsForgivenBeforeARequest) {
  const TestServer server;
  RawConnection raw(server.port());
  raw.send("\r");
  RawConnection beside(server.port());
  beside.send(get("/hello"));
  EXPECT_EQ(status_of(beside.read_answer()), 200);
  raw.send("\n" + get("/hello"));
  EXPECT_EQ(status_of(raw.read_answer()), 200);
}

}  // namespace
}  // namespace tidemark::http::network
