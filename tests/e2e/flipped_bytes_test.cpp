// One byte of a segment that is not the one that was written, at many places, before a start and
// under a running service: no answer, export or figure is wrong without a word; what does not need
// that segment goes on.

#include <algorithm>
#include <iostream>
#include <random>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "support/service_fixture.hpp"

namespace tidemark {
namespace {

using testing_support::run_program;
using testing_support::ServiceProcess;
using testing_support::ServiceTest;
namespace fs = std::filesystem;

constexpr int kEvents = 3'000;  // of each of two days, a segment each

struct FlippedBytes : ServiceTest {
  std::uint32_t seed = std::random_device{}();
  std::mt19937 random{seed};
  fs::path first_day;  // its segment

  void SetUp() override {
    RecordProperty("seed", static_cast<int>(seed));
    std::cout << "seed " << seed << "\n";
    {
      ServiceProcess service(data, {"--archive-events", std::to_string(kEvents)});
      auto client = service.client();
      for (const std::string day : {"1", "2"}) {
        std::string lines;
        for (int i = 0; i < kEvents; ++i) {
          lines += R"({"event_id":"e-)" + day + "-" + std::to_string(i) +
                   R"(","occurred_at":"2025-08-0)" + day + R"(T10:00:00Z","user_id":"u)" +
                   std::to_string(random() % 500) + R"(","event_type":"t","properties":{"n":)" +
                   std::to_string(random()) + "}}\n";
        }
        const auto sent = client.post("/events", lines, "application/x-ndjson");
        ASSERT_TRUE(sent);
        ASSERT_EQ(sent->status, 202) << sent->body;
        while (segments().size() < std::stoul(day)) std::this_thread::yield();
      }
      EXPECT_EQ(service.stop(), 0);
    }
    // Writes a snapshot, with which a start reads no segment again.
    EXPECT_EQ(run_program({"rebuild", "--data-dir", data}).code, 0);
    first_day = segments().front();
  }

  [[nodiscard]] std::vector<fs::path> segments() const { return archived(".parquet"); }

  /// A place in the whole file, the ends not less often than the middle.
  std::uint64_t any_place() {
    const auto bytes = fs::file_size(first_day);
    const auto kind = random() % 4;
    if (kind == 0) return random() % std::min<std::uint64_t>(bytes, 64);
    if (kind == 1) return bytes - 1 - random() % std::min<std::uint64_t>(bytes, 4'000);
    return random() % bytes;
  }

  void flip(std::uint64_t place, int bit) const { ServiceTest::flip(first_day, place, bit); }

  static constexpr const char* kNeedIt[] = {
      "/stats/top-events?from=2025-08-01&to=2025-08-01&engine=columnar",
      "/stats/dau?from=2025-08-01&to=2025-08-02&engine=columnar&segment=properties.n%3E=0",
      "/events?limit=5&order=asc",
      "/export",
      "/events/e-1-77",
  };
  static constexpr const char* kDoNotNeedIt[] = {
      "/stats/top-events?from=2025-08-02&to=2025-08-02&engine=columnar",
      "/stats/dau?from=2025-08-01&to=2025-08-02&engine=rollup",
      "/events?limit=5&from=2025-08-02&order=asc",
      "/events/e-2-77",
      "/healthz",
  };

  void expect_told(const ServiceProcess& service, const std::string& where) const {
    auto client = service.client();
    for (const std::string target : kNeedIt) {
      const auto answer = client.get(target);
      ASSERT_TRUE(answer) << target << where;
      EXPECT_EQ(answer->status, 503) << target << where << answer->body.substr(0, 300);
      EXPECT_NE(answer->body.find("stored_data_damaged"), std::string::npos) << answer->body;
      EXPECT_EQ(answer->body.find(".parquet"), std::string::npos) << "a path is the operator's";
    }
    for (const std::string target : kDoNotNeedIt) {
      const auto answer = client.get(target);
      ASSERT_TRUE(answer) << target << where;
      EXPECT_EQ(answer->status, 200) << target << where << answer->body.substr(0, 300);
    }
    const auto metrics = client.get("/metrics");
    ASSERT_TRUE(metrics);
    EXPECT_NE(metrics->body.find("\ntidemark_archive_damaged_files 1\n"), std::string::npos);
  }
  void expect_well(const ServiceProcess& service) const {
    auto client = service.client();
    for (const std::string target : kNeedIt) {
      const auto answer = client.get(target);
      ASSERT_TRUE(answer) << target;
      EXPECT_EQ(answer->status, 200) << target << answer->body.substr(0, 300) << " seed " << seed;
    }
  }
};

TEST_F(FlippedBytes, BeforeAStartAreToldAndNeverRead) {
  for (int round = 0; round < 20; ++round) {
    const auto place = any_place();
    const int bit = static_cast<int>(random() % 8);
    flip(place, bit);
    {
      const ServiceProcess service(data);
      ASSERT_FALSE(service.url().empty());
      expect_told(service, " byte " + std::to_string(place) + " seed " + std::to_string(seed));
    }
    flip(place, bit);
  }
  const ServiceProcess service(data);
  expect_well(service);
}

TEST_F(FlippedBytes, WithoutASnapshotDoNotKeepTheServiceFromStarting) {
  fs::remove_all(data / "views");
  flip(any_place(), 2);
  {
    const ServiceProcess service(data);
    ASSERT_FALSE(service.url().empty()) << "seed " << seed;
    auto client = service.client();
    for (const std::string target : kNeedIt) {
      const auto answer = client.get(target);
      ASSERT_TRUE(answer) << target;
      EXPECT_EQ(answer->status, 503) << target << answer->body.substr(0, 300);
    }
    for (const std::string day : {"1", "2"}) {
      const auto answer = client.get("/stats/dau?from=2025-08-0" + day + "&to=2025-08-0" + day);
      ASSERT_TRUE(answer);
      EXPECT_EQ(answer->status, day == "1" ? 503 : 200) << answer->body;
    }
    const auto sent = client.post(
        "/events",
        R"({"event_id":"new","occurred_at":"2025-08-02T10:00:00Z","user_id":"u","event_type":"t"})");
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->status, 202) << sent->body;
  }
  const auto rebuilt = run_program({"rebuild", "--data-dir", data});
  EXPECT_EQ(rebuilt.code, 1) << rebuilt.out << rebuilt.err;
}

TEST_F(FlippedBytes, UnderARunningServiceAreToldBeforeAndAfterItReadTheFile) {
  for (int round = 0; round < 20; ++round) {
    // An answer that is given again from memory needs no file, and is right.
    const ServiceProcess service(data, {"--kept-answers-bytes-max", "0"});
    ASSERT_FALSE(service.url().empty());
    for (const bool was_read : {false, true}) {
      if (was_read) expect_well(service);
      const auto place = any_place();
      const int bit = static_cast<int>(random() % 8);
      flip(place, bit);
      expect_told(service, " byte " + std::to_string(place) + " seed " + std::to_string(seed));
      flip(place, bit);
    }
    expect_well(service);
  }
}

TEST_F(FlippedBytes, AreNamedByVerifyWithFileAndBlock) {
  for (int round = 0; round < 5; ++round) {
    const auto place = any_place();
    flip(place, 3);
    const auto verified = run_program({"verify", "--data-dir", data});
    EXPECT_EQ(verified.code, 1) << "byte " << place << " seed " << seed;
    EXPECT_NE(verified.err.find(first_day.filename().string()), std::string::npos) << verified.err;
    EXPECT_NE(verified.err.find("block 1 of 1"), std::string::npos) << verified.err;
    flip(place, 3);
  }
  EXPECT_EQ(run_program({"verify", "--data-dir", data}).code, 0);
}

TEST_F(FlippedBytes, AreFoundWithoutAQuestion) {
  const ServiceProcess service(data, {"--archive-check-seconds", "2"});
  ASSERT_FALSE(service.url().empty());
  flip(any_place(), 5);
  std::string metrics;
  while (metrics.find("\ntidemark_archive_damaged_files 1\n") == std::string::npos) {
    const auto answer = service.client().get("/metrics");
    ASSERT_TRUE(answer);
    metrics = answer->body;
  }
  EXPECT_NE(metrics.find("\ntidemark_archive_oldest_check_seconds "), std::string::npos);
}

}  // namespace
}  // namespace tidemark
