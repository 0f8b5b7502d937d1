#pragma once

/// The server profile over a Redis and a PostgreSQL of the test's own.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "support/postgres_server.hpp"
#include "support/redis_server.hpp"
#include "support/service_process.hpp"

namespace tidemark::testing_support {

/// An event of August 2025, of one of 7 users and 3 types.
inline std::string event_text(const std::string& id, int number) {
  const int day = 1 + number % 28;
  return R"({"event_id":")" + id + R"(","occurred_at":"2025-08-)" + (day < 10 ? "0" : "") +
         std::to_string(day) + R"(T10:00:00Z","user_id":"u)" + std::to_string(number % 7) +
         R"(","event_type":"t)" + std::to_string(number % 3) + "\"}";
}

struct ServerProfileTest : testing::Test {
  void SetUp() override {
    ASSERT_TRUE(redis.running()) << redis.said();
    journal = redis.url();
    ledger = postgres.new_database();
    const auto migrated = run_program({"migrate", "up", "--ledger", ledger});
    ASSERT_EQ(migrated.code, 0) << migrated.err;
  }

  [[nodiscard]] std::vector<std::string> flags(std::vector<std::string> more = {}) const {
    std::vector<std::string> all{"--journal", journal, "--ledger", ledger};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  [[nodiscard]] std::unique_ptr<ServiceProcess> serve(const std::string& name = "data") const {
    return std::make_unique<ServiceProcess>(folder.path() / name, flags());
  }
  [[nodiscard]] std::unique_ptr<ServiceProcess> worker() const {
    return std::make_unique<ServiceProcess>(flags({"--worker-claim-seconds", "1"}));
  }

  /// What a sender does: tries again while the service is away, or says that something else is.
  template <typename Ask>
  static auto try_until_answered(const Ask& ask) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    auto answer = ask();
    while ((!answer || answer->status == 503 || answer->status == 504) &&
           std::chrono::steady_clock::now() < until) {
      answer = ask();
    }
    return answer;
  }
  /// The answer to a question, as soon as there is one: after a start the views may be behind.
  static boost::json::value get(ServiceProcess& service, const std::string& target) {
    const auto answer = try_until_answered([&] { return service.client().get(target); });
    EXPECT_TRUE(answer) << answer.error().message();
    if (!answer) return {};
    EXPECT_EQ(answer->status, 200) << target << ": " << answer->body;
    return boost::json::parse(answer->body);
  }
  /// The receipt of a post that was taken.
  static boost::json::value post(ServiceProcess& service, const std::string& events) {
    const auto answer = service.client().post("/events", events, "application/x-ndjson");
    EXPECT_TRUE(answer) << answer.error().message();
    if (!answer) return {};
    EXPECT_EQ(answer->status, 202) << answer->body;
    return boost::json::parse(answer->body);
  }
  static std::string position_of(const boost::json::value& receipt) {
    return std::string(receipt.at("position").as_string());
  }
  /// Every id that is listed, which fails where one is there twice.
  static std::set<std::string> ids(ServiceProcess& service, const std::string& after) {
    std::set<std::string> ids;
    std::string cursor;
    do {
      const auto page = get(service, "/events?limit=1000&after=" + after +
                                         (cursor.empty() ? "" : "&cursor=" + cursor));
      for (const auto& event : page.at("data").as_array()) {
        const std::string id(event.at("event_id").as_string());
        EXPECT_TRUE(ids.insert(id).second) << id << " is there twice";
      }
      const auto& next = page.at("next_cursor");
      cursor = next.is_null() ? "" : std::string(next.as_string());
    } while (!cursor.empty());
    return ids;
  }
  static void expect_engines_to_agree(ServiceProcess& service, const std::string& after) {
    const std::array<std::string, 3> questions{
        std::string("/stats/dau?") + kDays, std::string("/stats/top-events?") + kDays,
        "/stats/retention?start_date=2025-08-01&windows=5&cohorts=5"};
    for (const auto& question : questions) {
      const auto of = [&](const char* engine) {
        return boost::json::serialize(
            get(service, question + "&after=" + after + "&engine=" + engine).at("data"));
      };
      EXPECT_EQ(of("rollup"), of("columnar")) << question;
      EXPECT_EQ(of("rollup"), of("postgres")) << question;
    }
  }

  /// Everything that was acknowledged is there, once, and all engines agree: as soon as a last
  /// event is visible, and what a killed worker held was claimed from it.
  static void expect_all_there(ServiceProcess& service, const std::set<std::string>& acknowledged) {
    const auto last = try_until_answered([&] {
      return service.client().post("/events", event_text("last", 0), "application/x-ndjson");
    });
    ASSERT_TRUE(last) << last.error().message();
    ASSERT_EQ(last->status, 202) << last->body;
    const auto after = position_of(boost::json::parse(last->body));
    std::set<std::string> found;
    const auto until = std::chrono::steady_clock::now() + kPatience;
    do {
      found = ids(service, after);
    } while (!std::ranges::includes(found, acknowledged) &&
             std::chrono::steady_clock::now() < until);
    std::vector<std::string> missing;
    std::ranges::set_difference(acknowledged, found, std::back_inserter(missing));
    EXPECT_TRUE(missing.empty()) << missing.size() << " of " << acknowledged.size()
                                 << " are missing, " << missing.front() << " first";
    expect_engines_to_agree(service, after);
  }

  static constexpr std::chrono::seconds kPatience{60};
  static constexpr const char* kDays = "from=2025-08-01&to=2025-08-28";

  RedisServer redis;
  PostgresServer postgres;
  TemporaryFolder folder;
  std::string journal;  ///< where the processes look for the queue
  std::string ledger;   ///< and for the ledger
};

/// Posts until it is told to stop, as fast as it is answered; remembers what was acknowledged.
class Sender {
 public:
  Sender(std::uint16_t port, int number) : number_(number), thread_([this, port] { run(port); }) {}
  /// Returns when so many posts were acknowledged.
  void wait_for_answers(unsigned count) const {
    for (auto now = answers_.load(); now < count; now = answers_.load()) answers_.wait(now);
  }
  /// The same for posts that were refused, or found nobody.
  void wait_for_refusals(unsigned count) const {
    for (auto now = refusals_.load(); now < count; now = refusals_.load()) refusals_.wait(now);
  }
  [[nodiscard]] unsigned answers() const { return answers_; }
  [[nodiscard]] unsigned refusals() const { return refusals_; }
  std::vector<std::string> stop() {
    stopping_ = true;
    thread_.join();
    return acknowledged_;
  }

 private:
  void run(std::uint16_t port) {
    http::Client client({.port = port});
    for (int i = 0; !stopping_; ++i) {
      std::string lines;
      std::vector<std::string> sent;
      for (int k = 0; k < 20; ++k) {
        // Every fourth id was sent before.
        const int id = k % 4 == 0 ? i * 10 : i * 20 + k;
        sent.push_back("s" + std::to_string(number_) + "-" + std::to_string(id));
        lines += event_text(sent.back(), id) + "\n";
      }
      const auto answer = client.post("/events", lines, "application/x-ndjson");
      if (!answer || answer->status != 202) {
        ++refusals_;
        refusals_.notify_all();
        continue;
      }
      acknowledged_.insert(acknowledged_.end(), sent.begin(), sent.end());
      ++answers_;
      answers_.notify_all();
    }
  }

  const int number_;
  std::atomic<bool> stopping_{false};
  std::atomic<unsigned> answers_{0};
  std::atomic<unsigned> refusals_{0};
  std::vector<std::string> acknowledged_;
  std::thread thread_;
};

}  // namespace tidemark::testing_support
