// Every fault that an event can have (api.md section 1): alone it is refused and quarantined, among
// good ones it is told by its index, with its field, its code, and words that help.

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "refusals.hpp"

namespace tidemark {
namespace {

using testing_support::ask;
using testing_support::bytes_of;

/// One event with one fault.
struct Case {
  std::string what;
  std::string json;
  std::string field;
  std::string code;
  std::vector<std::string> says = {};
};

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::vector<Case> bad_instants() {
  const auto bad = [](const std::string& what, const std::string& json, const std::string& code,
                      std::vector<std::string> says = {}) {
    return Case{what, event_with("occurred_at", json), "occurred_at", code, std::move(says)};
  };
  return {
      bad("a date alone", "\"2025-08-01\"", "bad_timestamp", {"no time", "\"2025-08-01\""}),
      bad("no seconds", "\"2025-08-01T10:00Z\"", "bad_timestamp", {"2025-08-01T10:00Z"}),
      bad("second 60", "\"2025-08-01T10:00:60Z\"", "bad_timestamp", {"time of day"}),
      bad("a leap second that was one", "\"2016-12-31T23:59:60Z\"", "bad_timestamp"),
      bad("hour 24", "\"2025-08-01T24:00:00Z\"", "bad_timestamp", {"time of day"}),
      bad("minute 60", "\"2025-08-01T10:60:00Z\"", "bad_timestamp"),
      bad("30 February", "\"2025-02-30T10:00:00Z\"", "bad_timestamp", {"day that does not exist"}),
      bad("29 February of no leap year", "\"2025-02-29T10:00:00Z\"", "bad_timestamp"),
      bad("month 13", "\"2025-13-01T10:00:00Z\"", "bad_timestamp"),
      bad("day 0", "\"2025-08-00T10:00:00Z\"", "bad_timestamp"),
      bad("an offset of 24 hours", "\"2025-08-01T10:00:00+24:00\"", "bad_timestamp", {"offset"}),
      bad("an offset of 60 minutes", "\"2025-08-01T10:00:00+01:60\"", "bad_timestamp"),
      bad("an offset without minutes", "\"2025-08-01T10:00:00+3\"", "bad_timestamp"),
      bad("a fraction without digits", "\"2025-08-01T10:00:00.Z\"", "bad_timestamp"),
      bad("a name of a zone", "\"2025-08-01T10:00:00 CEST\"", "bad_timestamp", {"offset"}),
      bad("seconds in a text", "\"1754042400\"", "bad_timestamp", {"seconds since 1970"}),
      bad("microseconds", "1754042400000000", "out_of_range", {"microseconds"}),
      bad("nanoseconds", "1754042400000000000", "out_of_range", {"nanoseconds"}),
      bad("words", "\"yesterday\"", "bad_timestamp", {"RFC 3339", "yesterday"}),
      bad("space around it", "\" 2025-08-01T10:00:00Z\"", "bad_timestamp"),
      bad("digits in a text", "\"1754042400000\"", "bad_timestamp", {"milliseconds since 1970"}),
      bad("an integer with a fraction", "1754042400000.5", "bad_timestamp", {"whole"}),
      bad("an integer with an exponent", "1754042400000e0", "bad_timestamp", {"exponent"}),
      bad("seconds", "1754042400", "bad_timestamp", {"seconds", "1754042400"}),
      bad("zero", "0", "bad_timestamp"),
      bad("one below 10^11", "99999999999", "bad_timestamp"),
      bad("a negative integer", "-1754042400000", "bad_timestamp", {"negative"}),
      bad("an integer that no register holds", repeated("9", 40), "out_of_range", {"2200"}),
      bad("year 1969", "\"1969-12-31T23:59:59Z\"", "out_of_range", {"1970", "1969-12-31"}),
      bad("year 1970 here and 1969 in UTC", "\"1970-01-01T00:00:00+00:01\"", "out_of_range"),
      bad("year 2201", "\"2201-01-01T00:00:00Z\"", "out_of_range", {"2200"}),
      bad("the future", "\"2199-01-01T00:00:00Z\"", "out_of_range", {"future", "86400"}),
      bad("an empty text", "\"\"", "bad_timestamp", {"received \"\""}),
      bad("null", "null", "wrong_type", {"null", "required"}),
      bad("a boolean", "true", "wrong_type", {"boolean"}),
      bad("an array", "[2025]", "wrong_type", {"array"}),
      bad("nothing", "", "missing_field", {"missing", "required"}),
      bad("a NUL", "\"2025-08-01T10:00:00\\u0000\"", "bad_text", {"NUL"}),
  };
}

std::vector<Case> bad_texts() {
  std::vector<Case> cases;
  const struct {
    const char* field;
    int bytes_max;
    bool takes_integers;
  } fields[] = {{"event_id", 200, false}, {"user_id", 256, true}, {"event_type", 128, false}};
  for (const auto& [name, bytes_max, takes_integers] : fields) {
    const std::string field = name;
    const auto most = std::to_string(bytes_max);
    const auto add = [&](const std::string& what, const std::string& json, const std::string& code,
                         std::vector<std::string> says = {}) {
      cases.push_back({field + ": " + what, event_with(field, json), field, code, std::move(says)});
    };
    add("missing", "", "missing_field", {"missing", most});
    add("empty", "\"\"", "empty", {"is empty", most});
    add("null", "null", "wrong_type", {"null"});
    add("a boolean", "false", "wrong_type", {"boolean", "false"});
    add("an object", "{}", "wrong_type", {"object"});
    add("an array", "[\"a\"]", "wrong_type", {"array"});
    add("a fraction", "1.5", "wrong_type", {"fraction", "1.5"});
    add("an exponent", "1e3", "wrong_type", {"1e3"});
    if (!takes_integers) add("an integer", "7", "wrong_type", {"integer", "7"});
    if (takes_integers) add("an endless integer", repeated("7", 257), "too_long", {"257"});
    add("one byte too long", quoted(std::string(static_cast<std::size_t>(bytes_max) + 1, 'a')),
        "too_long", {std::to_string(bytes_max + 1), most});
    add("too long in bytes, not in characters", quoted(repeated("€", bytes_max / 3 + 1)),
        "too_long", {most});
    add("a NUL", R"("a\u0000b")", "bad_text", {"NUL"});
    add("half a surrogate pair", R"("\ud83d")", "bad_text", {"surrogate"});
    add("the other half", R"("\ude00 ")", "bad_text");
    add("two first halves", R"("\ud83d\ud83d")", "bad_text");
  }
  return cases;
}

std::vector<Case> bad_properties() {
  const auto bad = [](const std::string& what, const std::string& json, const std::string& code,
                      std::vector<std::string> says = {}) {
    return Case{what, event_with("properties", json), "properties", code, std::move(says)};
  };
  const auto deep = R"({"a":)" + repeated("[", 16) + repeated("]", 16) + "}";
  const auto very_deep = R"({"a":)" + repeated("[", 5'000) + repeated("]", 5'000) + "}";
  const std::string large = R"({"a":")" + std::string(65'536 - 7, 'x') + R"("})";
  return {
      bad("a text", "\"{}\"", "not_an_object", {"object", "string"}),
      bad("a number", "1", "not_an_object"),
      bad("an array", "[]", "not_an_object", {"array"}),
      bad("a boolean", "true", "not_an_object"),
      bad("one byte too large", large, "too_large", {"65537", "65536"}),
      bad("17 levels", deep, "too_deep", {"17", "16"}),
      bad("very deep", very_deep, "too_deep"),
      bad("a NUL in a value", R"({"a":"\u0000"})", "bad_text"),
      bad("a NUL in a key", R"({"\u0000":1})", "bad_text"),
      bad("half a surrogate pair", R"({"a":["\udfff"]})", "bad_text"),
  };
}

std::vector<Case> bad_shapes() {
  const std::string good = good_event("e-1");
  const auto twice = [&](const std::string& member) {
    return good.substr(0, good.size() - 1) + "," + member + "}";
  };
  return {
      {"an unknown field", event_with("tags", "[]"), "tags", "unknown_field", {"tags"}},
      {"a misspelt field", event_with("propertes", "{}"), "propertes", "unknown_field"},
      {"another case", event_with("Event_Type", "\"a\""), "Event_Type", "unknown_field"},
      {"ours to set", event_with("received_at", "\"2025-08-01T10:00:00Z\""), "received_at",
       "unknown_field"},
      {"a repeated field", twice("\"user_id\":\"bob\""), "user_id", "repeated_field", {"user_id"}},
      {"repeated alike", twice("\"event_id\":\"e-1\""), "event_id", "repeated_field"},
      {"repeated by an escape", twice(R"("user\u005fid":"bob")"), "user_id", "repeated_field"},
      {"an envelope within", "{\"events\":[" + good + "]}", "events", "unknown_field"},
  };
}

std::vector<Case> all_cases() {
  std::vector<Case> all;
  for (auto* cases : {&bad_instants, &bad_texts, &bad_properties, &bad_shapes}) {
    for (auto& one : cases()) all.push_back(std::move(one));
  }
  return all;
}

struct BadEvents : RefusalTest {};

TEST_F(BadEvents, AloneIsRefusedWithItsFieldAndCodeAndIsKept) {
  for (const auto& one : all_cases()) {
    std::vector<std::string> says = {one.field + "\n" + one.code + "\n"};
    says.insert(says.end(), one.says.begin(), one.says.end());
    expect_refused({.what = one.what,
                    .bytes = bytes_of({.body = "[" + one.json + "]"}),
                    .status = 422,
                    .code = "all_events_rejected",
                    .says = says,
                    .quarantined = 1});
  }
}

TEST_F(BadEvents, WhatIsNoObjectIsOneBadEvent) {
  for (const std::string text : {"null", "7", "-1.5e3", "true", "\"text\"", "[]", "[1,2]"}) {
    expect_refused({.what = text + " in an array",
                    .bytes = bytes_of({.body = "[" + text + "]"}),
                    .status = 422,
                    .code = "all_events_rejected",
                    .says = {"not_an_object"},
                    .quarantined = 1});
    expect_refused({.what = text + " on a line",
                    .bytes = bytes_of({.body = text + "\n", .type = "application/x-ndjson"}),
                    .status = 422,
                    .code = "all_events_rejected",
                    .says = {"not_an_object"},
                    .quarantined = 1});
  }
}

TEST_F(BadEvents, ALineThatIsNoJsonIsOneBadEvent) {
  const auto good = good_event("e-1");
  const std::vector<std::pair<std::string, std::string>> lines = {
      {"nonsense", "nonsense"},
      {"cut short", good.substr(0, good.size() - 1)},
      {"two documents", good + good},
      {"a comma behind", good + ","},
      {"no UTF-8", event_with("user_id", "\"\xff\"")},
      {"half a character", event_with("user_id", "\"\xe2\x82\"")},
      {"a surrogate in UTF-8", event_with("user_id", "\"\xed\xa0\xbd\"")},
      {"a raw control character", event_with("user_id", "\"a\x01\"")},
      {"a number with a zero in front", event_with("user_id", "007")},
      {"not a number", event_with("user_id", "NaN")},
      {"a comment", good + " // ours"},
      {"single quotes", "{'event_id':'e-1'}"},
      {"an escape that is none", event_with("user_id", R"("\x41")")},
  };
  for (const auto& [what, line] : lines) {
    expect_refused({.what = what,
                    .bytes = bytes_of({.body = "\n" + line + "\n", .type = "application/jsonl"}),
                    .status = 422,
                    .code = "all_events_rejected",
                    .says = {"bad_json", "line 2", "byte", "expected"},
                    .quarantined = 1});
  }
}

TEST_F(BadEvents, SeveralFaultsOfOneEventAreAllTold) {
  expect_refused(
      {.what = "everything wrong at once",
       .bytes = bytes_of({.body = R"({"event_id":"","occurred_at":"now","user_id":null,)"
                                  R"("properties":[],"x":1,"x":2})"}),
       .status = 422,
       .code = "all_events_rejected",
       .says = {"event_id\nempty", "occurred_at\nbad_timestamp", "user_id\nwrong_type",
                "event_type\nmissing_field", "properties\nnot_an_object", "x\nunknown_field"},
       .quarantined = 1});
}

/// Of its own: here good events are stored.
struct MixedBatches : RefusalTest {};

TEST_F(MixedBatches, GoodEventsAreTakenAndBadOnesToldByTheirIndex) {
  std::uint64_t accepted = 0;
  for (const auto& one : all_cases()) {
    SCOPED_TRACE(one.what);
    const auto id = [&](int i) {
      return "m-" + std::to_string(accepted) + "-" + std::to_string(i);
    };
    const auto body = "[" + good_event(id(1)) + ",\n" + one.json + ", " + good_event(id(2)) + "]";
    const auto answer =
        ask(port(), bytes_of({.body = body, .fields = "Prefer: return=representation\r\n"}));
    ASSERT_EQ(answer.status, 202) << answer.body;
    const auto receipt = answer.json();
    EXPECT_EQ(receipt.at("accepted"), 2);
    EXPECT_EQ(receipt.at("duplicates"), 0);
    EXPECT_EQ(receipt.at("rejected"), 1);
    ASSERT_FALSE(receipt.at("errors").as_array().empty());
    for (const auto& error : receipt.at("errors").as_array()) EXPECT_EQ(error.at("index"), 1);
    const auto& first = receipt.at("errors").at(0);
    EXPECT_EQ(first.at("field").as_string(), one.field);
    EXPECT_EQ(first.at("code").as_string(), one.code);
    const auto& results = receipt.at("results").as_array();
    ASSERT_EQ(results.size(), 3U);
    EXPECT_EQ(results[1].at("status"), "rejected");
    EXPECT_EQ(results[2].at("status"), "accepted");
    for (const int i : {1, 2}) {
      EXPECT_EQ(ask(port(), bytes_of("GET", "/events/" + id(i))).status, 200);
    }
    accepted += 2;
  }
  EXPECT_EQ(figure("tidemark_quarantine_events"), static_cast<double>(all_cases().size()));
}

TEST_F(MixedBatches, TheQuarantineKeepsThemAsTheyWereSent) {
  const std::string raw = "{ \"event_id\" : \"q-1\",\n  \"oops\":1.50e+0 }";
  const auto sent = ask(port(), bytes_of({.body = "[" + good_event("q-0") + "," + raw + "]"}));
  ASSERT_EQ(sent.status, 202);
  std::string target = "/quarantine?limit=1000";
  const auto page = ask(port(), bytes_of("GET", target)).json();
  const auto& last = page.at("data").as_array().back();
  EXPECT_EQ(last.at("raw").as_string(), raw);
  EXPECT_EQ(last.at("source").as_string(), "http");
  EXPECT_EQ(last.at("errors").as_array().size(), 4U) << last;
}

TEST_F(MixedBatches, AtMostAHundredFaultsAreToldAndAllEventsCounted) {
  std::string body = "[" + good_event("h-0");
  for (int i = 1; i < kEventsMax; ++i) body += ",{}";  // four faults each
  const auto answer = ask(port(), bytes_of({.body = body + "]"}));
  ASSERT_EQ(answer.status, 202) << answer.body;
  const auto receipt = answer.json();
  EXPECT_EQ(receipt.at("rejected"), kEventsMax - 1);
  EXPECT_EQ(receipt.at("errors").as_array().size(), 100U);
  EXPECT_EQ(receipt.at("errors").at(99).at("index"), 25);
}

}  // namespace
}  // namespace tidemark
