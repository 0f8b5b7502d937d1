// For every reason for which events get 503, /readyz says that they do and why; and that they are
// taken again, as soon as they are.

#include <filesystem>
#include <iostream>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clients/redis/connection.hpp"
#include "e2e/server_profile_fixture.hpp"
#include "support/small_disk.hpp"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::event_text;
using testing_support::ServerProfileTest;
using testing_support::ServiceProcess;
using testing_support::SmallDisk;
using testing_support::TemporaryFolder;
namespace fs = std::filesystem;

/// Who sends events, and who looks whether it may.
class Watched {
 public:
  explicit Watched(const ServiceProcess& service)
      : sender_({.port = service.port()}), watcher_({.port = service.port()}) {}

  /// One event, with so many bytes of properties.
  http::ClientResponse post(std::size_t bytes = 10) {
    ++events_;
    auto event = event_text("e" + std::to_string(events_), events_);
    event.back() = ',';
    event += R"("properties":{"filling":")";
    for (std::size_t i = 0; i < bytes; ++i) event += static_cast<char>('a' + random_() % 26);
    event += "\"}}";
    const auto answer = sender_.post("/events", event, "application/x-ndjson");
    EXPECT_TRUE(answer) << answer.error().message();
    return answer ? *answer : http::ClientResponse{};
  }
  /// Posts until one is refused.
  http::ClientResponse post_until_refused(std::size_t bytes) {
    for (;;) {
      auto answer = post(bytes);
      if (answer.status != 202) return answer;
    }
  }
  http::ClientResponse ready() { return get("/readyz"); }
  http::ClientResponse get(const std::string& target) {
    const auto answer = watcher_.get(target);
    EXPECT_TRUE(answer) << answer.error().message();
    return answer ? *answer : http::ClientResponse{};
  }
  /// Each look says 503 and why, for as long as every event is refused.
  void expect_refusing(const std::string& why, const std::string& also = "\"checks\"") {
    for (int looks = 0; looks < 20; ++looks) {
      const auto refused = post();
      EXPECT_EQ(refused.status, 503) << refused.body;
      EXPECT_TRUE(refused.header("Retry-After"));
      const auto told = ready();
      EXPECT_EQ(told.status, 503) << told.body;
      EXPECT_THAT(told.body, HasSubstr(why));
      EXPECT_THAT(told.body, HasSubstr(also));
    }
  }
  /// Without anybody who sends, it is noticed.
  void wait_until_ready() {
    while (ready().status != 200) std::this_thread::yield();
    EXPECT_EQ(post().status, 202);
    EXPECT_EQ(ready().status, 200);
  }
  std::string metrics() { return watcher_.get("/metrics")->body; }

 private:
  http::Client sender_;
  http::Client watcher_;
  int events_ = 0;
  std::minstd_rand random_{1};  // what is sent is not to become small by compression
};

TEST(Readiness, AnArchiveThatIsBehindIsTold) {
  const TemporaryFolder folder;
  const ServiceProcess service(folder.path() / "data",
                               {"--tail-bytes-max", "1MiB", "--archive-bytes", "1GiB"});
  ASSERT_FALSE(service.url().empty());
  Watched watched(service);
  EXPECT_EQ(watched.ready().status, 200);
  EXPECT_EQ(watched.post_until_refused(60'000).status, 503);
  watched.expect_refusing("the archive has to catch up first", "tail_bytes_max");
  EXPECT_EQ(watched.get("/events/e1").status, 200) << "who reads does not wait for the archive";
  EXPECT_EQ(watched.get("/events/none").status, 404);
}

TEST(Readiness, AnArchiveThatCannotBeWrittenIsToldAndItGoesOnWhenItCan) {
  const SmallDisk disk(64);
  if (!disk.is_small()) {
    std::cout << "no small disk can be mounted here: nothing is full\n";
    return;
  }
  const TemporaryFolder folder;
  const auto archive = folder.path() / "data" / "archive";
  ASSERT_EQ(ServiceProcess(folder.path() / "data").stop(), 0);
  fs::copy(archive, disk.path() / "archive", fs::copy_options::recursive);
  fs::remove_all(archive);
  fs::create_directory_symlink(disk.path() / "archive", archive);
  const ServiceProcess service(
      folder.path() / "data",
      {"--tail-bytes-max", "4MiB", "--archive-bytes", "1MiB", "--disk-free-bytes-min", "0"});
  ASSERT_FALSE(service.url().empty());
  Watched watched(service);
  disk.leave(0);
  EXPECT_EQ(watched.post_until_refused(60'000).status, 503);
  watched.expect_refusing("the archive has to catch up first", "writing a segment");
  EXPECT_THAT(watched.ready().body, Not(HasSubstr(folder.path().string())));
  disk.give_room();
  watched.wait_until_ready();
}

TEST(Readiness, ADiskThatIsNearlyFullIsTold) {
  const TemporaryFolder folder;
  const ServiceProcess service(folder.path() / "data",
                               {"--disk-free-bytes-min", std::to_string(std::uint64_t{1} << 40U)});
  ASSERT_FALSE(service.url().empty());
  Watched watched(service);
  watched.expect_refusing("disk_free_bytes_min");
}

struct ServerReadinessTest : ServerProfileTest {
  void configure(const std::string& setting, const std::string& value) const {
    auto connection =
        clients::redis::Connection::open(*clients::redis::parse_address(redis.url()), {});
    ASSERT_TRUE(connection) << connection.error().message();
    const auto done = connection->command({"CONFIG", "SET", setting, value});
    ASSERT_TRUE(done) << done.error().message();
  }
};

TEST_F(ServerReadinessTest, ARedisThatIsFullIsToldInOurWords) {
  const auto service = serve();
  Watched watched(*service);
  while (watched.ready().status != 200) std::this_thread::yield();
  EXPECT_EQ(watched.post().status, 202);
  configure("maxmemory", "1");
  const auto refused = watched.post();
  EXPECT_EQ(refused.status, 503);
  EXPECT_THAT(refused.body, HasSubstr("the queue's Redis is full"));
  for (const char* foreign : {"OOM", "script", "@user_script", "command not allowed"}) {
    EXPECT_THAT(refused.body, Not(HasSubstr(foreign)));
  }
  watched.expect_refusing("the queue's Redis is full");
  const auto metrics = watched.metrics();
  EXPECT_THAT(metrics, HasSubstr("tidemark_refused_batches_total{bound=\"redis_maxmemory\"} 21"));
  EXPECT_THAT(metrics, HasSubstr("tidemark_refused_batches_total{bound=\"queue_bytes_max\"} 0"));
  configure("maxmemory", "256mb");
  watched.wait_until_ready();
}

TEST_F(ServerReadinessTest, AQueueThatIsFullIsTold) {
  // 64 shards of 16 KiB, of which one event fills one.
  const ServiceProcess service(folder.path() / "full",
                               flags({"--queue-bytes-max", "1MiB", "--queue-shards", "64"}));
  ASSERT_FALSE(service.url().empty());
  Watched watched(service);
  while (watched.ready().status != 200) std::this_thread::yield();
  for (int i = 0; i < 3; ++i) watched.post_until_refused(60'000);
  for (int i = 0; i < 64; ++i) watched.post(60'000);
  watched.expect_refusing("queue_bytes_max");
}

TEST_F(ServerReadinessTest, WhatEveryOtherPartRefusesIsToldUntilAnEventIsTaken) {
  const auto service = serve();
  Watched watched(*service);
  while (watched.ready().status != 200) std::this_thread::yield();
  postgres.stop();  // rejected events cannot be kept; good ones go into the queue
  const auto rejected = service->client().post("/events", "{}", "application/x-ndjson");
  ASSERT_TRUE(rejected) << rejected.error().message();
  EXPECT_EQ(rejected->status, 503) << rejected->body;
  EXPECT_THAT(watched.ready().body, HasSubstr("events were refused with 503 just now"));
  EXPECT_EQ(watched.post().status, 202);
  EXPECT_THAT(watched.ready().body, HasSubstr("\"intake\":\"ok\""));
}

TEST_F(ServerReadinessTest, AQueueThatIsAwayIsTold) {
  const auto service = serve();
  Watched watched(*service);
  while (watched.ready().status != 200) std::this_thread::yield();
  redis.kill();
  EXPECT_EQ(watched.post().status, 503);
  watched.expect_refusing("Redis");
  ASSERT_TRUE(redis.start()) << redis.said();
  watched.wait_until_ready();
}

}  // namespace
}  // namespace tidemark
