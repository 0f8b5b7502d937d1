// Dear work holds up no cheap one: while scans, and replays to live clients, take all the time that
// they may have, questions that are answered from memory, receipts and short scans are answered.

#include <charconv>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "support/raw_http.hpp"
#include "support/service_process.hpp"

namespace tidemark {
namespace {

using testing_support::ask;
using testing_support::bytes_of;
using testing_support::RawConnection;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

/// So many events with long properties, in which a key is looked for that is not there.
constexpr int kEvents = 1'000;

std::string event(int number, const std::string& properties) {
  return R"({"event_id":"e-)" + std::to_string(number) +
         R"(","occurred_at":"2025-08-01T10:00:00Z","user_id":"u)" + std::to_string(number % 100) +
         R"(","event_type":"login","properties":)" + properties + "}\n";
}

std::string long_properties() {
  std::string json = "{";
  for (int i = 0; i < 200; ++i) {
    json += (i == 0 ? "\"" : ",\"") + std::string("key") + std::to_string(i) + "\":\"value\"";
  }
  return json + "}";
}

/// A question that looks through all properties of every event, many times.
std::string long_scan(int number) {
  std::string path = "/stats/dau?from=2025-08-01&to=2025-08-01";
  for (int i = 0; i < 40; ++i) path += "&segment=properties.none" + std::to_string(i) + "!%3D1";
  return path + "&segment=user_id!%3D" + std::to_string(number);
}

class Lanes : public testing::Test {
 protected:
  void SetUp() override {
    service_ = std::make_unique<ServiceProcess>(
        folder_.path(), std::vector<std::string>{"--query-threads", "2", "--log-format", "json"});
    ASSERT_FALSE(service_->url().empty());
    const auto properties = long_properties();
    auto client = service_->client();
    for (int first = 0; first < kEvents; first += 1'000) {
      std::string body;
      for (int i = first; i < first + 1'000; ++i) body += event(i, properties);
      const auto answer = client.post("/events", body, "application/x-ndjson");
      ASSERT_TRUE(answer);
      ASSERT_EQ(answer->status, 202) << answer->body;
    }
  }

  [[nodiscard]] int figure(const std::string& name, const std::string& lane) const {
    const auto text = ask(service_->port(), bytes_of("GET", "/metrics")).body;
    const auto line = name + "{lane=\"" + lane + "\"} ";
    const auto at = text.find(line);
    if (at == std::string::npos) return -1;
    int value = -1;
    std::from_chars(text.data() + at + line.size(), text.data() + text.size(), value);
    return value;
  }
  [[nodiscard]] int scans_under_way() const { return figure("tidemark_lane_running", "scans"); }
  [[nodiscard]] int status(const std::string& path) const {
    // Its side stays open: a client that has ended it is taken for gone after a second.
    RawConnection connection(service_->port());
    connection.send(bytes_of("GET", path));
    return connection.read_answer().status;
  }
  [[nodiscard]] int post(const std::string& body) const {
    return ask(service_->port(), bytes_of({.body = body})).status;
  }

  TemporaryFolder folder_;
  std::unique_ptr<ServiceProcess> service_;
};

/// Long scans until it goes.
class Scans {
 public:
  Scans(std::uint16_t port, int count) {
    for (int i = 0; i < count; ++i) {
      connections_.push_back(std::make_unique<RawConnection>(port));
      connections_.back()->send(bytes_of("GET", long_scan(i)));
    }
  }
  /// How many were answered with 200.
  int finish() {
    int good = 0;
    for (auto& connection : connections_) {
      const auto answer = connection->read_answer();
      EXPECT_EQ(answer.status, 200) << answer.body;
      good += answer.status == 200 ? 1 : 0;
    }
    return good;
  }

 private:
  std::vector<std::unique_ptr<RawConnection>> connections_;
};

TEST_F(Lanes, ScansHoldUpNoCheapQuestionNoReceiptAndNoShortScan) {
  Scans scans(service_->port(), 12);
  while (scans_under_way() < 12) std::this_thread::yield();

  EXPECT_EQ(status("/stats/dau?from=2025-08-01&to=2025-08-02"), 200);
  EXPECT_EQ(scans_under_way(), 12) << "all of them were there before it";
  EXPECT_EQ(post(R"([{"event_id":"new-1","occurred_at":"2025-08-01T10:00:00Z","user_id":"a",)"
                 R"("event_type":"b"},{"event_id":"bad"}])"),
            202);
  EXPECT_EQ(status("/quarantine"), 200);
  EXPECT_EQ(status("/events/e-1"), 200);
  EXPECT_EQ(scans_under_way(), 12);

  // It reads events as well, but few: none lies on its days.
  EXPECT_EQ(status("/stats/dau?from=2024-08-01&to=2024-08-02&segment=properties.a%3D1"), 200);
  EXPECT_GE(scans_under_way(), 2) << "it waited for the long ones";

  EXPECT_EQ(scans.finish(), 12);
  EXPECT_EQ(figure("tidemark_lane_refused_total", "scans"), 0);
}

TEST_F(Lanes, LongAnswersHoldUpNoLookup) {
  std::vector<std::unique_ptr<RawConnection>> readers;
  for (int i = 0; i < 24; ++i) {  // all different; 10 MB of text each, which nobody reads as yet
    readers.push_back(std::make_unique<RawConnection>(service_->port()));
    readers.back()->send(
        bytes_of("GET", "/stats/retention?windows=366&cohorts=366&start_date=2024-01-" +
                            std::to_string(i + 101).substr(1)));
  }
  while (figure("tidemark_lane_waiting", "memory") < 4) std::this_thread::yield();
  EXPECT_EQ(status("/stats/dau?from=2025-08-01&to=2025-08-02"), 200);
  EXPECT_GE(figure("tidemark_lane_running", "memory"), 2) << "it waited for the long ones";
  EXPECT_EQ(scans_under_way(), 0);
}

TEST_F(Lanes, LiveClientsThatComeBackTakeNoQuestionsPlace) {
  std::vector<std::unique_ptr<RawConnection>> listeners;
  for (int i = 0; i < 300; ++i) {
    listeners.push_back(std::make_unique<RawConnection>(service_->port()));
    // The first position of all: everything is given again.
    listeners.back()->send(
        bytes_of("GET", "/events/live?event_type=none", "Last-Event-ID: AAAAAAAAAAA\r\n"));
  }
  // More than the queue of questions holds wait for their next step; nobody reads them.
  for (int i = 0; i < 50; ++i) {
    ASSERT_EQ(
        status("/stats/top-events?from=2025-08-01&to=2025-08-01&limit=" + std::to_string(i + 1)),
        200);
  }
  EXPECT_EQ(figure("tidemark_lane_refused_total", "rollup"), 0);
  EXPECT_EQ(figure("tidemark_lane_refused_total", "replays"), 0);
}

}  // namespace
}  // namespace tidemark
