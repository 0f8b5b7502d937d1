// What the commands say, with which exit code, and what they leave behind where they cannot work: a
// folder that is misspelt, a peer that is no Tidemark, an output that takes nothing.

#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "support/service_process.hpp"

namespace tidemark {
namespace {

using testing_support::program_path;
using testing_support::run_command;
using testing_support::run_program;
using testing_support::ServiceProcess;
using testing_support::TemporaryFolder;
namespace fs = std::filesystem;

struct Commands : testing::Test {
  TemporaryFolder folder;
  std::string data = folder.path() / "data";

  std::string file(const std::string& name, const std::string& content) const {
    const auto path = folder.path() / name;
    std::ofstream(path, std::ios::binary) << content;
    return path;
  }
  static std::string line(const std::string& id) {
    return R"({"event_id":")" + id +
           R"(","occurred_at":"2025-08-01T10:00:00Z","user_id":"u","event_type":"t"})" + "\n";
  }
  static std::string content(const fs::path& path) {
    std::ifstream bytes(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(bytes), {}};
  }
  /// With a service, so that the folder is not opened anew by every command.
  std::unique_ptr<ServiceProcess> start(int events) const {
    auto service = std::make_unique<ServiceProcess>(data);
    std::string lines;
    for (int i = 0; i < events; ++i) lines += line("e-" + std::to_string(i));
    EXPECT_EQ(service->client().post("/events", lines, "application/x-ndjson")->status, 202);
    return service;
  }
  static void expect(const std::vector<std::string>& words, int code, const std::string& says) {
    const auto done = run_program(words);
    std::string all;
    for (const auto& word : words) all += word + " ";
    EXPECT_EQ(done.code, code) << all << done.err;
    EXPECT_NE(done.err.find(says), std::string::npos) << all << "said: " << done.err;
  }
};

TEST_F(Commands, AWrongSettingIsToldBeforeAnythingIsMade) {
  for (const std::string command : {"serve", "config", "verify"}) {
    expect({command, "--data-dir", data, "--timezone", "Foo/Bar"}, 2, "--timezone");
    expect({command, "--data-dir", data, "--cors-origins", "app.example"}, 2, "--cors-origins");
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(Commands, NumbersThatAreNoneAreRefused) {
  for (const std::string bad : {"-1", "1e3", "5x", "0x10", "99999999999999999999"}) {
    expect({"generate", "--events", bad}, 2, "--events");
    expect({"generate", "--users", bad}, 2, "--users");
    expect({"generate", "--seed", bad}, 2, "--seed");
    expect({"generate", "--days", bad}, 2, "--days");
    expect({"bench", "ingest", "--connections", bad}, 2, "--connections");
    expect({"bench", "ingest", "--batch", bad}, 2, "--batch");
    expect({"bench", "query", "--times", bad}, 2, "--times");
    expect({"bench", "mixed", "--users", bad}, 2, "--users");
  }
  expect({"bench", "mixed", "--seconds", "-1"}, 2, "expected a number from");
  expect({"generate", "--events", "-1"}, 2, "expected a whole number from 0");
}

}  // namespace
}  // namespace tidemark
