#pragma once

/// What tests of `tidemark import` share: files, folders, and what the command told.

#include <cstdint>
#include <fstream>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "support/service_process.hpp"

namespace tidemark {

inline const std::string kHeader = "event_id,occurred_at,user_id,event_type,properties_json\n";

/// A row and a line of one good event, but for what is given.
inline std::string row(const std::string& id, const std::string& at = "2025-08-01T10:00:00Z") {
  return id + "," + at + ",00001,login,\"{\"\"n\"\": 1.50}\"\n";
}

inline std::string line(const std::string& id, const std::string& at = "2025-08-01T10:00:00Z") {
  return R"({"event_id":")" + id + R"(","occurred_at":")" + at +
         R"(","user_id":"00001","event_type":"login","properties":{"n":1.50}})" + "\n";
}

/// What an import said at its end.
struct Summary {
  std::int64_t read = 0;
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::int64_t rejected = 0;
  std::int64_t conflicts = 0;

  bool operator==(const Summary&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const Summary& summary) {
  return out << "read " << summary.read << ", accepted " << summary.accepted << ", duplicates "
             << summary.duplicates << ", conflicts " << summary.conflicts << ", rejected "
             << summary.rejected;
}

/// A folder of files and a data folder beside it.
struct ImportFixture : testing::Test {
  testing_support::TemporaryFolder folder;
  std::string data = folder.path() / "data";

  std::string file(const std::string& name, const std::string& content) const {
    const auto path = folder.path() / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  testing_support::Finished run(std::vector<std::string> words,
                                const std::string& input = {}) const {
    words.insert(words.end(), {"--data-dir", data});
    return testing_support::run_program(std::move(words), input);
  }
  testing_support::Finished import(const std::string& path, std::vector<std::string> flags = {},
                                   const std::string& input = {}) const {
    flags.insert(flags.begin(), {"import", path, "--json"});
    return run(std::move(flags), input);
  }
  static Summary summary_of(const testing_support::Finished& done) {
    boost::system::error_code unreadable;
    const auto told = boost::json::parse(done.out, unreadable);
    EXPECT_FALSE(unreadable) << done.out << done.err;
    if (unreadable) return {};
    EXPECT_GE(told.at("seconds").to_number<double>(), 0.0);
    const auto number = [&](const char* name) { return told.at(name).as_int64(); };
    EXPECT_EQ(number("read"),
              number("accepted") + number("duplicates") + number("conflicts") + number("rejected"))
        << "each row is one of the four";
    return {number("read"), number("accepted"), number("duplicates"), number("rejected"),
            number("conflicts")};
  }
  void expect_import(const std::string& path, int code, const Summary& summary,
                     std::vector<std::string> flags = {}, const std::string& input = {}) const {
    const auto done = import(path, std::move(flags), input);
    EXPECT_EQ(done.code, code) << path << done.err;
    EXPECT_EQ(summary_of(done), summary) << path << ": " << done.err;
  }
  static std::vector<boost::json::value> lines_of(std::istream&& lines) {
    std::vector<boost::json::value> entries;
    for (std::string text; std::getline(lines, text);) entries.push_back(boost::json::parse(text));
    return entries;
  }
  std::vector<boost::json::value> quarantine() const {
    return lines_of(std::istringstream(run({"quarantine", "list"}).out));
  }
  /// What an import kept beside `path`; nothing where there is no such file.
  static std::vector<boost::json::value> rejects(const std::string& path) {
    return lines_of(std::ifstream(path + ".rejects"));
  }
  std::string exported(const std::string& format = "ndjson") const {
    const auto done = run({"export", "--format", format});
    EXPECT_EQ(done.code, 0) << done.err;
    return done.out;
  }
  /// What `quarantine replay` says: accepted and rejected.
  std::pair<std::int64_t, std::int64_t> replay(std::vector<std::string> flags = {}) const {
    flags.insert(flags.begin(), {"quarantine", "replay"});
    const auto done = run(std::move(flags));
    EXPECT_EQ(done.code, 0) << done.err;
    const auto told = boost::json::parse(done.out);
    return {told.at("accepted").as_int64(), told.at("rejected").as_int64()};
  }
};

}  // namespace tidemark
