// ETag and 304 of the statistics: who has an answer is not sent it again, and is sent the new one
// as soon as an event has come.

#include <memory>
#include <string>

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

const std::string kDau = "/stats/dau?from=2025-08-01&to=2025-08-02";
const std::string kCsv = "Accept: text/csv\r\n";

struct Validators : testing::Test {
  TemporaryFolder folder;
  std::unique_ptr<ServiceProcess> service;

  void SetUp() override {
    start();
    post("e-1", "ann");
  }
  void start() {
    service = std::make_unique<ServiceProcess>(folder.path());
    ASSERT_FALSE(service->url().empty());
  }
  void post(const std::string& id, const std::string& user) const {
    const auto body = R"({"event_id":")" + id + R"(","user_id":")" + user +
                      R"(","occurred_at":"2025-08-01T10:00:00Z","event_type":"login"})";
    ASSERT_EQ(ask(service->port(), bytes_of({.body = body})).status, 202);
  }
  [[nodiscard]] RawAnswer get(const std::string& target, const std::string& fields = {}) const {
    return ask(service->port(), bytes_of("GET", target, fields));
  }
  [[nodiscard]] std::string tag_of(const std::string& target,
                                   const std::string& fields = {}) const {
    const auto answer = get(target, fields);
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.header("Cache-Control"), "no-cache");
    return answer.header("ETag").value_or("");
  }
  static std::string if_none_match(const std::string& tags) {
    return "If-None-Match: " + tags + "\r\n";
  }
  /// Questions that were looked at, whether their answer had been kept or not.
  [[nodiscard]] double questions() const {
    const auto metrics = get("/metrics").body;
    double sum = 0;
    for (const auto* outcome : {"hit", "miss"}) {
      const auto name = std::string("tidemark_kept_answers_total{outcome=\"") + outcome + "\"} ";
      const auto at = metrics.find("\n" + name);
      EXPECT_NE(at, std::string::npos);
      sum += std::stod(metrics.substr(at + 1 + name.size()));
    }
    return sum;
  }
};

TEST_F(Validators, WhoHasTheAnswerIsNotSentItAgainAndNothingIsCalculated) {
  for (const auto& target :
       {kDau, std::string("/stats/wau?from=2025-08-01&to=2025-08-02&tz=Asia/Kathmandu"),
        std::string("/stats/mau?from=2025-08-01&to=2025-08-02&engine=columnar"),
        std::string("/stats/top-events?from=2025-08-01&to=2025-08-02"),
        std::string("/stats/retention?start_date=2025-08-01")}) {
    const auto tag = tag_of(target);
    EXPECT_TRUE(tag.starts_with("W/\"")) << tag;
    const auto before = questions();
    const auto known = get(target, if_none_match("\"other\", " + tag));
    EXPECT_EQ(known.status, 304) << target;
    EXPECT_EQ(known.body, "");
    EXPECT_EQ(known.header("ETag"), tag);
    EXPECT_EQ(known.header("Cache-Control"), "no-cache");
    EXPECT_EQ(known.header("Vary"), "Accept, Accept-Encoding");
    EXPECT_EQ(questions(), before) << target;
  }
}

TEST_F(Validators, ANewEventMakesANewAnswer) {
  const auto tag = tag_of(kDau);
  post("e-1", "ann");
  EXPECT_EQ(get(kDau, if_none_match(tag)).status, 304) << "a duplicate changes nothing";
  post("e-2", "bob");
  const auto changed = get(kDau, if_none_match(tag));
  EXPECT_EQ(changed.status, 200);
  EXPECT_EQ(changed.json().at("data").at(0).at("active_users"), 2);
  EXPECT_NE(changed.header("ETag"), tag);
}

TEST_F(Validators, EachQuestionEngineAndRepresentationHasItsOwn) {
  const auto tag = tag_of(kDau);
  for (const auto* other : {"&tz=Europe/Kyiv", "&segment=event_type:login", "&engine=rollup"}) {
    EXPECT_EQ(get(kDau + other, if_none_match(tag)).status, 200) << other;
  }
  EXPECT_EQ(get(kDau, kCsv + if_none_match(tag)).status, 200);
  const auto csv = tag_of(kDau, kCsv);
  EXPECT_EQ(get(kDau, kCsv + if_none_match(csv)).status, 304);
  EXPECT_EQ(get(kDau, if_none_match(csv)).status, 200);
}

TEST_F(Validators, HeadHasThemToo) {
  const auto tag = tag_of(kDau);
  const auto head = [this](const std::string& fields) {
    RawConnection connection(service->port());
    connection.send(bytes_of("HEAD", kDau, fields));
    return connection.read_answer(true);
  };
  EXPECT_EQ(head("").header("ETag"), tag);
  EXPECT_EQ(head(if_none_match(tag)).status, 304);
}

TEST_F(Validators, AnyAnswerWillDoOnlyWhereThereIsOne) {
  EXPECT_EQ(get(kDau, if_none_match("*")).status, 304);
  EXPECT_EQ(get(kDau + "&engine=postgres", if_none_match("*")).status, 409);
}

TEST_F(Validators, ATagEndsWithTheProcessForTheFolderMayBeAnother) {
  const auto tag = tag_of(kDau);
  ASSERT_EQ(service->stop(), 0);
  start();
  EXPECT_EQ(get(kDau, if_none_match(tag)).status, 200);
}

}  // namespace
}  // namespace tidemark
