// Events of every length that is allowed, one length after the other and mixed: each is taken,
// archived and given back, and the process stays within its memory.

#include <chrono>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "support/service_process.hpp"

namespace tidemark {
namespace {

using testing_support::run_program;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr std::size_t kBodyBytes = 8 * kMiB;
constexpr std::uint64_t kArchiveBytes = 96 * kMiB;
constexpr std::uint64_t kArchiveEvents = 100'000;
/// The tail, what waits for it and the pieces that are kept of it, twice DuckDB's 256 MiB, and
/// room.
constexpr std::uint64_t kMemoryMax = 1'024 * kMiB;

/// Event i has always the same text, so that what comes back can be compared.
class Events {
 public:
  explicit Events(std::uint32_t seed) : random_(seed) {
    noise_.resize(8 * kMiB);
    for (auto& letter : noise_) {
      do letter = static_cast<char>(' ' + random_() % 90);
      while (letter == '"' || letter == '\\');
    }
  }

  std::size_t add(std::size_t bytes) {
    starts_.push_back(random_() % (noise_.size() - bytes));
    bytes_.push_back(bytes);
    return starts_.size() - 1;
  }
  /// Of every length at random, the long ones less often.
  std::size_t add_any() { return add(std::size_t{50} << (random_() % 11)); }

  [[nodiscard]] std::string line(std::size_t i) const {
    const auto day = std::to_string(10 + i % 20);
    return R"({"event_id":"e)" + std::to_string(i) + R"(","occurred_at":"2025-08-)" + day +
           R"(T10:00:00Z","user_id":"u)" + std::to_string(i % 1'000) +
           R"(","event_type":"t","properties":)" + properties(i) + "}\n";
  }
  [[nodiscard]] std::string properties(std::size_t i) const {
    return R"({"n":)" + std::to_string(i % 7) + R"(,"filling":")" +
           noise_.substr(starts_[i], bytes_[i]) + "\"}";
  }
  [[nodiscard]] std::size_t size() const { return starts_.size(); }

 private:
  std::mt19937_64 random_;
  std::string noise_;
  std::vector<std::size_t> starts_;
  std::vector<std::size_t> bytes_;
};

struct LongEvents : testing::Test {
  std::uint32_t seed = std::random_device{}();
  Events events{seed};
  TemporaryFolder folder;
  std::size_t sent = 0;

  void SetUp() override { RecordProperty("seed", static_cast<int>(seed)); }

  /// What was added and not sent yet; a batch that is refused is sent again.
  void send(http::Client& client) {
    while (sent < events.size()) {
      std::string body;
      std::size_t end = sent;
      while (end < events.size() && end - sent < 10'000 && body.size() < kBodyBytes) {
        body += events.line(end++);
      }
      const auto answer = client.post("/events", body, "application/x-ndjson");
      ASSERT_TRUE(answer) << answer.error().message();
      if (answer->status == 503) continue;
      ASSERT_EQ(answer->status, 202) << answer->body;
      sent = end;
    }
  }

  static double figure(http::Client& client, const std::string& name) {
    const auto answer = client.get("/metrics");
    EXPECT_TRUE(answer);
    if (!answer) return -1;
    const auto at = answer->body.find("\n" + name + " ");
    EXPECT_NE(at, std::string::npos) << name;
    return std::stod(answer->body.substr(at + name.size() + 2));
  }

  /// Until nothing is due to be archived.
  static void wait_for_archive(http::Client& client) {
    while (figure(client, "tidemark_tail_bytes") >= kArchiveBytes ||
           figure(client, "tidemark_archive_lag_events") >= kArchiveEvents) {
      ASSERT_EQ(figure(client, "tidemark_archive_failures_total"), 0);
    }
  }

  void expect_export(http::Client& client) const {
    std::size_t next = 0;
    std::string rest;
    const auto read = client.request(
        {.target = "/export?format=ndjson", .sink = [&](std::string_view piece) -> base::Status {
           rest += piece;
           std::size_t begin = 0;
           for (auto end = rest.find('\n'); end != std::string::npos;
                end = rest.find('\n', begin)) {
             const std::string_view line(rest.data() + begin, end - begin);
             EXPECT_NE(line.find("\"event_id\":\"e" + std::to_string(next) + '"'), line.npos);
             EXPECT_NE(line.find(events.properties(next)), line.npos) << next << " seed " << seed;
             ++next;
             begin = end + 1;
           }
           rest.erase(0, begin);
           return base::ok;
         }});
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(next, events.size()) << "seed " << seed;
  }

  void expect_figures(http::Client& client) const {
    for (const std::string condition : {"", "&segment=properties.n%20%3E=%200"}) {
      const auto answer =
          client.get("/stats/top-events?from=2025-08-01&to=2025-08-31&engine=columnar" + condition);
      ASSERT_TRUE(answer);
      ASSERT_EQ(answer->status, 200) << answer->body;
      EXPECT_EQ(
          boost::json::parse(answer->body).at("data").at(0).at("count").to_number<std::size_t>(),
          events.size());
    }
    for (const std::string order : {"asc", "desc"}) {
      expect_pages(client, "/events?limit=500&order=" + order, 3);
    }
  }

  /// A page has as many events as were asked for, or ends after some 4 MiB of them.
  static void expect_pages(http::Client& client, const std::string& target, int count) {
    std::string cursor;
    for (int i = 0; i < count; ++i) {
      const auto page = client.get(target + cursor);
      ASSERT_TRUE(page);
      ASSERT_EQ(page->status, 200) << page->body;
      const auto body = boost::json::parse(page->body);
      if (page->body.size() < 4 * kMiB) {
        EXPECT_EQ(body.at("data").as_array().size(), 500U);
      }
      EXPECT_LT(page->body.size(), 5 * kMiB);
      ASSERT_TRUE(body.at("next_cursor").is_string());
      cursor = "&cursor=" + std::string(body.at("next_cursor").as_string());
    }
  }
};

std::uint64_t memory_peak(const ServiceProcess& service) {
  std::ifstream status("/proc/" + std::to_string(service.process_id()) + "/status");
  for (std::string word; status >> word;) {
    std::uint64_t kilobytes = 0;
    if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1'024;
  }
  return ~std::uint64_t{0};
}

TEST_F(LongEvents, OfEveryLengthAreArchivedAndComeBackWithinTheMemory) {
  const std::vector<std::string> flags = {
      "--archive-bytes",       std::to_string(kArchiveBytes),
      "--archive-events",      std::to_string(kArchiveEvents),
      "--tail-bytes-max",      std::to_string(2 * kArchiveBytes),
      "--columnar-memory-max", std::to_string(128 * kMiB)};
  {
    ServiceProcess service(folder.path(), flags);
    ASSERT_FALSE(service.url().empty());
    http::Client client({.port = service.port(), .answer_max = std::chrono::minutes(4)});
    struct Length {
      std::size_t bytes;
      std::size_t count;
    };
    // The second has more than 40,960 events, which once were one row group, whatever their bytes.
    for (const auto& [bytes, count] :
         {Length{100, 20'000}, Length{1'700, 45'000}, Length{4'000, 6'000}, Length{16'000, 2'000},
          Length{65'000, 500}}) {
      for (std::size_t i = 0; i < count; ++i) events.add(bytes);
      send(client);
      wait_for_archive(client);
    }
    for (int i = 0; i < 6'000; ++i) events.add_any();
    send(client);
    wait_for_archive(client);
    EXPECT_GT(static_cast<double>(sent) - figure(client, "tidemark_archive_lag_events"), 40'000)
        << "nothing was due";
    expect_figures(client);
    expect_export(client);
    const auto peak = memory_peak(service);
    std::cout << "peak of the process: " << peak / kMiB << " MiB\n";
    EXPECT_LT(peak, kMemoryMax);
    EXPECT_EQ(service.stop(), 0);
  }
  const auto verified = run_program({"verify", "--data-dir", folder.path()});
  EXPECT_EQ(verified.code, 0) << verified.err;
  const auto rebuilt = run_program({"rebuild", "--data-dir", folder.path()});
  EXPECT_EQ(rebuilt.code, 0) << rebuilt.err;
}

/// What a container of half a gigabyte leaves to the bounds: each is set from this one number.
constexpr std::uint64_t kSmallMemory = 384 * kMiB;

TEST_F(LongEvents, AreTakenAndAskedAboutWithinASmallMemoryMax) {
  const std::vector<std::string> flags = {"--memory-max", std::to_string(kSmallMemory)};
  for (int start = 0; start < 2; ++start) {
    ServiceProcess service(folder.path(), flags);
    ASSERT_FALSE(service.url().empty());
    http::Client client({.port = service.port(), .answer_max = std::chrono::minutes(4)});
    for (int i = 0; i < 60'000; ++i) events.add(100);
    for (int i = 0; i < 10'000; ++i) events.add(1'700);
    for (int i = 0; i < 500; ++i) events.add(65'000);
    for (int i = 0; i < 5'000; ++i) events.add_any();
    send(client);
    expect_figures(client);
    expect_export(client);
    const auto peak = memory_peak(service);
    std::cout << "peak of the process: " << peak / kMiB << " MiB\n";
    EXPECT_LT(peak, kSmallMemory) << "seed " << seed;
    EXPECT_EQ(service.stop(), 0);
  }
}

}  // namespace
}  // namespace tidemark
