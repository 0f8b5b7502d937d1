// Work that takes time: workers, hand-overs from other threads, clients that leave, and a stop that
// loses no answer.

#include <atomic>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/network/server_test_support.hpp"

namespace tidemark::http::network {
namespace {

using testing::Contains;
using testing::HasSubstr;

std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

TEST(Workers, BlockOnlyThemselves) {
  TestServer server({.threads = 1});
  RawConnection slow(server.port());
  slow.send(get("/slow"));
  server.await_at_gate(1);
  EXPECT_EQ(status_of(server.ask(get("/hello"))), 200);  // the only network thread is free
  server.open_gate();
  EXPECT_THAT(slow.read_answer(), HasSubstr("at last"));
}

TEST(Workers, WhatIsOverTheQueueIsRefused) {
  TestServer server({}, {.threads = 1, .queue_max = 1});
  RawConnection running(server.port());
  running.send(get("/slow"));
  server.await_at_gate(1);
  RawConnection waiting(server.port());
  waiting.send(get("/slow"));
  while (server.workers->waiting() == 0) std::this_thread::yield();
  const std::string refused = server.ask(get("/slow"));
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_EQ(server.workers->refused(), 1U);
  server.open_gate();
  EXPECT_EQ(status_of(running.read_answer()), 200);
  EXPECT_EQ(status_of(waiting.read_answer()), 200);
}

TEST(Workers, AreToldThatTheClientHasGone) {
  ServerOptions options;
  options.limits.half_closed_max = std::chrono::milliseconds(20);
  TestServer server(options, {.threads = 1});
  {
    RawConnection leaving(server.port());
    leaving.send(get("/slow"));
    server.await_at_gate(1);
  }
  while (server.stopped_handlers == 0) std::this_thread::yield();
  while (server.server->connections() > 0) std::this_thread::yield();
  EXPECT_THAT(server.witness.lines(), Contains(HasSubstr("GET /slow 200 gone")));
}

TEST(Workers, AnswerAClientThatHasOnlyEndedItsSide) {
  TestServer server;
  RawConnection ended(server.port());
  ended.send(get("/slow"));
  ended.end();
  server.await_at_gate(1);
  server.open_gate();
  EXPECT_EQ(status_of(ended.read_all()), 200);
  EXPECT_EQ(server.stopped_handlers, 0);
}

TEST(Workers, AreToldThatTheTimeIsOver) {
  ServerOptions options;
  options.limits.answer_max = std::chrono::milliseconds(40);
  TestServer server(options, {.threads = 1});
  RawConnection first(server.port());
  first.send(get("/slow"));
  EXPECT_EQ(status_of(first.read_answer()), 200);  // the handler saw it and answered
  EXPECT_EQ(server.stopped_handlers, 1);
}

TEST(Handoffs, ResumeManyCoroutinesWithOneValueEach) {
  TestServer server;
  std::vector<std::unique_ptr<RawConnection>> waiting;
  for (int i = 0; i < 20; ++i) {
    waiting.push_back(std::make_unique<RawConnection>(server.port()));
    waiting.back()->send(get("/later"));
  }
  std::thread giver([&] {
    for (std::size_t given = 0; given < waiting.size();) given += server.give_later("given");
  });
  for (const auto& raw : waiting) EXPECT_THAT(raw->read_answer(), HasSubstr("given"));
  giver.join();
}

Task<void> await_value(Handoff<int>* handoff, std::optional<int> expected, int* answers) {
  const auto given = co_await handoff->wait();
  EXPECT_EQ(given, expected);
  *answers += 1;
}

/// What a commit thread does: completes from outside, alone or in groups, while coroutines wait,
/// have not begun to wait yet, or are gone.
TEST(Handoffs, ADroppedOneAnswersAndALateOneDoesNothing) {
  auto waker = std::make_shared<Waker>();
  Waker::set_for_this_thread(waker);
  {
    Handoff<int> dropped;
    {
      const auto gone = dropped.completion();
    }
    Handoff<int> before;
    before.completion()(7);
    Handoff<int> later;
    auto completion = later.completion();
    const std::function<void(int)> as_function = completion;  // fits what ingest holds
    int answers = 0;
    const auto finished = [](const std::exception_ptr& fault) { EXPECT_FALSE(fault); };
    boost::asio::co_spawn(waker->context(), await_value(&dropped, std::nullopt, &answers),
                          finished);
    boost::asio::co_spawn(waker->context(), await_value(&before, 7, &answers), finished);
    boost::asio::co_spawn(waker->context(), await_value(&later, 8, &answers), finished);
    waker->context().poll();
    EXPECT_EQ(answers, 2);
    {
      const WakeScope scope;
      as_function(8);
      as_function(9);  // the first one counts
      waker->context().restart();
      EXPECT_EQ(waker->context().poll(), 0U);  // only collected
    }
    waker->context().restart();
    waker->context().poll();
    EXPECT_EQ(answers, 3);
    completion(10);
  }
  Waker::set_for_this_thread(nullptr);
}

TEST(Stop, ClosesIdleConnectionsAndFinishesRequestsUnderWay) {
  TestServer server;
  RawConnection idle(server.port());
  idle.send(get("/hello"));
  EXPECT_EQ(status_of(idle.read_answer()), 200);
  RawConnection half(server.port());
  half.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of(half.read_until("\r\n\r\n")), 100);
  RawConnection busy(server.port());
  busy.send(get("/slow"));
  server.await_at_gate(1);
  std::thread stopping([&] { server.server->stop(); });
  EXPECT_EQ(idle.read_all(), "");
  half.send("abcd");
  EXPECT_THAT(half.read_all(), testing::AllOf(HasSubstr("Connection: close"), HasSubstr("abcd")));
  server.open_gate();
  EXPECT_THAT(busy.read_all(), HasSubstr("at last"));
  stopping.join();
  EXPECT_EQ(server.server->connections(), 0U);
}

TEST(Stop, CutsWhatWillNotEnd) {
  ServerOptions options;
  options.limits.stop_max = std::chrono::milliseconds(30);
  TestServer server(options);
  RawConnection waiting(server.port());
  waiting.send(get("/later"));
  RawConnection working(server.port());
  working.send(get("/slow"));
  server.await_at_gate(1);
  RawConnection half(server.port());
  half.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n");
  server.server->stop();
  EXPECT_EQ(waiting.read_all(), "");
  EXPECT_EQ(working.read_all(), "");
  EXPECT_EQ(half.read_all(), "");
  EXPECT_EQ(server.server->connections(), 0U);
}

/// Each client knows how many of its requests were answered; the server knows how many it handled.
TEST(Stop, UnderLoadLosesNoAnswer) {
  TestServer server;
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      RawConnection raw(server.port());
      const std::string request = "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
      for (;;) {
        if (!raw.send(request)) return;
        const std::string answer = raw.read_answer();
        if (answer.empty()) return;  // closed before it was read: it was not handled either
        EXPECT_TRUE(answer.ends_with("abc")) << answer;
        answered += 1;
      }
    });
  }
  while (answered < 500) std::this_thread::yield();
  server.server->stop();
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(answered, server.handled);
}

TEST(Start, SaysWhyItCannotListen) {
  const TestServer first;
  Observer nobody;
  const auto second = Server::start(
      {.port = first.port()}, {.router = *first.router, .clock = first.clock, .observer = nobody});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), base::ErrorCode::Unavailable);
  EXPECT_THAT(second.error().message(), HasSubstr("in use"));
}

TEST(Clients, KeepTheirConnectionAndConnectAgain) {
  auto server = std::make_unique<TestServer>();
  Client client = server->client();
  for (int i = 0; i < 3; ++i) {
    const auto answer = client.get("/things/" + std::to_string(i));
    ASSERT_TRUE(answer) << answer.error().message();
    EXPECT_EQ(answer->body, std::to_string(i));
  }
  EXPECT_EQ(server->server->connections(), 1U);
  const auto head = client.request({.method = Method::Head, .target = "/things/abc"});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->header("content-length"), "3");
  server.reset();
  const auto gone = client.get("/hello");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code(), base::ErrorCode::Unavailable);
}

TEST(Clients, ASilentServerTimesOut) {
  TestServer server;
  Client client({.port = server.port(), .answer_max = std::chrono::milliseconds(30)});
  const auto late = client.get("/slow");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code(), base::ErrorCode::TimedOut);
  const auto next = client.get("/hello");
  EXPECT_TRUE(next);
}

TEST(Urls, AreReadOrRefused) {
  const auto full = parse_url("http://[::1]:8080/base/");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->host, "::1");
  EXPECT_EQ(full->port, 8080);
  EXPECT_EQ(full->base, "/base");
  EXPECT_EQ(parse_url("localhost")->port, 80);
  for (const char* bad :
       {"https://a", "http://", "http://a:", "http://a:0", "http://a:99999", ""}) {
    EXPECT_FALSE(parse_url(bad)) << bad;
  }
}

}  // namespace
}  // namespace tidemark::http::network
