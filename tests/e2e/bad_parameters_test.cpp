// Every parameter of every question: unknown, missing, empty, repeated, out of range, malformed.
// Each is 422 with the parameter's name, a code, and what was expected and received.

#include "refusals.hpp"

namespace tidemark {
namespace {

using testing_support::ask;
using testing_support::bytes_of;

std::string encoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    char code[4];
    std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(c));
    out += code;
  }
  return out;
}

/// One parameter, and what is wrong with it.
struct Wrong {
  std::string query;  ///< what is added to a good question
  std::string field;
  std::string code;
  std::vector<std::string> says = {};
};

struct BadParameters : RefusalTest {
  static void expect_wrong(const std::string& question, const Wrong& wrong) {
    const auto joint = question.find('?') == std::string::npos ? "?" : "&";
    const auto target = wrong.query.empty() ? question : question + joint + wrong.query;
    std::vector<std::string> says = {wrong.field + "\n" + wrong.code + "\n"};
    says.insert(says.end(), wrong.says.begin(), wrong.says.end());
    expect_refused({.what = target,
                    .bytes = bytes_of("GET", target),
                    .status = 422,
                    .code = "invalid_parameters",
                    .says = says});
  }
  /// A good question answers, so that each refusal is of what was added.
  static void expect_good(const std::string& question) {
    const auto answer = ask(port(), bytes_of("GET", question));
    EXPECT_EQ(answer.status, 200) << question << ": " << answer.body;
  }
};

const std::string kRange = "from=2025-08-01&to=2025-08-02";

std::vector<Wrong> wrong_common() {
  return {
      {"colour=red", "colour", "unknown_parameter", {"not a parameter", "segment"}},
      {"From=2025-08-01", "From", "unknown_parameter"},
      {"tz", "tz", "empty_parameter", {"without a value"}},
      {"tz=", "tz", "empty_parameter"},
      {"tz=Mars", "tz", "invalid_parameter", {"IANA", "\"Mars\""}},
      {"tz=%2B03:00", "tz", "invalid_parameter"},
      {"tz=Etc/GMT+5", "tz", "invalid_parameter", {"%2B", "Etc%2FGMT%2B5", "\"Etc/GMT 5\""}},
      {"tz=Etc/GMT%205", "tz", "invalid_parameter", {"%2B"}},
      {"tz=../UTC", "tz", "invalid_parameter"},
      {"tz=UTC&tz=UTC", "tz", "repeated_parameter", {"once"}},
      {"tz=U%00C", "tz", "invalid_parameter", {"NUL"}},
      {"tz=%ff", "tz", "invalid_parameter", {"UTF-8"}},
      {"engine=", "engine", "empty_parameter"},
      {"engine=duck",
       "engine",
       "invalid_parameter",
       {"must be the name of an engine", "columnar", "duck"}},
      {"engine=rollup&engine=rollup", "engine", "repeated_parameter"},
      {"after=", "after", "empty_parameter"},
      {"after=0", "after", "invalid_parameter", {"position", "\"0\""}},
      {"after=AAAAAAAAAA", "after", "invalid_parameter"},
      {"after=AAAAAAAAAAAA", "after", "invalid_parameter"},
      {"after=AAAAAAAAAA!", "after", "invalid_parameter"},
      {"after=AAAAAAAAAAB", "after", "invalid_parameter"},
      {"after=AAEAAAAAAAAAAgAAAAAAAAAD",
       "after",
       "invalid_parameter",
       {"a receipt of this service"}},
      {"after=AAAAAAAAAAA&after=AAAAAAAAAAA", "after", "repeated_parameter"},
      {"segment=", "segment", "empty_parameter"},
  };
}

std::vector<Wrong> wrong_segments() {
  std::vector<Wrong> all;
  for (const std::string segment : {"event_type",
                                    "event_type:",
                                    "=a",
                                    "colour=red",
                                    "event_type =",
                                    "properties=1",
                                    "properties.=1",
                                    "properties.a..b=1",
                                    "properties.a.=1",
                                    "properties.\"a=1",
                                    "properties.\"a\"b=1",
                                    "properties.a in",
                                    "properties.a in ()",
                                    "properties.a in (",
                                    "properties.a in (a",
                                    "properties.a in (a,)",
                                    "properties.a in (a) b",
                                    "properties.a in (\"a)",
                                    "properties.a,b=1",
                                    "properties.a[0]=1",
                                    "user_id:7",
                                    "properties.a not in (a)",
                                    "event_type.a=1",
                                    "properties.a",
                                    "properties.a exist",
                                    "EVENT_TYPE=a",
                                    "properties.\"\\ud800\"=1"}) {
    all.push_back({"segment=" + encoded(segment),
                   "segment",
                   "invalid_parameter",
                   {"must be a valid condition", "expected"}});
  }
  std::string many = "segment=user_id%3Da";
  for (int i = 0; i < 100; ++i) many += "&segment=user_id%3Da";
  all.push_back({many, "segment", "too_many", {"101", "at most"}});
  std::string long_list = "user_id in (0";
  for (int i = 1; i <= 1'000; ++i) long_list += "," + std::to_string(i);
  std::string plain;
  for (const char c : long_list) plain += c == ' ' ? "%20" : std::string(1, c);
  all.push_back({"segment=" + plain + ")", "segment", "invalid_parameter", {"1000"}});
  return all;
}

TEST_F(BadParameters, OfEveryStatistic) {
  for (const std::string path : {"dau", "wau", "mau", "top-events", "retention"}) {
    const auto question =
        "/stats/" + path + "?" + (path == "retention" ? "start_date=2025-08-01" : kRange);
    expect_good(question);
    for (const auto& wrong : wrong_common()) expect_wrong(question, wrong);
  }
  for (const auto& wrong : wrong_segments()) expect_wrong("/stats/dau?" + kRange, wrong);
}

TEST_F(BadParameters, OfRanges) {
  for (const std::string path : {"dau", "wau", "mau", "top-events"}) {
    const auto question = "/stats/" + path;
    const std::vector<Wrong> wrongs = {
        {"", "from", "missing_parameter", {"`from` is required", "`to` is required"}},
        {"from=2025-08-01", "to", "missing_parameter", {"2025-08-30"}},
        {"to=2025-08-01", "from", "missing_parameter"},
        {"from=&to=2025-08-01", "from", "empty_parameter"},
        {kRange + "&from=2025-08-01", "from", "repeated_parameter"},
        {kRange + "&from_date=2025-08-01", "from_date", "repeated_parameter", {"`from`"}},
        {kRange + "&to_date=2025-08-02", "to_date", "repeated_parameter", {"`to`"}},
        {"from=2025-02-30&to=2025-08-01", "from", "invalid_parameter", {"date", "2025-02-30"}},
        {"from=2025-8-1&to=2025-08-01", "from", "invalid_parameter"},
        {"from=20250801&to=2025-08-01", "from", "invalid_parameter"},
        {"from=2025-08-01T00:00:00Z&to=2025-08-01", "from", "invalid_parameter"},
        {"from=today&to=2025-08-01", "from", "invalid_parameter"},
        {"from=1969-12-30&to=2025-08-01", "from", "out_of_range", {"1969-12-31", "1969-12-30"}},
        {"from=2025-08-01&to=2201-01-02", "to", "out_of_range", {"2201-01-01"}},
        {"from=2025-08-02&to=2025-08-01", "to", "out_of_range", {"before"}},
        {"from=2000-01-01&to=2010-01-08", "to", "out_of_range", {"3660", "3661"}},
    };
    expect_good(question + "?from_date=2000-01-01&to_date=2010-01-07");
    for (const auto& wrong : wrongs) expect_wrong(question, wrong);
  }
}

TEST_F(BadParameters, OfTopEventsAndRetention) {
  for (const std::string limit : {"0", "1001", "-1", "1.5", "ten", "1e2", "0x10", "%201", "+5",
                                  "99999999999999999999", "1%00"}) {
    expect_wrong("/stats/top-events?" + kRange, {"limit=" + limit, "limit", "invalid_parameter"});
  }
  const std::string retention = "/stats/retention";
  expect_wrong(retention, {"", "start_date", "missing_parameter", {"2025-08-01"}});
  expect_wrong(retention, {"start_date=", "start_date", "empty_parameter"});
  expect_wrong(retention, {"start_date=2025-02-29", "start_date", "invalid_parameter"});
  expect_wrong(retention, {"start_date=1969-12-30", "start_date", "out_of_range", {"1969-12-31"}});
  expect_wrong(retention, {"start_date=2201-01-02", "start_date", "out_of_range"});
  const std::vector<Wrong> wrongs = {
      {"start_date=2025-08-01", "start_date", "repeated_parameter"},
      {"from=2025-08-01", "from", "unknown_parameter", {"start_date"}},
      {"limit=1", "limit", "unknown_parameter"},
      {"windows=-1", "windows", "invalid_parameter", {"0 to 366", "\"-1\""}},
      {"windows=367", "windows", "invalid_parameter"},
      {"windows=", "windows", "empty_parameter"},
      {"windows=3&windows=3", "windows", "repeated_parameter"},
      {"cohorts=0", "cohorts", "invalid_parameter", {"1 to 366"}},
      {"cohorts=367", "cohorts", "invalid_parameter"},
      {"period=year", "period", "invalid_parameter", {"day", "week", "month"}},
      {"period=Day", "period", "invalid_parameter"},
      {"period=day&window_type=day", "window_type", "repeated_parameter", {"`period`"}},
      {"period_type=daily&window_type=daily", "window_type", "repeated_parameter"},
      {"cohort=new", "cohort", "invalid_parameter", {"active", "first_seen"}},
      {"mode=after", "mode", "invalid_parameter", {"on_or_after"}},
      {"mode=on&mode=on", "mode", "repeated_parameter"},
  };
  for (const auto& wrong : wrongs) expect_wrong(retention + "?start_date=2025-08-01", wrong);
}

TEST_F(BadParameters, OfLists) {
  const std::vector<Wrong> events = {
      {"colour=red", "colour", "unknown_parameter"},
      {"limit=0", "limit", "invalid_parameter", {"1 to 1000"}},
      {"limit=1001", "limit", "invalid_parameter"},
      {"order=up", "order", "invalid_parameter", {"asc", "desc"}},
      {"from=yesterday", "from", "invalid_parameter", {"2025-08-01T10:00:00Z", "yesterday"}},
      {"from=2025-08-01T10:00", "from", "invalid_parameter"},
      {"from=2025-08-02&to=2025-08-01T23:59:59Z", "from", "invalid_parameter", {"after `to`"}},
      {"from=2025-08-02T00:00:00Z&to=2025-08-01", "from", "invalid_parameter", {"after `to`"}},
      {"tz=Asia/Tokyo&from=2025-08-02T16:00:00Z&to=2025-08-02", "from", "invalid_parameter"},
      {"from=2025-08-02&to=2025-08-01", "from", "invalid_parameter"},
      {"from=2025-08-02T00:00:00Z&to=2025-08-01T00:00:00Z", "from", "invalid_parameter"},
      {"from=2025-08-01&from_date=2025-08-01", "from_date", "repeated_parameter"},
      {"cursor=", "cursor", "empty_parameter"},
      {"cursor=AAAA", "cursor", "invalid_parameter", {"next_cursor"}},
      {"cursor=%F0%9F%98%80", "cursor", "invalid_parameter"},
      {"cursor=" + std::string(2'000, 'A'), "cursor", "invalid_parameter"},
      {"properties.=1", "properties.", "unknown_parameter"},
      {"properties.a=1&properties.a=1", "properties.a", "repeated_parameter"},
      {"properties.a..b=1", "properties.a..b", "invalid_parameter"},
      {"user_id=", "user_id", "empty_parameter"},
      {"segment=event_type", "segment", "invalid_parameter"},
      {"after=nothing", "after", "invalid_parameter"},
  };
  for (const auto& wrong : events) expect_wrong("/events", wrong);
  expect_wrong("/events/e-1", {"limit=1", "limit", "unknown_parameter"});
  expect_wrong("/events/e-1", {"after=x", "after", "invalid_parameter"});
  // Well made, but the position of a queue, which there is none of here.
  expect_wrong("/events/e-1", {"after=AAEAAAAAAAAAAgAAAAAAAAAD", "after", "invalid_parameter"});
  for (const std::string path : {"/healthz", "/readyz", "/version", "/metrics"}) {
    expect_wrong(path, {"verbose=1", "verbose", "unknown_parameter", {"none"}});
  }
  expect_wrong("/quarantine", {"cursor=x", "cursor", "invalid_parameter"});
  expect_wrong("/quarantine", {"limit=1001", "limit", "invalid_parameter"});
  expect_wrong("/export", {"format=xml", "format", "invalid_parameter", {"ndjson", "csv"}});
  expect_wrong("/export", {"from=soon", "from", "invalid_parameter"});
  expect_wrong("/export", {"quote_formulas=maybe", "quote_formulas", "invalid_parameter"});
  expect_wrong(
      "/export",
      {"from=2025-08-01T00:00:01Z&to=2025-08-01T00:00:00Z", "to", "out_of_range", {"before"}});
  expect_wrong("/export", {"from=2025-08-02T00:00:00Z&to=2025-08-01", "to", "out_of_range"});
  expect_wrong("/export", {"from=2025-08-02&to=2025-08-01", "to", "out_of_range", {"before"}});
}

TEST_F(BadParameters, OfWrites) {
  const auto refused = [](const std::string& target, const std::string& says) {
    return Refusal{.what = target,
                   .bytes = bytes_of({.body = "[]", .target = target}),
                   .status = 422,
                   .code = "invalid_parameters",
                   .says = {says}};
  };
  expect_all_refused({refused("/events?dry_run=perhaps", "true or false"),
                      refused("/events?dry_run=", "without a value"),
                      refused("/events?force=1", "unknown_parameter"),
                      refused("/quarantine/replay?all=1", "unknown_parameter")});
  expect_refused({.what = "an id that is not a number",
                  .bytes = bytes_of("DELETE", "/quarantine/x"),
                  .status = 422,
                  .code = "invalid_parameters",
                  .says = {"id"}});
  expect_refused({.what = "an id that is not there",
                  .bytes = bytes_of("DELETE", "/quarantine/7"),
                  .status = 404,
                  .code = "not_found",
                  .says = {"7"}});
}

TEST_F(BadParameters, AnEngineThatCannotAnswerSaysSo) {
  for (const std::string asked :
       {"engine=postgres", "engine=clickhouse", "engine=rollup&segment=properties.a%3D1",
        "engine=rollup&segment=user_id%3D1"}) {
    expect_refused({.what = asked,
                    .bytes = bytes_of("GET", "/stats/dau?" + kRange + "&" + asked),
                    .status = 409,
                    .code = "engine_cannot_answer",
                    .says = {asked.substr(7, 6)}});
  }
}

TEST_F(BadParameters, AnEventThatIsNotThereIsNotFound) {
  for (const std::string id :
       {"nobody", "8a5e2f0c-6f0a-4f7e-9d43-5d0c2b7d7f11", "%E2%82%AC", "a%2Fb", "%20", "."}) {
    expect_refused({.what = id,
                    .bytes = bytes_of("GET", "/events/" + id),
                    .status = 404,
                    .code = "not_found",
                    .says = {"event_id"}});
  }
  expect_refused({.what = "an id that no event can have",
                  .bytes = bytes_of("GET", "/events/" + std::string(201, 'a')),
                  .status = 404,
                  .code = "not_found"});
}

}  // namespace
}  // namespace tidemark
