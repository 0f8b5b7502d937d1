// A service that is told to end: who asks it hears so before the port closes, what was begun is
// answered, and who cannot wait says so once more.

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

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

std::string event_of(int client, int number) {
  return R"({"event_id":")" + std::to_string(client) + "-" + std::to_string(number) +
         R"(","occurred_at":"2025-08-01T10:00:00Z","user_id":"u","event_type":"t"})";
}

bool says_close(const RawAnswer& answer) { return answer.header("Connection") == "close"; }

/// What one client met from its start until nothing answered any more.
struct Met {
  std::atomic<int> answered{0};
  int refused_without_notice = 0;
  bool was_told = false;
};

/// Posts on a connection for as long as it is kept, then on another one.
void post_until_refused(std::uint16_t port, int client, Met& met) {
  for (;;) {
    RawConnection connection(port);
    for (bool kept = true; kept;) {
      connection.send(bytes_of({.body = event_of(client, met.answered)}));
      const auto answer = connection.read_answer();
      if (answer.status != 202) {
        if (!met.was_told) ++met.refused_without_notice;
        return;
      }
      ++met.answered;
      kept = !says_close(answer);
      met.was_told = !kept;
    }
  }
}

TEST(Stopping, NoClientIsRefusedThatWasNotAskedToLeaveBefore) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path() / "data", {"--drain-seconds", "2"});
  ASSERT_FALSE(service.url().empty());
  std::vector<Met> met(8);
  std::vector<std::jthread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&, i] { post_until_refused(service.port(), i, met[i]); });
  }
  for (const auto& one : met) {
    while (one.answered < 20) std::this_thread::yield();
  }
  service.signal(SIGTERM);
  auto ready = ask(service.port(), bytes_of("GET", "/readyz"));
  while (ready.status == 200) ready = ask(service.port(), bytes_of("GET", "/readyz"));
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("stopping"), std::string::npos) << ready.body;
  const auto still = ask(service.port(), bytes_of({.body = event_of(9, 1)}));
  EXPECT_EQ(still.status, 202) << "everything is served still";
  EXPECT_TRUE(says_close(still)) << still.head;
  EXPECT_EQ(ask(service.port(), bytes_of("GET", "/healthz")).status, 200);
  EXPECT_EQ(service.wait(), 0);
  for (auto& client : clients) client.join();
  for (const auto& one : met) {
    EXPECT_EQ(one.refused_without_notice, 0);
    EXPECT_TRUE(one.was_told);
  }
}

TEST(Stopping, ASecondSignalEndsItAtOnceAndInOrder) {
  const TemporaryFolder folder;
  for (const int second : {SIGTERM, SIGINT}) {
    ServiceProcess service(folder.path() / "data", {"--drain-seconds", "3600"});
    ASSERT_FALSE(service.url().empty());
    service.signal(SIGTERM);
    while (ask(service.port(), bytes_of("GET", "/readyz")).status == 200) std::this_thread::yield();
    service.signal(second);
    EXPECT_EQ(service.wait(), 0);
  }
}

TEST(Stopping, AtATerminalItEndsAtOnce) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path() / "data", {"--drain-seconds", "3600"});
  ASSERT_FALSE(service.url().empty());
  service.signal(SIGINT);
  EXPECT_EQ(service.wait(), 0);
}

TEST(Stopping, ALiveStreamIsToldWhenToComeBackAndEndsWhole) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path() / "data");
  ASSERT_FALSE(service.url().empty());
  RawConnection live(service.port());
  live.send(bytes_of("GET", "/events/live"));
  EXPECT_EQ(live.read_answer(true).status, 200);
  ASSERT_TRUE(live.read_chunk());  // the opening
  service.signal(SIGTERM);
  std::string rest;
  for (auto chunk = live.read_chunk();; chunk = live.read_chunk()) {
    ASSERT_TRUE(chunk) << "it was cut off behind: " << rest;
    if (chunk->empty()) break;
    rest += *chunk;
  }
  EXPECT_NE(rest.find("retry: "), std::string::npos) << rest;
  EXPECT_EQ(service.wait(), 0);
}

TEST(Stopping, ATerminalThatClosesEndsNothing) {
  const TemporaryFolder folder;
  const auto log = folder.path() / "log";
  ServiceProcess service(folder.path() / "data", {"--drain-seconds", "0"}, log);
  ASSERT_FALSE(service.url().empty());
  service.signal(SIGHUP);
  service.signal(SIGHUP);
  service.signal(SIGPIPE);
  EXPECT_EQ(ask(service.port(), bytes_of({.body = event_of(1, 1)})).status, 202);
  EXPECT_EQ(service.stop(), 0);
  const auto told = testing_support::run_command({"grep", "-c", "SIGHUP is ignored", log});
  EXPECT_NE(told.out, "0\n");
}

/// Where it is, is nobody's result: the exit code is that of the service.
TEST(Stopping, WithoutStandardOutputItServesAndEndsWell) {
  const TemporaryFolder folder;
  const auto lock = folder.path() / "data/LOCK";
  const std::string script = testing_support::program_path() +
                             " serve --port 0 --drain-seconds 0 --data-dir " +
                             (folder.path() / "data").string() +
                             " >&- & service=$!\n"
                             "until grep -qs http: " +
                             lock.string() +
                             "; do :; done\n"
                             "kill -TERM $service; wait $service; echo $?";
  const auto done = testing_support::run_command({"sh", "-c", script});
  EXPECT_EQ(done.out, "0\n") << done.err;
}

/// The next file that is opened must not become the log.
TEST(Stopping, WithoutStandardStreamsItServesAndLogsIntoNoFileOfOurs) {
  const TemporaryFolder folder;
  const auto data = (folder.path() / "data").string();
  const std::string script = testing_support::program_path() +
                             " serve --port 0 --drain-seconds 0 --data-dir " + data +
                             " 2>&- <&- >out & service=$!\n"
                             "until grep -q listens out; do :; done\n"
                             "kill -TERM $service; wait $service; echo $?";
  const auto done =
      testing_support::run_command({"sh", "-c", "cd " + folder.path().string() + "; " + script});
  EXPECT_EQ(done.out, "0\n") << done.err;
  EXPECT_EQ(testing_support::run_program({"verify", "--data-dir", data}).code, 0);
}

}  // namespace
}  // namespace tidemark
