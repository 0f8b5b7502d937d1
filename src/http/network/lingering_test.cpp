// Clients that write all of their body before they read: they come to read their refusal, and what
// they send meanwhile holds no memory and has its bounds.

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/network/server_test_support.hpp"

namespace tidemark::http::network {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::size_t kMiB = 1 << 20;

std::string head_of(const std::string& line, const std::string& fields) {
  return line + " HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n";
}

std::string sized(std::size_t bytes) { return "Content-Length: " + std::to_string(bytes) + "\r\n"; }

ServerOptions options() {
  ServerOptions options;
  options.limits.body_bytes_max = 60'000;
  return options;
}

/// What the server answers to somebody who reads only when all was written; empty where writing
/// was cut.
std::string written_first(const TestServer& server, const std::string& head, std::size_t bytes) {
  RawConnection raw(server.port());
  const std::string piece(kMiB, 'a');
  if (!raw.send(head)) return {};
  for (std::size_t sent = 0; sent < bytes; sent += piece.size()) {
    if (!raw.send(std::string_view(piece).substr(0, bytes - sent))) return {};
  }
  return raw.read_all();
}

TEST(Lingering, WhoWritesAllOfTheBodyFirstReadsTheRefusal) {
  const TestServer server(options());
  for (const std::size_t bytes : {2 * kMiB, 20 * kMiB, 65 * kMiB + 3}) {
    const std::string length = sized(bytes);
    const struct {
      std::string head;
      int status;
    } cases[] = {
        {head_of("POST /echo", length), 413},
        {head_of("POST /echo", "Content-Type: image/png\r\n" + length), 415},
        {head_of("POST /echo", "Content-Encoding: br\r\n" + length), 415},
        {head_of("POST /nowhere", length), 404},
        {head_of("PUT /echo", length), 405},
        {head_of("POST /echo", "Expect: tea\r\n" + length), 417},
        {head_of("POST /echo", "Transfer-Encoding: gzip\r\n"), 501},
        {head_of("POST /echo", "Host: y\r\n" + length), 400},
        {head_of("POST /echo", "Transfer-Encoding: chunked\r\n") + "4000000\r\n", 413},
        {"NONSENSE\r\n\r\n", 400},
    };
    for (const auto& [head, status] : cases) {
      const std::string answer = written_first(server, head, bytes);
      EXPECT_EQ(status_of(answer), status) << bytes << " bytes behind " << head << answer;
      EXPECT_THAT(answer, HasSubstr("Connection: close\r\n")) << head;
    }
  }
}

TEST(Lingering, WhoExpectsToBeAskedHearsTheRefusalInsteadAndMayStillSend) {
  const TestServer server(options());
  RawConnection raw(server.port());
  raw.send(head_of("POST /echo", "Expect: 100-continue\r\n" + sized(20 * kMiB)));
  EXPECT_EQ(status_of(raw.read_answer()), 413);  // nothing was sent yet
  EXPECT_TRUE(raw.send(std::string(20 * kMiB, 'a')));
  EXPECT_EQ(raw.read_all(), "");
}

TEST(Lingering, DroppedBytesHaveABound) {
  ServerOptions small = options();
  small.limits.linger_bytes_max = kMiB;
  const TestServer server(small);
  RawConnection raw(server.port());
  raw.send(head_of("POST /echo", sized(1'000 * kMiB)));
  const std::string piece(kMiB, 'a');
  int sent = 0;
  while (sent < 1'000 && raw.send(piece)) ++sent;
  EXPECT_LT(sent, 200) << "it was read on without end";
}

TEST(Lingering, APauseHasABoundAndSoHasAllOfIt) {
  ServerOptions brief = options();
  brief.limits.linger_pause_max = std::chrono::milliseconds(20);
  const TestServer server(brief);
  RawConnection silent(server.port());
  silent.send(head_of("POST /echo", sized(20 * kMiB)) + "abc");
  EXPECT_EQ(status_of(silent.read_answer()), 413);
  while (server.server->connections() > 0) std::this_thread::yield();

  ServerOptions hurried = options();
  hurried.limits.linger_max = std::chrono::milliseconds(60);
  const TestServer other(hurried);
  RawConnection busy(other.port());
  busy.send(head_of("POST /echo", sized(1ULL << 40U)));
  while (busy.send("a")) std::this_thread::yield();  // never a pause
  EXPECT_EQ(other.server->connections(), 0U);
}

TEST(Lingering, BeyondSoManyTheOthersHaveASecond) {
  ServerOptions crowded = options();
  crowded.limits.lingering_max = 1;
  const TestServer server(crowded);
  RawConnection first(server.port());
  first.send(head_of("POST /echo", sized(20 * kMiB)) + "abc");
  EXPECT_EQ(status_of(first.read_answer()), 413);
  while (server.server->lingering() == 0) std::this_thread::yield();
  RawConnection second(server.port());
  second.send(head_of("POST /echo", sized(20 * kMiB)) + "abcd");
  EXPECT_EQ(status_of(second.read_all()), 413);  // closed after that second
  while (server.server->connections() > 1) std::this_thread::yield();
  EXPECT_THAT(server.witness.lines(), Contains(StartsWith("dropped 4, crowded")));
  EXPECT_EQ(server.server->lingering(), 1U);
}

TEST(Lingering, HoldsNothingOfWhatWasRead) {
  ServerOptions few = options();
  few.limits.bodies_bytes_max = 100'000;
  const TestServer server(few);
  RawConnection first(server.port());
  // All that a body may have, and one byte more: it was held until then.
  first.send(head_of("POST /echo", "Transfer-Encoding: chunked\r\n") + "ea60\r\n" +
             std::string(60'000, 'a') + "\r\n1\r\nb");
  EXPECT_EQ(status_of(first.read_answer()), 413);
  while (server.server->lingering() == 0) std::this_thread::yield();
  EXPECT_EQ(status_of(server.ask(head_of("POST /echo", sized(60'000)) + std::string(60'000, 'a'))),
            200);
}

}  // namespace
}  // namespace tidemark::http::network
