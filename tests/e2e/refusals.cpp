#include "refusals.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>

namespace tidemark {

using testing_support::ask;
using testing_support::bytes_of;
using testing_support::RawAnswer;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

std::unique_ptr<TemporaryFolder> RefusalTest::folder_;
std::unique_ptr<ServiceProcess> RefusalTest::service_;
double RefusalTest::quarantined_ = 0;

void RefusalTest::SetUpTestSuite() {
  folder_ = std::make_unique<TemporaryFolder>();
  service_ = std::make_unique<ServiceProcess>(
      folder_->path(), std::vector<std::string>{"--body-bytes-max", std::to_string(kBodyBytesMax),
                                                "--batch-events-max", std::to_string(kEventsMax),
                                                "--request-seconds-max", "1"});
  ASSERT_FALSE(service_->url().empty());
  quarantined_ = 0;
}

void RefusalTest::TearDownTestSuite() {
  EXPECT_EQ(service_->stop(), 0) << "the service did not end cleanly";
  service_.reset();
  folder_.reset();
}

double RefusalTest::figure(const std::string& name) {
  const auto answer = ask(port(), bytes_of("GET", "/metrics"));
  const auto at = answer.body.find("\n" + name + " ");
  EXPECT_NE(at, std::string::npos) << name << " is not in /metrics: " << answer.status;
  return at == std::string::npos ? -1 : std::stod(answer.body.substr(at + name.size() + 2));
}

void RefusalTest::expect_refused(const Refusal& refusal) {
  expect_refused(refusal, ask(port(), refusal.bytes));
}

namespace {

std::string text_at(const boost::json::object& problem, const char* name) {
  const auto* value = problem.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// Everything that the problem says in words.
std::string words_of(const boost::json::object& problem) {
  std::string words = text_at(problem, "detail");
  const auto* errors = problem.if_contains("errors");
  if (errors == nullptr) return words;
  for (const auto& error : errors->as_array()) {
    for (const char* name : {"field", "code", "message"}) {
      const auto text = text_at(error.as_object(), name);
      // An event that is not an object has no field to name.
      EXPECT_TRUE(!text.empty() || std::string_view(name) == "field") << error;
      words += "\n" + text;
    }
  }
  return words;
}

}  // namespace

void RefusalTest::expect_refused(const Refusal& refusal, const RawAnswer& answer) {
  SCOPED_TRACE(refusal.what);
  EXPECT_EQ(answer.status, refusal.status) << answer.head << answer.body;
  EXPECT_EQ(answer.header("Content-Type").value_or(""), "application/problem+json");
  const auto value = answer.json();
  ASSERT_TRUE(value.is_object()) << answer.body;
  const auto& problem = value.get_object();
  EXPECT_EQ(text_at(problem, "code"), refusal.code) << answer.body;
  EXPECT_EQ(text_at(problem, "type"), "urn:tidemark:problem:" + refusal.code);
  EXPECT_FALSE(text_at(problem, "title").empty());
  EXPECT_FALSE(text_at(problem, "detail").empty()) << answer.body;
  EXPECT_EQ(problem.at("status").to_number<int>(), refusal.status);
  EXPECT_EQ(text_at(problem, "request_id"), answer.header("X-Request-Id").value_or("none"));
  EXPECT_FALSE(text_at(problem, "request_id").empty());
  const auto words = words_of(problem);
  for (const auto& said : refusal.says) {
    EXPECT_NE(words.find(said), std::string::npos) << "does not say " << said << ": " << words;
  }
  expect_unchanged(refusal);
}

void RefusalTest::expect_unchanged(const Refusal& refusal) {
  const auto ready = ask(port(), bytes_of("GET", "/readyz"));
  EXPECT_EQ(ready.status, 200) << ready.body;
  const auto stored = ask(port(), bytes_of("GET", "/events?limit=1"));
  EXPECT_EQ(stored.body, R"({"data":[],"next_cursor":null})") << "something was stored";
  quarantined_ += refusal.quarantined;
  EXPECT_EQ(figure("tidemark_quarantine_events"), quarantined_);
  quarantined_ = figure("tidemark_quarantine_events");  // the next one speaks for itself
}

std::string event_with(const std::string& field, const std::string& json) {
  std::string event = "{";
  bool known = false;
  const auto add = [&](const std::string& name, const std::string& value) {
    known = known || name == field;
    const auto& written = name == field ? json : value;
    if (!written.empty()) event += (event.size() > 1 ? ",\"" : "\"") + name + "\":" + written;
  };
  add("event_id", "\"e-1\"");
  add("occurred_at", "\"2025-08-01T10:00:00Z\"");
  add("user_id", "\"ann\"");
  add("event_type", "\"login\"");
  add("properties", "{}");
  if (!known) event += ",\"" + field + "\":" + json;
  return event + "}";
}

std::string good_event(const std::string& id) { return event_with("event_id", '"' + id + '"'); }

}  // namespace tidemark
