// Acknowledged events that are missing, and parts of a data folder that are older than they were or
// of another one: the service does not start, says what is missing, and goes on only where that was
// accepted.

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/raw_http.hpp"
#include "support/service_fixture.hpp"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing_support::ask;
using testing_support::bytes_of;
using testing_support::Finished;
using testing_support::lines_of;
using testing_support::run_program;
using testing_support::ServiceProcess;
using testing_support::ServiceTest;
namespace fs = std::filesystem;

struct Loss : ServiceTest {
  fs::path copy = folder.path() / "copy";
  std::vector<std::string> flags{"--journal-segment-bytes", "1MiB"};
  int batch = 500;
  int sent = 0;

  std::string post(const ServiceProcess& service) {
    const auto answer = ServiceTest::post(service, lines_of(sent, batch));
    sent += batch;
    const std::string mark = R"("position":")";
    return answer.substr(answer.find(mark) + mark.size(), 11);
  }

  /// `batches` more, and how the service ended after them.
  enum class End : std::uint8_t { InOrder, Killed };
  void fill(int batches, End end) {
    ServiceProcess service(data, flags);
    ASSERT_FALSE(service.url().empty());
    for (int i = 0; i < batches; ++i) post(service);
    if (end == End::InOrder) {
      EXPECT_EQ(service.stop(), 0);
    } else {
      service.kill();
    }
  }

  static void replace(const fs::path& from, const fs::path& to) {
    fs::remove_all(to);
    if (fs::exists(from)) fs::copy(from, to, fs::copy_options::recursive);
  }

  Finished start(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"serve", "--data-dir", data, "--port", "0"};
    words.insert(words.end(), more.begin(), more.end());
    return run_program(words);
  }

  void expect_refused(const std::string& what) const {
    const auto refused = start();
    EXPECT_EQ(refused.code, 3) << refused.err;
    EXPECT_THAT(refused.err, HasSubstr(what));
    EXPECT_THAT(refused.err, HasSubstr("--accept-loss"));
  }
  std::size_t events_of(const ServiceProcess& service) const {
    const auto all = service.client().get("/export");
    EXPECT_TRUE(all);
    return all ? static_cast<std::size_t>(std::ranges::count(all->body, '\n')) : 0;
  }
  fs::path journal_segment() const {
    for (const auto& entry : fs::directory_iterator(data / "journal")) {
      if (entry.path().extension() != ".log") continue;
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string head(std::istreambuf_iterator<char>(file), {});
      if (head.find("e-0") != std::string::npos || head.find("e-5") != std::string::npos) {
        return entry.path();
      }
    }
    return {};
  }
  /// VERSION as the program of before wrote it: the format and the key.
  void write_version_of_before() const {
    std::string text;
    {
      std::ifstream file(data / "VERSION");
      std::string line;
      for (int i = 0; i < 2 && std::getline(file, line); ++i) text += line + "\n";
    }
    std::ofstream(data / "VERSION") << text;
  }
  static void flip(const fs::path& path, std::uint64_t at) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(at));
    const auto byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }
};

TEST_F(Loss, AJournalThatIsMissingCutOrOlderIsRefusedHoweverTheServiceEnded) {
  for (const auto end : {End::InOrder, End::Killed}) {
    SCOPED_TRACE(end == End::InOrder ? "stopped in order" : "killed");
    fs::remove_all(data);
    sent = 0;
    fill(3, End::InOrder);
    replace(data, copy);
    fill(2, end);
    const auto whole = folder.path() / "whole";
    replace(data, whole);

    fs::remove_all(data / "journal");
    expect_refused("events 0 to 2499 (2500) are missing");
    replace(copy / "journal", data / "journal");
    expect_refused("events 1500 to 2499 (1000) are missing");
    replace(whole, data);
    for (const auto& entry : fs::directory_iterator(data / "journal")) {
      fs::resize_file(entry.path(), 8'192);
    }
    expect_refused("was cut or added to");

    replace(whole, data);
    const ServiceProcess service(data);
    ASSERT_FALSE(service.url().empty()) << "put back, it starts";
    EXPECT_EQ(events_of(service), 2'500U);
  }
}

TEST_F(Loss, EachFileAloneProvesWhatTheJournalHeld) {
  batch = 1'500;
  const auto whole = folder.path() / "whole";
  const auto lose_all_but = [&](const std::string& prover) {
    SCOPED_TRACE(prover);
    replace(whole, data);
    fs::remove_all(data / "journal");
    if (prover != "MARK") fs::remove(data / "MARK");
    if (prover != "VERSION") write_version_of_before();
    if (prover != "views/rollup/INDEX") fs::remove_all(data / "views");
    expect_refused(prover + " proves that 1500 were acknowledged");
  };
  flags = {"--archive-events", "1000", "--snapshot-events", "1000000"};
  {
    ServiceProcess service(data, flags);
    post(service);  // a segment of 1,000, and 500 that are in the journal alone
    while (!fs::exists(data / "archive" / "MANIFEST")) std::this_thread::yield();
    EXPECT_EQ(service.stop(), 0);
  }
  replace(data, whole);
  lose_all_but("MARK");
  lose_all_but("VERSION");
  lose_all_but("archive/MANIFEST");

  fs::remove_all(data);
  flags = {"--snapshot-events", "1000"};
  {
    ServiceProcess service(data, flags);
    post(service);
    while (!fs::exists(data / "views" / "rollup" / "INDEX")) std::this_thread::yield();
    EXPECT_EQ(service.stop(), 0);
  }
  replace(data, whole);
  lose_all_but("views/rollup/INDEX");
}

TEST_F(Loss, AFolderThatIsRestoredAsAWholeOpensWithoutComplaint) {
  fill(3, End::InOrder);
  replace(data, copy);
  fill(2, End::Killed);
  replace(copy, data);
  const ServiceProcess service(data);
  ASSERT_FALSE(service.url().empty());
  EXPECT_EQ(events_of(service), 1'500U);
}

TEST_F(Loss, AManifestThatIsMissingOrOlderIsRefusedAndNothingIsDeleted) {
  flags = {"--archive-events", "1000"};
  fill(3, End::InOrder);
  replace(data, copy);
  fill(3, End::InOrder);
  const auto names = [this] {
    std::set<std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(data)) all.insert(entry.path());
    return all;
  };
  fs::remove(data / "archive" / "MANIFEST");
  const auto before = names();
  expect_refused("archive/MANIFEST is missing");
  EXPECT_EQ(names(), before);
  replace(copy / "archive" / "MANIFEST", data / "archive" / "MANIFEST");
  expect_refused("archive/MANIFEST is older than it was");
  EXPECT_EQ(names().size(), before.size() + 1);
}

TEST_F(Loss, AVersionOfAnotherFolderIsRefused) {
  fill(1, End::InOrder);
  fs::rename(data, copy);
  fill(1, End::InOrder);
  replace(copy / "VERSION", data / "VERSION");
  const auto refused = start();
  EXPECT_EQ(refused.code, 3) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("to different data folders"));
  // Not for a loss that was accepted either: with another key no id would be known.
  EXPECT_EQ(start({"--accept-loss"}).code, 3);
}

TEST_F(Loss, TheLastRecordDamagedIsRefusedAtAnyOfItsBytes) {
  for (const auto end : {End::InOrder, End::Killed}) {
    fs::remove_all(data);
    sent = 0;
    fill(2, end);
    const auto segment = journal_segment();
    ASSERT_FALSE(segment.empty());
    std::string text;
    {
      std::ifstream file(segment, std::ios::binary);
      text.assign(std::istreambuf_iterator<char>(file), {});
    }
    const auto last = text.rfind("TMR");
    ASSERT_NE(last, std::string::npos);
    for (const std::uint64_t at : {last, last + 5, last + 20, last + 45, last + 60, last + 9'000}) {
      SCOPED_TRACE(at - last);
      flip(segment, at);
      expect_refused("events 500 to 999 (500) are missing");
      flip(segment, at);
    }
    const ServiceProcess service(data);
    EXPECT_EQ(events_of(service), 1'000U);
  }
}

TEST_F(Loss, AnUnfinishedRecordThatNobodyWasToldOfIsDroppedWithoutFuss) {
  fill(2, End::Killed);
  const auto segment = journal_segment();
  ASSERT_FALSE(segment.empty());
  std::uint64_t end = 0;
  {
    std::ifstream file(segment, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    end = text.find_last_not_of('\0') + 1;
  }
  // What a write that was interrupted leaves behind the last record.
  std::fstream file(segment, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>((end + 7) / 8 * 8));
  file << "TMR\x01 and some of a record";
  file.close();
  const ServiceProcess service(data);
  ASSERT_FALSE(service.url().empty());
  EXPECT_EQ(events_of(service), 1'000U);
  const auto ready = ask(service.port(), bytes_of("GET", "/readyz"));
  EXPECT_EQ(ready.status, 200);
  EXPECT_EQ(ready.json().at("checks").at("journal"), "ok") << ready.body;
}

TEST_F(Loss, WhereItCannotBeKnownWhetherEventsWereDroppedReadinessSaysSoUntilItIsConfirmed) {
  fill(2, End::InOrder);
  // As after a power cut that took MARK's last moments too: nothing else tells of the journal.
  fs::remove(data / "MARK");
  write_version_of_before();
  const auto segment = journal_segment();
  std::string text;
  {
    std::ifstream file(segment, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(file), {});
  }
  flip(segment, text.rfind("TMR") + 70);
  for (int round = 0; round < 2; ++round) {
    ServiceProcess service(data);
    ASSERT_FALSE(service.url().empty());
    EXPECT_EQ(events_of(service), 500U);
    const auto ready = ask(service.port(), bytes_of("GET", "/readyz"));
    EXPECT_EQ(ready.status, 200);
    EXPECT_THAT(ready.body, HasSubstr("bytes at the journal's end could not be read"));
    EXPECT_EQ(service.stop(), 0);
  }
  ServiceProcess confirmed(data, {"--accept-loss"});
  const auto ready = ask(confirmed.port(), bytes_of("GET", "/readyz"));
  EXPECT_EQ(ready.json().at("checks").at("journal"), "ok") << ready.body;
  EXPECT_EQ(confirmed.stop(), 0);
  const ServiceProcess service(data);
  EXPECT_THAT(ask(service.port(), bytes_of("GET", "/readyz")).body,
              testing::Not(HasSubstr("bytes at")));
}

TEST_F(Loss, NoPositionOfBeforeIsValidInTheNewEpoch) {
  std::string kept;
  std::string lost;
  std::string cursor;
  {
    ServiceProcess service(data);
    kept = post(service);
    EXPECT_EQ(service.stop(), 0);
  }
  replace(data / "journal", copy);
  {
    ServiceProcess service(data);
    lost = post(service);
    const auto page = ask(service.port(), bytes_of("GET", "/events?limit=2"));
    cursor = page.json().at("next_cursor").as_string();
    service.kill();
  }
  replace(copy, data / "journal");
  const ServiceProcess service(data, {"--accept-loss"});
  ASSERT_FALSE(service.url().empty());
  const auto fresh = post(service);  // the places of those that are lost
  EXPECT_NE(fresh, lost);
  const std::string days = "/stats/dau?from=2025-08-01&to=2025-08-01";
  for (const auto& position : {kept, lost}) {
    for (const auto& target : {days + "&after=" + position, "/events?after=" + position}) {
      const auto refused = ask(service.port(), bytes_of("GET", target));
      EXPECT_EQ(refused.status, 422) << target;
      EXPECT_THAT(refused.body, HasSubstr("accepted loss of events"));
    }
  }
  EXPECT_EQ(ask(service.port(), bytes_of("GET", "/events?limit=2&cursor=" + cursor)).status, 422);
  const auto answer = ask(service.port(), bytes_of("GET", days + "&after=" + fresh));
  EXPECT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(answer.json().at("meta").at("as_of").as_string(), fresh);
  const auto page = ask(service.port(), bytes_of("GET", "/events?limit=2"));
  const std::string next(page.json().at("next_cursor").as_string());
  EXPECT_EQ(ask(service.port(), bytes_of("GET", "/events?limit=2&cursor=" + next)).status, 200);
}

TEST_F(Loss, AcceptedItGoesOnAndTheFlagAcceptsNoOther) {
  fill(3, End::InOrder);
  replace(data, copy);
  fill(2, End::Killed);
  replace(copy / "journal", data / "journal");
  EXPECT_EQ(start({"--accept-loss=many"}).code, 2);
  const auto other = start({"--accept-loss=7"});
  EXPECT_EQ(other.code, 3);
  EXPECT_THAT(other.err, HasSubstr("names another loss"));
  {
    ServiceProcess service(data, {"--accept-loss=1500"});
    ASSERT_FALSE(service.url().empty());
    EXPECT_EQ(events_of(service), 1'500U);
    post(service);
    EXPECT_EQ(service.stop(), 0);
  }
  {
    ServiceProcess service(data, {"--accept-loss=1500"});
    ASSERT_FALSE(service.url().empty()) << "left on by accident, it does no harm";
    EXPECT_EQ(events_of(service), 2'000U);
    EXPECT_EQ(service.stop(), 0);
  }
  // Nothing of before the loss is believed any more.
  fs::remove_all(data / "journal");
  const auto refused = start({"--accept-loss=1500"});
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("events 0 to 1999 (2000) are missing"));
}

}  // namespace
}  // namespace tidemark
