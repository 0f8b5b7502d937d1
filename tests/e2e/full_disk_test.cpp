// A disk that is full, and the real program on it: refused with 503, nothing acknowledged is lost,
// and it goes on by itself once there is room. The disk is a tmpfs of 32 MiB, which only root may
// mount; elsewhere the same is tried with the setting that keeps room free, so that this never
// skips.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "support/service_process.hpp"
#include "support/small_disk.hpp"

namespace tidemark {
namespace {

using testing_support::ServiceProcess;
using testing_support::SmallDisk;
namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr std::size_t kBatch = 2'000;

/// Posts batches, the refused one again and again.
class Sender {
 public:
  explicit Sender(std::uint16_t port) : client_({.port = port}) {}

  http::ClientResponse post() {
    std::string body;
    for (std::uint64_t i = accepted; i < accepted + kBatch; ++i) {
      body += R"({"event_id":"e)" + std::to_string(i) +
              R"(","occurred_at":"2025-08-01T10:00:00Z",)" + R"("user_id":"u)" +
              std::to_string(i % 100) + R"(","event_type":"x","properties":)" + R"({"filling":")" +
              std::string(100, 'f') + "\"}}\n";
    }
    const auto response = client_.post("/events", body, "application/x-ndjson");
    EXPECT_TRUE(response) << response.error().message();
    if (!response) return {};
    if (response->status == 202) accepted += kBatch;
    return *response;
  }
  http::ClientResponse get(const std::string& target) {
    const auto response = client_.get(target);
    EXPECT_TRUE(response) << target << ": " << response.error().message();
    return response ? *response : http::ClientResponse{};
  }
  /// Every engine counts what was acknowledged, and nothing else.
  void expect_all_is_there() {
    for (const std::string engine : {"rollup", "columnar"}) {
      const auto response = get("/stats/top-events?from=2025-08-01&to=2025-08-01&engine=" + engine);
      ASSERT_EQ(response.status, 200) << response.body;
      const auto answer = boost::json::parse(response.body);
      ASSERT_EQ(answer.at("data").as_array().size(), 1U);
      EXPECT_EQ(answer.at("data").at(0).at("count").to_number<std::uint64_t>(), accepted);
    }
  }

  std::uint64_t accepted = 0;

 private:
  http::Client client_;
};

void expect_refused_in_words(const http::ClientResponse& response) {
  EXPECT_EQ(response.status, 503) << response.body;
  EXPECT_TRUE(response.header("Retry-After"));
  EXPECT_EQ(response.header("Content-Type"), "application/problem+json");
}

std::vector<std::string> flags(std::uint64_t free_bytes_min) {
  return {"--journal-segment-bytes", "1MiB", "--disk-free-bytes-min",
          std::to_string(free_bytes_min)};
}

TEST(FullDisk, NothingAcknowledgedIsLostAndItGoesOnByItself) {
  const SmallDisk disk(32);
  if (!disk.is_small()) {
    std::cout << "no small disk can be mounted here: tried by the setting alone\n";
    ServiceProcess service(disk.path() / "data", flags(std::uint64_t{1} << 40U));
    ASSERT_FALSE(service.url().empty());
    Sender sender(service.port());
    expect_refused_in_words(sender.post());
    EXPECT_EQ(sender.get("/readyz").status, 503);
    return;
  }
  std::uint64_t accepted = 0;
  {
    ServiceProcess service(disk.path() / "data", flags(0));
    ASSERT_FALSE(service.url().empty());
    Sender sender(service.port());
    ASSERT_EQ(sender.post().status, 202);
    disk.leave(3 * kMiB);
    http::ClientResponse last;
    for (int i = 0; i < 200; ++i) {
      last = sender.post();
      if (last.status != 202) break;
    }
    expect_refused_in_words(last);
    for (int i = 0; i < 5; ++i) expect_refused_in_words(sender.post());
    sender.expect_all_is_there();

    disk.give_room();
    // The next segment is tried anew with each batch, so the first one is taken.
    EXPECT_EQ(sender.post().status, 202);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(sender.post().status, 202);
    EXPECT_EQ(sender.get("/readyz").status, 200);
    sender.expect_all_is_there();
    accepted = sender.accepted;
    service.kill();
  }
  ServiceProcess service(disk.path() / "data", flags(0));
  ASSERT_FALSE(service.url().empty());
  Sender sender(service.port());
  sender.accepted = accepted;
  sender.expect_all_is_there();
  EXPECT_EQ(service.stop(), 0);
}

void expect_names_the_disk(const http::ClientResponse& response) {
  EXPECT_EQ(response.status, 503) << response.body;
  EXPECT_NE(response.body.find("the disk "), std::string::npos) << response.body;
  EXPECT_EQ(response.body.find("/data"), std::string::npos) << "a path: " << response.body;
}

// The room that is kept free must not go to the journal, start after start.
TEST(FullDisk, HoweverOftenItStartsOnAFullDiskItAnswersAndSaysWhatIsMissing) {
  const SmallDisk disk(32);
  if (!disk.is_small()) {
    std::cout << "no small disk can be mounted here: WindowsTest.OnAFullDisk… tries it alone\n";
    return;
  }
  const auto data = disk.path() / "data";
  std::uint64_t accepted = 0;
  for (int start = 0; start < 5; ++start) {
    SCOPED_TRACE("start " + std::to_string(start));
    ServiceProcess service(data, flags(4 * kMiB));
    ASSERT_FALSE(service.url().empty());
    Sender sender(service.port());
    sender.accepted = accepted;
    for (int i = 0; i < 500 && sender.post().status == 202; ++i) continue;
    accepted = sender.accepted;
    expect_refused_in_words(sender.post());
    expect_names_the_disk(sender.post());
    expect_names_the_disk(sender.get("/readyz"));
    const auto left = fs::space(disk.path()).available;
    EXPECT_TRUE(start == 2 || left >= 4 * kMiB) << left << " bytes are left, 4 MiB were to stay";
    sender.expect_all_is_there();
    if (start % 2 == 0) {
      service.kill();
    } else {
      EXPECT_EQ(service.stop(), 0);
    }
    const auto exported =
        testing_support::run_program({"export", "--data-dir", data, "--journal-segment-bytes",
                                      "1MiB", "--format", "ndjson", "-o", "/dev/null"});
    EXPECT_EQ(exported.code, 0) << exported.err;
    if (start == 1) disk.leave(0);  // others take even what was kept free
    if (start == 2) disk.give_room();
  }
}

TEST(FullDisk, BeforeItIsFullEventsAreRefusedAndReadinessSaysWhy) {
  const SmallDisk disk(32);
  const std::uint64_t minimum = disk.is_small() ? 8 * kMiB : std::uint64_t{1} << 40U;
  ServiceProcess service(disk.path() / "data", flags(minimum));
  ASSERT_FALSE(service.url().empty());
  Sender sender(service.port());
  if (disk.is_small()) {
    ASSERT_EQ(sender.post().status, 202);
    disk.leave(minimum - kMiB);
    while (sender.get("/readyz").status == 200) std::this_thread::yield();
  }
  expect_names_the_disk(sender.post());
  const auto ready = sender.get("/readyz");
  EXPECT_EQ(ready.status, 503);
  EXPECT_NE(ready.body.find("disk is nearly full"), std::string::npos) << ready.body;
  if (!disk.is_small()) return;
  sender.expect_all_is_there();
  disk.give_room();
  while (sender.get("/readyz").status != 200) std::this_thread::yield();
  EXPECT_EQ(sender.post().status, 202);
  sender.expect_all_is_there();
}

}  // namespace
}  // namespace tidemark
