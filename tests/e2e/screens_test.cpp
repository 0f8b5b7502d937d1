// What strangers send is looked at on screens: no command and no log line lets a control character
// through, whoever wrote it and wherever.

#include <fstream>
#include <iterator>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "support/raw_http.hpp"
#include "support/service_fixture.hpp"

namespace tidemark {
namespace {

using testing_support::ask;
using testing_support::bytes_of;
using testing_support::run_program;
using testing_support::ServiceProcess;
using testing_support::ServiceTest;

/// Sets a title, clears the screen, rings, turns text around, forges a row, in C0, C1 and UTF-8.
const std::string kNasty =
    "a\x1b]0;owned\x07\x1b[2J\x08\x7f\xc2\x9b"
    "31m\xe2\x80\xae\xe2\x81\xa6\xd8\x9c\xe2\x80\xa8\nforged 1 1\r\tz";

/// Empty where nothing in it acts on a screen but line ends, and all of it is UTF-8.
std::string fault_of(const std::string& text) {
  const auto quoted = [&](std::size_t at) {
    return "at " + std::to_string(at) + " of: " +
           boost::json::serialize(boost::json::string(text.substr(at > 40 ? at - 40 : 0, 80)));
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && text[i] != '\n') || byte == 0x7f) return quoted(i);
  }
  for (const char* mark : {"\xe2\x80\xae", "\xe2\x81\xa6", "\xd8\x9c", "\xe2\x80\xa8"}) {
    if (text.find(mark) != std::string::npos) return quoted(text.find(mark));
  }
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool c1 = text[i] == '\xc2' && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) return quoted(i);
  }
  // The parser takes UTF-8 only.
  boost::system::error_code bad;
  boost::json::parse(boost::json::serialize(boost::json::string(text)), bad);
  return bad ? "no UTF-8: " + quoted(0) : "";
}

std::string event_of(const std::string& id, const std::string& nasty) {
  return boost::json::serialize(boost::json::object{{"event_id", id},
                                                    {"occurred_at", "2025-08-01T10:00:00Z"},
                                                    {"user_id", "u" + nasty},
                                                    {"event_type", nasty},
                                                    {"properties", {{"a", nasty}}}});
}

struct Screens : ServiceTest {
  void expect_harmless(const std::vector<std::string>& words, int code = 0) const {
    auto arguments = words;
    arguments.insert(arguments.end(), {"--data-dir", data});
    const auto done = run_program(arguments);
    EXPECT_EQ(done.code, code) << words.front() << ": " << done.err;
    EXPECT_EQ(fault_of(done.out), "") << words.front();
    EXPECT_EQ(fault_of(done.err), "") << words.front();
    EXPECT_FALSE(done.out.empty() && done.err.empty()) << words.front();
  }
};

TEST_F(Screens, TablesAndListsShowWhatStrangersSentAndDoNotObeyIt) {
  ServiceProcess service(data);
  ASSERT_FALSE(service.url().empty());
  const auto sent = ask(service.port(), bytes_of({.body = "[" + event_of("e-1", kNasty) + "]"}));
  ASSERT_EQ(sent.status, 202) << sent.body;
  const auto bad =
      ask(service.port(), bytes_of({.body = R"([{"event_id":"e-2","user_id":")" +
                                            std::string(R"(\u001b[2J\u009b","x":1}])")}));
  ASSERT_EQ(bad.status, 422) << bad.body;
  const std::vector<std::string> days = {"--from", "2025-08-01", "--to", "2025-08-01"};
  const auto with_days = [&](std::vector<std::string> words) {
    words.insert(words.end(), days.begin(), days.end());
    return words;
  };
  expect_harmless(with_days({"stats", "top-events"}));
  expect_harmless(with_days({"stats", "top-events", "--json"}));
  expect_harmless(with_days({"stats", "dau", "--segment", "event_type:" + kNasty}));
  expect_harmless({"quarantine", "list"});
  const auto table = run_program(
      {"stats", "top-events", "--from", "2025-08-01", "--to", "2025-08-01", "--data-dir", data});
  EXPECT_EQ(std::count(table.out.begin(), table.out.end(), '\n'), 2) << table.out;
  EXPECT_NE(table.out.find("\\x1b]0;owned\\x07"), std::string::npos) << table.out;
  // For a program the meaning is the same.
  const auto json = run_program({"stats", "top-events", "--json", "--from", "2025-08-01", "--to",
                                 "2025-08-01", "--data-dir", data});
  const auto value = boost::json::parse(json.out);
  EXPECT_EQ(value.at("data").at(0).at("event_type").as_string(), kNasty);
}

TEST_F(Screens, ImportTellsBadCellsAndNamesWithoutObeyingThem) {
  const std::string header = "event_id,occurred_at,user_id,event_type,properties_json\n";
  const auto csv =
      file("h.csv", header + "c-1,\"" + kNasty + "\",u,t,\nc-2,2025-08-01T10:00:00Z,u\xff,t,\n" +
                        "c-3,2025-08-01T10:00:00Z,u,t,\"{\x1b\"\n");
  expect_harmless({"import", csv}, 1);
  const auto named = file("\x1b]0;x\x07\xc2\x9b\xff.csv", header + "c-4,no time,u,t,\n");
  expect_harmless({"import", named}, 1);
  expect_harmless({"import", file("h.ndjson", "{\"event_id\":\"\x1b[2J\"}\n\xff\xfe\n")}, 1);
  expect_harmless({"import", folder.path() / kNasty}, 1);
}

TEST_F(Screens, MessagesOfEveryKindShowWhatWasTyped) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {kNasty},
           {"stats", kNasty},
           {"stats", "dau", "--from", kNasty},
           {"--" + kNasty},
           {"serve", "--host", kNasty},
           {"serve", "--journal", kNasty},
           {"config", "--timezone", kNasty},
           {"config", "--config", kNasty},
           {"config", "--config", file("t.toml", "a\x1b[2J = 1\n")},
           {"config", "--config",
            file("u.toml", "host = \"\\u001b[2J\\u009b\"\nport = \"\\u202e\"\n")},
           {"config", "--worker-host", kNasty},
           {"dlq", "drop", kNasty},
           {"generate", "--from", kNasty},
           {"import", "--format", kNasty},
           {"export", "-o", "/nothing/" + kNasty},
           {"verify", "--url", "http://" + kNasty}}) {
    const auto done = run_program(words);
    EXPECT_EQ(fault_of(done.out), "") << words.front() << " " << words.back();
    EXPECT_EQ(fault_of(done.err), "") << words.front() << " " << words.back();
  }
}

/// Requests of all sorts, and what the service then has logged.
std::string log_of(const std::string& data, const std::filesystem::path& log,
                   const std::string& format) {
  ServiceProcess service(data, {"--log-format", format, "--drain-seconds", "0"}, log);
  EXPECT_FALSE(service.url().empty());
  for (const std::string target :
       {"/events?user_id=\xff", "/caf\xe9", "/events/caf\xc3\xa9",
        "/\xc2\x9b"
        "31m",
        "/\xe2\x80\xae", "/events?user_id=%1b%5b2J", "/\xed\xa0\x80", "/\"\\"}) {
    const auto answer = ask(service.port(), bytes_of("GET", target,
                                                     "User-Agent: caf\xe9 \xc2\x9b\r\n"
                                                     "X-Request-Id: a\"\\b\r\n"));
    EXPECT_GT(answer.status, 0) << target;
  }
  EXPECT_EQ(service.stop(), 0);
  std::ifstream file(log, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(Screens, LogLinesAreUtf8AndInJsonJson) {
  const auto text = log_of(data, folder.path() / "text.log", "text");
  EXPECT_EQ(fault_of(text), "");
  EXPECT_NE(text.find("caf\\\\xe9"), std::string::npos) << text;
  const auto json = log_of(data, folder.path() / "json.log", "json");
  EXPECT_EQ(fault_of(json), "");
  std::istringstream lines(json);
  int requests = 0;
  for (std::string line; std::getline(lines, line);) {
    boost::system::error_code bad;
    const auto value = boost::json::parse(line, bad);
    ASSERT_FALSE(bad) << line;
    if (value.at("message").as_string() == "request") ++requests;
  }
  EXPECT_EQ(requests, 8) << json;
}

}  // namespace
}  // namespace tidemark
