// kill -9 in a loop under load: every acknowledged event is there, once, whatever was under way.
// Segments, snapshots and journal files are small here, so that archiving, merging, recycling and
// snapshots go on all the time. TIDEMARK_CRASH_KILLS sets how often.

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "support/service_process.hpp"

namespace tidemark {
namespace {

using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

int kills() {
  const char* set = std::getenv("TIDEMARK_CRASH_KILLS");
  return set == nullptr ? 12 : std::atoi(set);
}

constexpr int kWriters = 4;

/// One client that sends batches until the service goes; what it heard is what must be there.
struct Writer {
  int number = 0;
  std::uint64_t next = 0;                   ///< of its ids
  std::vector<std::uint64_t> acknowledged;  ///< heard 202
  std::vector<std::uint64_t> unknown;       ///< sent, and nothing was heard

  std::string event(std::uint64_t id) const {
    return R"({"event_id":")" + std::to_string(number) + "-" + std::to_string(id) +
           R"(","occurred_at":"2025-08-0)" + std::to_string(1 + id % 9) +
           R"(T10:00:00Z","user_id":")" + std::to_string(id % 500) + R"(","event_type":"t)" +
           std::to_string(id % 7) + "\"}\n";
  }

  void run(std::uint16_t port, std::atomic<int>& answers, std::mt19937& random) {
    http::Client client({.port = port});
    for (;;) {
      // What is unknown is sent again: with the same ids that is harmless.
      auto batch = std::exchange(unknown, {});
      const std::uint64_t fresh = random() % 3 == 0 ? 1 : random() % 300;
      for (std::uint64_t i = 0; i < fresh; ++i) batch.push_back(next++);
      std::string body;
      for (const auto id : batch) body += event(id);
      const auto response = client.post("/events", body, "application/x-ndjson");
      if (!response) {
        unknown = std::move(batch);
        return;
      }
      if (response->status == 202) {
        acknowledged.insert(acknowledged.end(), batch.begin(), batch.end());
        ++answers;
      } else {
        unknown = std::move(batch);
      }
    }
  }
};

/// Every id that the service has, from its export; one that is there twice is a failure.
std::set<std::string> ids_of(http::Client& client) {
  std::set<std::string> ids;
  const auto response = client.get("/export");
  EXPECT_TRUE(response) << response.error().message();
  if (!response) return ids;
  std::string_view rest = response->body;
  constexpr std::string_view kMark = "{\"event_id\":\"";
  while (!rest.empty()) {
    EXPECT_TRUE(rest.starts_with(kMark)) << rest.substr(0, 80);
    rest.remove_prefix(kMark.size());
    EXPECT_TRUE(ids.emplace(rest.substr(0, rest.find('"'))).second)
        << "twice: " << rest.substr(0, 40);
    rest.remove_prefix(std::min(rest.size(), rest.find('\n') + 1));
  }
  return ids;
}

std::string data_of(http::Client& client, const std::string& target) {
  const auto response = client.get(target);
  EXPECT_TRUE(response && response->status == 200) << target;
  if (!response || response->status != 200) return {};
  return response->body.substr(0, response->body.find("\"meta\""));
}

TEST(Kill, WhatWasAcknowledgedIsThereOnceAndEnginesAgree) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << ", " << kills() << " kills\n";
  std::mt19937 random(seed);
  const TemporaryFolder folder;
  const std::vector<std::string> flags = {
      "--archive-events", "3000", "--snapshot-events", "5000", "--journal-segment-bytes", "1MiB"};
  std::vector<Writer> writers(kWriters);
  for (int i = 0; i < kWriters; ++i) writers[static_cast<std::size_t>(i)].number = i;

  for (int round = 0; round < kills(); ++round) {
    ServiceProcess service(folder.path(), flags);
    ASSERT_FALSE(service.url().empty()) << "round " << round;
    std::atomic<int> answers{0};
    std::atomic<int> running{kWriters};
    std::vector<std::thread> threads;
    for (auto& writer : writers) {
      threads.emplace_back([&, own = std::mt19937(random())]() mutable {
        writer.run(service.port(), answers, own);
        --running;
      });
    }
    const int wanted = 1 + static_cast<int>(random() % 60);
    while (answers < wanted && running > 0) std::this_thread::yield();
    const bool ended_by_itself = running == 0;
    service.kill();
    for (auto& thread : threads) thread.join();
    ASSERT_FALSE(ended_by_itself) << "the service ended before it was killed, round " << round;
  }

  ServiceProcess service(folder.path(), flags);
  ASSERT_FALSE(service.url().empty());
  auto client = service.client();
  const auto there = ids_of(client);
  std::size_t acknowledged = 0;
  std::size_t unknown = 0;
  for (const auto& writer : writers) {
    for (const auto id : writer.acknowledged) {
      EXPECT_TRUE(there.contains(std::to_string(writer.number) + "-" + std::to_string(id)))
          << "lost: " << writer.number << "-" << id;
    }
    acknowledged += writer.acknowledged.size();
    unknown += writer.unknown.size();
  }
  EXPECT_GE(there.size(), acknowledged);
  EXPECT_LE(there.size(), acknowledged + unknown);
  for (const std::string question :
       {"/stats/dau?from=2025-08-01&to=2025-08-09",
        "/stats/top-events?from=2025-08-01&to=2025-08-09",
        "/stats/retention?start_date=2025-08-01&windows=8&cohorts=9"}) {
    EXPECT_EQ(data_of(client, question + "&engine=rollup"),
              data_of(client, question + "&engine=columnar"));
  }
  std::cout << acknowledged << " acknowledged, " << unknown << " unknown, " << there.size()
            << " there\n";
}

}  // namespace
}  // namespace tidemark
