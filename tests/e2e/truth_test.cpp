// Real events posted to the real program, and every figure of their truth asked of every engine.
// The truth was computed twice by others (datasets/TRUTH.md); no answer may differ by one.

#include <algorithm>
#include <iostream>
#include <map>
#include <random>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "support/dataset.hpp"
#include "support/service_process.hpp"

namespace tidemark {
namespace {

using boost::json::array;
using boost::json::value;
using testing_support::Dataset;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;

constexpr std::size_t kBatchEvents = 5'000;

std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-') {
      out += c;
    } else {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(c));
      out += code;
    }
  }
  return out;
}

struct Sums {
  std::uint64_t accepted = 0;
  std::uint64_t duplicates = 0;
};

/// Posts lines in batches, every other one as a JSON array.
Sums post(http::Client& client, const std::vector<std::string>& lines) {
  Sums sums;
  for (std::size_t at = 0; at < lines.size(); at += kBatchEvents) {
    const bool as_array = at / kBatchEvents % 2 == 1;
    std::string body = as_array ? "[" : "";
    for (std::size_t i = at; i < std::min(lines.size(), at + kBatchEvents); ++i) {
      if (as_array && body.size() > 1) body += ',';
      body += lines[i];
      if (!as_array) body += '\n';
    }
    if (as_array) body += ']';
    const auto response =
        client.post("/events", body, as_array ? "application/json" : "application/x-ndjson");
    EXPECT_TRUE(response) << response.error().message();
    if (!response) return sums;
    EXPECT_EQ(response->status, 202) << response->body.substr(0, 1'000);
    const auto receipt = boost::json::parse(response->body);
    sums.accepted += receipt.at("accepted").to_number<std::uint64_t>();
    sums.duplicates += receipt.at("duplicates").to_number<std::uint64_t>();
  }
  return sums;
}

/// Asks the questions of one engine and compares with the truth.
class Truth {
 public:
  Truth(const Dataset& set, std::uint16_t port, std::string engine)
      : truth_(set.truth), client_({.port = port}), engine_(std::move(engine)) {}

  void check_all() {
    const auto days = "from=" + text("first_day") + "&to=" + text("last_day");
    check_dau(days, truth_.at("dau").as_array());
    check_top("/stats/top-events?" + days, truth_.at("top_events").as_array());
    check_ranges();
    check_cohorts("retention_daily", "days", "day");
    check_cohorts("retention_weekly_monday", "weeks", "week");
    if (truth_.as_object().contains("retention_monthly")) {
      check_cohorts("retention_monthly", "months", "month");
    }
    check_retention_at();
    check_segments(days);
    if (truth_.as_object().contains("dau_at_utc_plus_3")) {
      check_dau(days + "&tz=Etc%2FGMT-3", truth_.at("dau_at_utc_plus_3").as_array());
    }
  }

 private:
  std::string text(const char* name) const { return std::string(truth_.at(name).as_string()); }

  array ask(const std::string& target, const std::string& engine) {
    const auto response = client_.get(target + (engine.empty() ? "" : "&engine=" + engine));
    EXPECT_TRUE(response) << response.error().message();
    if (!response) return {};
    EXPECT_EQ(response->status, 200) << target << ": " << response->body;
    if (response->status != 200) return {};
    const auto answer = boost::json::parse(response->body);
    if (!engine.empty()) {
      EXPECT_EQ(answer.at("meta").at("engine").as_string(), engine);
    }
    EXPECT_TRUE(answer.at("meta").at("exact").as_bool());
    return answer.at("data").as_array();
  }
  array ask(const std::string& target) { return ask(target, engine_); }

  /// `expected`: [day, users, events]; days without events are absent there and zero here.
  void compare_dau(const std::string& target, const array& answer, const array& expected) {
    std::map<std::string, std::int64_t> users;
    for (const auto& row : expected) users[row.at(0).as_string().c_str()] = row.at(1).as_int64();
    std::size_t found = 0;
    for (const auto& row : answer) {
      const auto known = users.find(row.at("date").as_string().c_str());
      const auto want = known == users.end() ? 0 : known->second;
      found += known == users.end() ? 0 : 1;
      EXPECT_EQ(row.at("active_users").as_int64(), want) << target << " " << row;
    }
    EXPECT_EQ(found, users.size()) << target;
  }
  void check_dau(const std::string& query, const array& expected) {
    compare_dau(query, ask("/stats/dau?" + query), expected);
  }

  void check_top(const std::string& target, const array& expected) {
    const auto answer = ask(target);
    ASSERT_EQ(answer.size(), expected.size()) << target;
    for (std::size_t i = 0; i < answer.size(); ++i) {
      EXPECT_EQ(answer[i].at("event_type"), expected[i].at(0)) << target;
      EXPECT_EQ(answer[i].at("count").as_int64(), expected[i].at(1).as_int64()) << target;
      EXPECT_EQ(answer[i].at("unique_users").as_int64(), expected[i].at(2).as_int64()) << target;
    }
  }

  void check_ranges() {
    for (const auto& range : truth_.at("ranges").as_array()) {
      check_top("/stats/top-events?from=" + std::string(range.at("from").as_string()) +
                    "&to=" + std::string(range.at("to").as_string()),
                range.at("top_events").as_array());
    }
  }

  void compare_windows(const std::string& target, const value& cohort, std::int64_t size,
                       const array& expected) {
    EXPECT_EQ(cohort.at("cohort_size").as_int64(), size) << target;
    const auto& windows = cohort.at("windows").as_array();
    ASSERT_EQ(windows.size(), expected.size()) << target;
    for (std::size_t k = 0; k < windows.size(); ++k) {
      if (expected[k].is_null()) {
        EXPECT_FALSE(windows[k].at("complete").as_bool()) << target << " window " << k;
      } else {
        EXPECT_EQ(windows[k].at("users").as_int64(), expected[k].as_int64())
            << target << " window " << k;
      }
    }
  }

  /// Cohorts by first event; a cohort that is absent in the truth is empty.
  void check_cohorts(const char* table, const char* windows_name, const std::string& period) {
    const auto& cohorts = truth_.at(table).as_object();
    for (const auto& member : cohorts) {
      std::string start(member.key());
      if (period == "month") start += "-01";
      const auto& expected = member.value().at(windows_name).as_array();
      const auto target = "/stats/retention?cohort=first_seen&period=" + period +
                          "&start_date=" + start +
                          "&windows=" + std::to_string(expected.size() - 1);
      const auto answer = ask(target);
      ASSERT_EQ(answer.size(), 1U) << target;
      compare_windows(target, answer[0], member.value().at("size").as_int64(), expected);
    }
  }

  void check_retention_at() {
    for (const auto& asked : truth_.at("retention_at").as_array()) {
      const auto& expected = asked.at("windows").as_array();
      const auto target = "/stats/retention?windows=8&start_date=" +
                          std::string(asked.at("start_date").as_string()) +
                          "&window_type=" + std::string(asked.at("window_type").as_string()) +
                          "&cohort=" + std::string(asked.at("mode").as_string());
      const auto answer = ask(target);
      ASSERT_EQ(answer.size(), 1U) << target;
      compare_windows(target, answer[0], asked.at("size").as_int64(), expected);
    }
  }

  void check_segments(const std::string& days) {
    for (const auto& segment : truth_.at("segments").as_array()) {
      const std::string condition(segment.at("segment").as_string());
      const bool by_type = condition.starts_with("event_type");
      const auto target = "/stats/dau?" + days + "&segment=" + encoded(condition);
      compare_dau(target, ask(target, by_type ? engine_ : "columnar"),
                  segment.at("dau").as_array());
    }
  }

  const value& truth_;
  http::Client client_;
  std::string engine_;
};

struct TruthTest : testing::TestWithParam<const char*> {};

TEST_P(TruthTest, EveryEngineGivesEveryFigureAndASecondPostingChangesNothing) {
  const auto set = testing_support::load_dataset(GetParam());
  if (!set) {
    ASSERT_FALSE(testing_support::datasets_are_required()) << GetParam() << " is required";
    GTEST_SKIP() << "the data set " << GetParam() << " is not here (TIDEMARK_SHARED names it)";
  }
  const TemporaryFolder folder;
  // Small segments: most of the events are archived while they come, some stay in the tail.
  const std::vector<std::string> flags = {"--archive-events", "4000"};
  ServiceProcess service(folder.path(), flags);
  ASSERT_FALSE(service.url().empty());
  auto client = service.client();

  const auto first = post(client, set->lines);
  EXPECT_EQ(first.accepted, set->lines.size());
  for (const auto* engine : {"rollup", "columnar", ""}) {
    Truth(*set, service.port(), engine).check_all();
  }

  const auto seed = std::random_device{}();
  std::cout << "shuffled with seed " << seed << "\n";
  auto shuffled = set->lines;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(seed));
  const auto again = post(client, shuffled);
  EXPECT_EQ(again.accepted, 0U);
  EXPECT_EQ(again.duplicates, set->lines.size());

  EXPECT_EQ(service.stop(), 0);
  ServiceProcess restarted(folder.path(), flags);
  ASSERT_FALSE(restarted.url().empty());
  for (const auto* engine : {"rollup", "columnar"}) {
    Truth(*set, restarted.port(), engine).check_all();
  }
}

TEST_P(TruthTest, AnImportGivesTheSameAnswersAndARepeatedOneAddsNothing) {
  const auto set = testing_support::load_dataset(GetParam());
  if (!set) {
    ASSERT_FALSE(testing_support::datasets_are_required()) << GetParam() << " is required";
    GTEST_SKIP() << "the data set " << GetParam() << " is not here (TIDEMARK_SHARED names it)";
  }
  const TemporaryFolder folder;
  const std::string data = folder.path();
  for (const auto* expected : {"accepted", "duplicates"}) {
    const auto done =
        testing_support::run_program({"import", set->events_file, "--data-dir", data, "--json"});
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(boost::json::parse(done.out).at(expected).to_number<std::size_t>(),
              set->lines.size());
  }
  ServiceProcess service(folder.path());
  ASSERT_FALSE(service.url().empty());
  Truth(*set, service.port(), "rollup").check_all();
}

INSTANTIATE_TEST_SUITE_P(DataSets, TruthTest,
                         testing::Values("task_sample", "ecom", "cdnow", "wikiticker"));

}  // namespace
}  // namespace tidemark
