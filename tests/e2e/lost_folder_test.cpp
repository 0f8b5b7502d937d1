// What a careless operator does to the data folder of a running service: it lets nobody else in,
// and takes nothing more into what is not its folder any longer.

#include <algorithm>
#include <chrono>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/service_fixture.hpp"

namespace tidemark {
namespace {

using testing::HasSubstr;
using testing_support::lines_of;
using testing_support::run_program;
using testing_support::ServiceProcess;
using testing_support::ServiceTest;
namespace fs = std::filesystem;

struct LostFolder : ServiceTest {
  int acknowledged = 0;

  bool post(const ServiceProcess& service) {
    const auto answer =
        service.client().post("/events", lines_of(acknowledged, 1), "application/x-ndjson");
    if (!answer || answer->status != 202) return false;
    ++acknowledged;
    return true;
  }
  /// Posts until nothing is taken any more, and answers how long that was.
  std::chrono::duration<double> post_until_refused(const ServiceProcess& service) {
    const auto begun = std::chrono::steady_clock::now();
    while (post(service)) {
    }
    return std::chrono::steady_clock::now() - begun;
  }
  static int events_in(const fs::path& where) {
    const ServiceProcess service(where);
    const auto all = service.client().get("/export");
    return all ? static_cast<int>(std::ranges::count(all->body, '\n')) : -1;
  }
  /// A second and what a busy machine adds.
  static constexpr std::chrono::seconds kSoon{5};
};

TEST_F(LostFolder, WithoutItsLockNobodyElseGetsInAndItEnds) {
  for (const std::string name : {"LOCK", "VERSION"}) {
    SCOPED_TRACE(name);
    fs::remove_all(data);
    acknowledged = 0;
    ServiceProcess service(data);
    ASSERT_TRUE(post(service));
    fs::rename(data / name, folder.path() / name);
    const auto second = run_program({"serve", "--data-dir", data, "--port", "0"});
    EXPECT_EQ(second.code, 3) << second.err;
    EXPECT_THAT(second.err, HasSubstr("in use"));
    EXPECT_LT(post_until_refused(service), kSoon);
    EXPECT_EQ(service.wait(), 3);
    fs::remove(data / name);
    fs::rename(folder.path() / name, data / name);
    EXPECT_EQ(events_in(data), acknowledged);
  }
}

TEST_F(LostFolder, MovedAllThatWasAcknowledgedMovesAlong) {
  ServiceProcess service(data);
  ASSERT_TRUE(post(service));
  fs::rename(data, folder.path() / "moved");
  EXPECT_LT(post_until_refused(service), kSoon);
  EXPECT_EQ(service.wait(), 3);
  EXPECT_FALSE(fs::exists(data)) << "nothing is made in its old place";
  EXPECT_EQ(events_in(folder.path() / "moved"), acknowledged);
}

TEST_F(LostFolder, RemovedNothingMoreIsTakenIntoNothing) {
  ServiceProcess service(data);
  ASSERT_TRUE(post(service));
  fs::remove_all(data);
  EXPECT_FALSE(post(service)) << "the journal's file has no name any more";
  EXPECT_EQ(service.wait(), 3);
  EXPECT_FALSE(fs::exists(data)) << "nothing is made in its old place";
}

TEST_F(LostFolder, WithoutTheFilesOfItsJournalItArchivesWhatItHasAndGoesOn) {
  ServiceProcess service(data);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(post(service));
  for (const auto& entry : fs::directory_iterator(data / "journal")) fs::remove(entry.path());
  EXPECT_FALSE(post(service)) << "into a file that nobody will find";
  while (!post(service)) std::this_thread::yield();
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(post(service));
  EXPECT_EQ(service.stop(), 0);
  EXPECT_EQ(events_in(data), acknowledged);
}

TEST_F(LostFolder, ReplacedByAnotherOneItLeavesThatAlone) {
  ServiceProcess service(data);
  ASSERT_TRUE(post(service));
  fs::rename(data, folder.path() / "moved");
  ServiceProcess second(data);
  ASSERT_FALSE(second.url().empty()) << "a new folder, of its own";
  EXPECT_LT(post_until_refused(service), kSoon);
  EXPECT_EQ(service.wait(), 3);
  const auto first_acknowledged = acknowledged;
  acknowledged = 0;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(post(second));
  EXPECT_EQ(second.stop(), 0);
  EXPECT_EQ(events_in(data), 3);
  EXPECT_EQ(events_in(folder.path() / "moved"), first_acknowledged);
}

}  // namespace
}  // namespace tidemark
