// What the quarantine keeps, over a restart too, and what goes when it is full.

#include "quarantine/quarantine_file.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "files/faulty_files.hpp"

namespace tidemark::quarantine {
namespace {

struct QuarantineTest : testing::Test {
  std::filesystem::path folder;

  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "tidemark-quarantine-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::unique_ptr<QuarantineFile> open(Bounds bounds = {}) const {
    auto opened = QuarantineFile::open(files::posix_files(), folder / "quarantine", bounds);
    EXPECT_TRUE(opened) << opened.error().message();
    return std::move(*opened);
  }
  static QuarantinedEvent rejected(std::string raw) {
    return {.rejected_at = 7,
            .raw = std::move(raw),
            .source = "http",
            .faults = {{.field = "user_id", .code = "empty", .message = "must not be empty"}}};
  }
  static std::vector<QuarantinedEvent> listed(const Quarantine& quarantine, std::uint64_t after = 0,
                                              std::size_t limit = 10) {
    auto events = quarantine.list(after, limit);
    EXPECT_TRUE(events) << events.error().message();
    return std::move(*events);
  }
  static std::size_t removed(Quarantine& quarantine, std::initializer_list<std::uint64_t> ids) {
    auto removed = quarantine.remove({ids.begin(), ids.size()});
    EXPECT_TRUE(removed) << removed.error().message();
    return removed ? *removed : 0;
  }
  static void expect_added(Quarantine& quarantine, std::string raw) {
    auto added = quarantine.add({rejected(std::move(raw))});
    EXPECT_TRUE(added) << added.error().message();
  }
};

TEST_F(QuarantineTest, WhatWasRejectedIsThereAfterARestart) {
  {
    auto quarantine = open();
    expect_added(*quarantine, "{\"a\":1}");
    expect_added(*quarantine, std::string("\xff\0x", 3));
    EXPECT_EQ(removed(*quarantine, {1}), 1U);
  }
  const auto events = listed(*open());
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].id, 2U);
  EXPECT_EQ(events[0].raw, std::string("\xff\0x", 3));
  EXPECT_EQ(events[0].rejected_at, 7);
  ASSERT_EQ(events[0].faults.size(), 1U);
  EXPECT_EQ(events[0].faults[0].code, "empty");
}

TEST_F(QuarantineTest, ARowOfAFileIsKeptOnceAndAsWhatItWas) {
  const auto row = [](const std::string& source, const std::string& raw) {
    auto event = rejected(raw);
    event.source = source;
    event.format = RawFormat::Csv;
    return event;
  };
  const auto kept = [](Quarantine& quarantine, std::vector<QuarantinedEvent> rows) {
    auto added = quarantine.add_rows(std::move(rows));
    EXPECT_TRUE(added) << added.error().message();
    return added ? *added : 0;
  };
  {
    auto quarantine = open();
    EXPECT_EQ(kept(*quarantine, {row("f:2", "a"), row("f:3", "a"), row("f:2", "a")}), 2U);
    EXPECT_EQ(kept(*quarantine, {row("f:2", "a"), row("f:2", "b")}), 1U);
    EXPECT_EQ(removed(*quarantine, {1}), 1U);
  }
  auto quarantine = open();
  const auto events = listed(*quarantine);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].source, "f:3");
  EXPECT_EQ(events[0].format, RawFormat::Csv);
  EXPECT_EQ(kept(*quarantine, {row("f:3", "a"), row("f:2", "a")}), 1U) << "one had been removed";
  expect_added(*quarantine, "x");
  expect_added(*quarantine, "x");
  EXPECT_EQ(quarantine->figures().events, 5U) << "what came over HTTP is kept each time";
}

TEST_F(QuarantineTest, OfThoseThatAreRemovedOnlyTheOnesThatAreThereCount) {
  {
    auto quarantine = open();
    for (int i = 1; i <= 5; ++i) expect_added(*quarantine, std::to_string(i));
    EXPECT_EQ(removed(*quarantine, {}), 0U);
    EXPECT_EQ(removed(*quarantine, {4, 2, 9, 2}), 2U);
    EXPECT_EQ(quarantine->figures().events, 3U);
  }
  std::string left;
  for (const auto& event : listed(*open())) left += event.raw;
  EXPECT_EQ(left, "135");
}

TEST_F(QuarantineTest, APageEndsWhereTheNextBegins) {
  auto quarantine = open();
  for (int i = 0; i < 5; ++i) expect_added(*quarantine, std::to_string(i));
  const auto first = listed(*quarantine, 0, 2);
  ASSERT_EQ(first.size(), 2U);
  const auto rest = listed(*quarantine, first.back().id);
  ASSERT_EQ(rest.size(), 3U);
  EXPECT_EQ(rest.front().raw, "2");
}

TEST_F(QuarantineTest, TheOldestGoesWhenItIsFullAndIsCounted) {
  auto quarantine = open({.events_max = 2, .bytes_max = 1 << 20});
  for (int i = 0; i < 5; ++i) expect_added(*quarantine, std::to_string(i));
  EXPECT_EQ(quarantine->figures().events, 2U);
  EXPECT_EQ(quarantine->figures().dropped, 3U);
  EXPECT_EQ(listed(*quarantine).front().raw, "3");
}

TEST_F(QuarantineTest, TheFileStaysBoundedWhileEventsComeAndGo) {
  auto quarantine = open({.events_max = 10, .bytes_max = 1 << 20});
  for (int i = 0; i < 400; ++i) expect_added(*quarantine, std::string(20'000, 'x'));
  EXPECT_LT(std::filesystem::file_size(folder / "quarantine" / "quarantine.log"), 2'000'000U);
}

TEST_F(QuarantineTest, ATornEndCostsOnlyItself) {
  {
    auto quarantine = open();
    expect_added(*quarantine, "first");
    expect_added(*quarantine, "second");
  }
  const auto file = folder / "quarantine" / "quarantine.log";
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 3);
  const auto events = listed(*open());
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].raw, "first");
}

TEST_F(QuarantineTest, AFileThatIsNoQuarantineDoesNotStopTheService) {
  std::filesystem::create_directories(folder / "quarantine");
  std::ofstream(folder / "quarantine" / "quarantine.log") << "nonsense";
  auto quarantine = open();
  EXPECT_EQ(quarantine->figures().events, 0U);
  expect_added(*quarantine, "x");
}

TEST_F(QuarantineTest, AFullDiskKeepsNoneOfItFromBeingReadAndCostsNothing) {
  files::FaultyFiles disk(folder, 1);
  const auto opened = [&] {
    auto quarantine = QuarantineFile::open(disk, folder / "quarantine", {});
    EXPECT_TRUE(quarantine) << quarantine.error().message();
    return std::move(*quarantine);
  };
  expect_added(*opened(), "first");
  disk.set_room(0);
  {
    auto quarantine = opened();
    EXPECT_EQ(listed(*quarantine).size(), 1U);
    EXPECT_FALSE(quarantine->add({rejected("second")})) << "kept in memory alone";
    EXPECT_EQ(listed(*quarantine).size(), 2U);
    disk.set_room({});
    expect_added(*quarantine, "third");
  }
  EXPECT_EQ(listed(*opened()).size(), 3U);
}

TEST_F(QuarantineTest, AFileOfANewerVersionIsPutAsideAsItWas) {
  const auto file = folder / "quarantine" / "quarantine.log";
  const std::string newer = "TMQUAR\x02\nwhat is to come";
  std::filesystem::create_directories(folder / "quarantine");
  std::ofstream(file) << newer;
  expect_added(*open(), "x");
  std::ostringstream aside;
  aside << std::ifstream(file.string() + ".aside").rdbuf();
  EXPECT_EQ(aside.str(), newer);
  EXPECT_EQ(listed(*open()).size(), 1U);
}

TEST_F(QuarantineTest, AnIdIsNeverUsedAgain) {
  {
    auto quarantine = open();
    expect_added(*quarantine, "first");
    expect_added(*quarantine, "second");
    EXPECT_EQ(removed(*quarantine, {2}), 1U);
  }
  EXPECT_EQ(removed(*open(), {1}), 1U);
  auto quarantine = open();
  expect_added(*quarantine, "third");
  EXPECT_EQ(listed(*quarantine).front().id, 3U);
}

}  // namespace
}  // namespace tidemark::quarantine
