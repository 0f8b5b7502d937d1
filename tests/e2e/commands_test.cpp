// What the commands say, with which exit code, and what they leave behind where they cannot work: a
// folder that is misspelt, a peer that is not a Tidemark service, an output that takes nothing.

#include <string>
#include <thread>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/service_fixture.hpp"

namespace tidemark {
namespace {

using testing_support::line_of;
using testing_support::lines_of;
using testing_support::program_path;
using testing_support::run_command;
using testing_support::run_program;
using testing_support::ServiceProcess;
using testing_support::ServiceTest;
namespace fs = std::filesystem;

/// A program on a free port that answers whatever it is asked with the same bytes.
class Stranger {
 public:
  explicit Stranger(std::string answer) : answer_(std::move(answer)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, any, length) != 0 || listen(listener_, 8) != 0) std::abort();
    getsockname(listener_, any, &length);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~Stranger() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }

 private:
  void serve() const {
    for (;;) {
      const int client = accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      std::string head;
      char byte = 0;
      while (head.find("\r\n\r\n") == std::string::npos && read(client, &byte, 1) == 1)
        head += byte;
      if (write(client, answer_.data(), answer_.size()) < 0) std::abort();
      close(client);
    }
  }

  std::string answer_;
  std::string url_;
  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::thread thread_;
};

std::string answer_of(const std::string& status, const std::string& type, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Type: " + type + "\r\nConnection: close\r\n" +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Commands : ServiceTest {
  static std::string line(const std::string& id) { return line_of({.id = id}); }
  /// With a service, so that the folder is not opened anew by every command.
  std::unique_ptr<ServiceProcess> start(int events) const {
    auto service = std::make_unique<ServiceProcess>(data);
    post(*service, lines_of(0, events));
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

TEST_F(Commands, APeerThatIsNoTidemarkIsToldAndNothingOfItIsPrinted) {
  const Stranger html(answer_of("200 OK", "text/html", "<html>hello</html>"));
  const Stranger missing(answer_of("404 Not Found", "text/html", "<html>no</html>"));
  const Stranger json(answer_of("200 OK", "application/json", "{\"other\":1}"));
  const Stranger text(answer_of("200 OK", "application/json", "<html>hello</html>"));
  const auto events = file("e.ndjson", line("a"));
  for (const auto* peer : {&html, &missing, &json, &text}) {
    const std::vector<std::vector<std::string>> all = {
        {"verify"},
        {"stats", "dau", "--from", "2025-08-01", "--to", "2025-08-02"},
        {"quarantine", "list"},
        {"import", events}};
    for (auto words : all) {
      words.insert(words.end(), {"--url", peer->url()});
      expect(words, 3, "tidemark: ");
    }
  }
  for (const auto* peer : {&html, &missing, &text}) {
    const std::vector<std::vector<std::string>> all = {
        {"stats", "dau", "--json", "--from", "2025-08-01", "--to", "2025-08-02"},
        {"export"},
        {"quarantine", "replay"}};
    for (auto words : all) {
      words.insert(words.end(), {"--url", peer->url()});
      const auto done = run_program(words);
      EXPECT_EQ(done.code, 3) << words.front() << done.err;
      EXPECT_EQ(done.out, "") << words.front();
    }
  }
  expect({"verify", "--url", html.url()}, 3,
         "is not a Tidemark service: expected application/json");
}

TEST_F(Commands, AFolderThatIsNotThereIsToldAndNotMade) {
  const std::vector<std::vector<std::string>> all = {
      {"verify"},
      {"rebuild"},
      {"export"},
      {"export", "-o", folder.path() / "out.csv"},
      {"stats", "dau", "--from", "2025-08-01", "--to", "2025-08-02"},
      {"quarantine", "list"},
      {"quarantine", "replay"},
      {"keys", "list"},
      {"keys", "revoke", "1"},
      {"projects", "list"}};
  for (auto words : all) {
    words.insert(words.end(), {"--data-dir", data});
    expect(words, 3, "there is no data folder at " + data.string());
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(Commands, AWrongSettingIsToldBeforeAnythingIsMade) {
  for (const std::string command : {"serve", "config", "verify"}) {
    expect({command, "--data-dir", data, "--timezone", "Foo/Bar"}, 2, "--timezone");
    expect({command, "--data-dir", data, "--cors-origins", "app.example"}, 2, "--cors-origins");
  }
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(Commands, ADryRunWithoutAFolderChecksTheRowsAndMakesNone) {
  const auto rows = file("rows.ndjson", line("a") + line("a") + line("b") + "{}\n");
  const auto done = run_program({"import", rows, "--dry-run", "--data-dir", data});
  EXPECT_EQ(done.code, 1) << done.err;
  EXPECT_TRUE(done.out.starts_with("read 4, accepted 2, duplicates 1, conflicts 0, rejected 1,"))
      << done.out;
  EXPECT_FALSE(fs::exists(data));
}

TEST_F(Commands, AnExportIsOfTheFormatThatItsNameTells) {
  const auto service = start(2);
  const auto written = [&](const std::string& name, std::vector<std::string> flags = {}) {
    const std::string path = folder.path() / name;
    flags.insert(flags.begin(), {"export", "-o", path, "--data-dir", data});
    const auto done = run_program(flags);
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_FALSE(fs::exists(path + ".tmp"));
    return content(path);
  };
  EXPECT_TRUE(written("a.csv").starts_with("event_id,"));
  EXPECT_TRUE(written("a.parquet").starts_with("PAR1"));
  EXPECT_TRUE(written("a.jsonl").starts_with("{\"event_id\""));
  EXPECT_TRUE(written("a.out").starts_with("{\"event_id\""));
  EXPECT_TRUE(written("b.csv", {"--format", "ndjson"}).starts_with("{\"event_id\""));
  for (const std::string name : {"a.csv.gz", "a.ndjson.zst", "a.parquet.gz"}) {
    expect({"export", "-o", folder.path() / name, "--data-dir", data}, 2, "does not compress");
    EXPECT_FALSE(fs::exists(folder.path() / name));
  }
}

TEST_F(Commands, AnExportThatFailsLeavesTheFileThatWasThere) {
  const auto service = start(2);
  for (const std::string name : {"old.csv", "old.ndjson", "old.parquet"}) {
    const auto old = file(name, "what was there");
    expect({"export", "-o", old, "--data-dir", data, "--from", "never"}, 2, "from");
    expect({"export", "-o", old, "--url", "http://127.0.0.1:1"}, 3, "connecting");
    EXPECT_EQ(content(old), "what was there");
    EXPECT_FALSE(fs::exists(old + ".tmp"));
    const auto done = run_program({"export", "-o", old, "--data-dir", data});
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_NE(content(old), "what was there");
  }
  fs::create_symlink("old.csv", folder.path() / "link.csv");
  EXPECT_EQ(run_program({"export", "-o", folder.path() / "link.csv", "--data-dir", data}).code, 0);
  EXPECT_TRUE(fs::is_symlink(folder.path() / "link.csv")) << "the file is replaced, not the link";
}

TEST_F(Commands, AnExportThatCannotBeWrittenSaysWhyAndAsksNobody) {
  for (const std::string name : {"/nope/x.csv", "/nope/x.parquet"}) {
    const auto done = run_program({"export", "-o", name, "--url", "http://127.0.0.1:1"});
    EXPECT_EQ(done.code, 3);
    EXPECT_EQ(done.err, "tidemark: writing " + name + ": No such file or directory\n");
  }
  const auto service = start(2);
  const auto full = run_program({"export", "-o", "/dev/full", "--data-dir", data});
  EXPECT_EQ(full.code, 3);
  EXPECT_EQ(full.err, "tidemark: writing /dev/full: No space left on device\n");
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

TEST_F(Commands, AnOutputThatTakesNothingIsNoSuccess) {
  const auto service = start(2);
  const auto rows = file("rows.ndjson", line("a"));
  const std::vector<std::string> all = {"stats dau --from 2025-08-01 --to 2025-08-02",
                                        "quarantine replay",
                                        "import " + rows,
                                        "config",
                                        "version",
                                        "completion",
                                        "export",
                                        "generate --events 5",
                                        "--help"};
  for (const auto& words : all) {
    const auto done = run_command(
        {"sh", "-c",
         program_path() + " " + words + " --data-dir " + data.string() + " >/dev/full"});
    EXPECT_EQ(done.code, 3) << words << done.err;
    EXPECT_NE(done.err.find("standard output"), std::string::npos) << words << done.err;
  }
}

TEST_F(Commands, WhatIsMisspeltIsNamedWithWhatThereIs) {
  const auto version = run_program({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out, run_program({"version"}).out);
  expect({"--foo"}, 2, "there is no option \"--foo\"");
  expect({"stats", "--foo"}, 2, "there is no option \"--foo\"");
  expect({"stats", "dau", "--foo"}, 2, "--foo");
  expect({"bogus"}, 2, "has no command \"bogus\": serve, import,");
  expect({"stats", "foo"}, 2, "has no command \"foo\": dau, wau, mau, top-events, retention");
  expect({"quarantine"}, 2, "needs a command: list, replay, drop");
}

}  // namespace
}  // namespace tidemark
