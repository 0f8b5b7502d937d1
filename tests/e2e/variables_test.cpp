// What stands in the environment by itself, or was misspelt there, and the real program.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/service_process.hpp"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing_support::Finished;
using testing_support::program_path;
using testing_support::run_command;
using testing_support::TemporaryFolder;

using Words = std::vector<std::string>;

/// As Kubernetes sets them in each pod beside Services named tidemark and tidemark-worker.
const Words kOfKubernetes = {"TIDEMARK_SERVICE_HOST=10.96.0.12",
                             "TIDEMARK_SERVICE_PORT=8080",
                             "TIDEMARK_SERVICE_PORT_HTTP=8080",
                             "TIDEMARK_PORT=tcp://10.96.0.12:8080",
                             "TIDEMARK_PORT_8080_TCP=tcp://10.96.0.12:8080",
                             "TIDEMARK_PORT_8080_TCP_PROTO=tcp",
                             "TIDEMARK_PORT_8080_TCP_PORT=8080",
                             "TIDEMARK_PORT_8080_TCP_ADDR=10.96.0.12",
                             "TIDEMARK_WORKER_SERVICE_HOST=10.96.0.13",
                             "TIDEMARK_WORKER_PORT=tcp://10.96.0.13:8081",
                             "TIDEMARK_WORKER_PORT_8081_TCP_ADDR=10.96.0.13"};

Finished run_with(const Words& variables, const Words& arguments) {
  Words words{"env"};
  words.insert(words.end(), variables.begin(), variables.end());
  words.push_back(program_path());
  words.insert(words.end(), arguments.begin(), arguments.end());
  return run_command(words);
}

std::size_t count(const std::string& text, const std::string& word) {
  std::size_t found = 0;
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++found;
  return found;
}

TEST(Variables, WhatKubernetesSetsStopsNoCommand) {
  const TemporaryFolder folder;
  const std::string data = folder.path() / "data";
  // Made, so that commands find one.
  ASSERT_EQ(run_with({}, {"import", "/dev/null", "--format", "ndjson", "--data-dir", data}).code,
            0);
  const std::vector<Words> commands = {
      {"config", "--data-dir", data},
      {"stats", "dau", "--from", "2025-08-01", "--to", "2025-08-02", "--data-dir", data},
      {"export", "--data-dir", data},
      {"verify", "--data-dir", data}};
  for (const auto& command : commands) {
    const auto done = run_with(kOfKubernetes, command);
    EXPECT_EQ(done.code, 0) << command.front() << done.err;
    EXPECT_EQ(count(done.err, "is ignored"), 1U) << command.front() << done.err;
    EXPECT_THAT(done.err, Not(HasSubstr("does not belong to a setting"))) << command.front();
  }
  const auto config = run_with(kOfKubernetes, {"config", "--port", "9000"});
  EXPECT_EQ(config.code, 0) << config.err;
  EXPECT_THAT(config.out, testing::ContainsRegex("port +9000 +flag"));
  EXPECT_THAT(config.err, HasSubstr("TIDEMARK_WORKER_PORT is ignored"));
  for (const char* quiet : {"version", "completion"}) {
    Words words{quiet};
    if (words[0] == "completion") words.emplace_back("bash");
    const auto done = run_with(kOfKubernetes, words);
    EXPECT_EQ(done.code, 0);
    EXPECT_EQ(done.err, "");
  }
}

TEST(Variables, AServiceStartsBesideAServiceOfItsName) {
  // A folder that is held ends it after the settings were read and its port was not wanted yet.
  const TemporaryFolder folder;
  const testing_support::ServiceProcess holder(folder.path() / "data");
  ASSERT_FALSE(holder.url().empty());
  const auto second = run_with(kOfKubernetes, {"serve", "--data-dir", folder.path() / "data"});
  EXPECT_EQ(second.code, 3);
  EXPECT_THAT(second.err, HasSubstr(holder.url()));
}

TEST(Variables, AFlagWinsOverAValueThatCannotBeRead) {
  const auto wins = run_with({"TIDEMARK_PORT=http"}, {"config", "--port", "9000"});
  EXPECT_EQ(wins.code, 0) << wins.err;
  const auto bad = run_with({"TIDEMARK_PORT=http"}, {"config"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.err, HasSubstr("TIDEMARK_PORT: port must be a whole number"));
}

TEST(Variables, ACommandIsNotStoppedByWhatItDoesNotUse) {
  const auto version = run_with({"TIDEMARK_PORT=http", "TIDEMARK_QUERY_THREADS=-1"}, {"version"});
  EXPECT_EQ(version.code, 0) << version.err;
  const auto generated = run_with({"TIDEMARK_PORT=http"}, {"generate", "--events", "1"});
  EXPECT_EQ(generated.code, 0) << generated.err;
  const TemporaryFolder folder;
  const auto stats =
      run_with({"TIDEMARK_PORT=http"}, {"stats", "dau", "--from", "2025-08-01", "--to",
                                        "2025-08-02", "--data-dir", folder.path() / "none"});
  EXPECT_THAT(stats.err, HasSubstr("there is no data folder"));
}

TEST(Variables, OneThatNoSettingHasIsToldWithTheNearest) {
  const auto done = run_with({"TIDEMARK_DATADIR=/elsewhere", "TIDEMARK_SHARED=/tests"}, {"config"});
  EXPECT_EQ(done.code, 0);
  EXPECT_THAT(done.err, HasSubstr("TIDEMARK_DATADIR does not belong to a setting"));
  EXPECT_THAT(done.err, HasSubstr("did you mean TIDEMARK_DATA_DIR?"));
  EXPECT_THAT(done.err, Not(HasSubstr("/elsewhere"))) << "it may be a password";
  EXPECT_THAT(done.err, Not(HasSubstr("TIDEMARK_SHARED")));
}

}  // namespace
}  // namespace tidemark
