// What the file costs and survives: its size, a torn end, a full disk, files of another kind.

#include "quarantine/quarantine_file.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "event/content_hash.hpp"
#include "files/faulty_files.hpp"
#include "quarantine/encoding.hpp"
#include "support/quarantine_fixture.hpp"

namespace tidemark::quarantine {
namespace {

using testing_support::added_rows;
using testing_support::expect_added;
using testing_support::InAFile;
using testing_support::listed;
using testing_support::listed_raw;
using testing_support::rejected;
using testing_support::rejected_row;

struct QuarantineFileTest : testing::Test {
  InAFile place;
  std::filesystem::path file = place.folder / "quarantine" / "quarantine.log";
};

TEST_F(QuarantineFileTest, TheFileStaysBoundedWhileEventsComeAndGo) {
  auto quarantine = place.open({.events_max = 10, .bytes_max = 1 << 20});
  for (int i = 0; i < 400; ++i) expect_added(*quarantine, std::string(20'000, 'x'));
  EXPECT_LT(std::filesystem::file_size(file), 2'000'000U);
}

TEST_F(QuarantineFileTest, ATornEndCostsOnlyItself) {
  {
    auto quarantine = place.open();
    expect_added(*quarantine, "first");
    expect_added(*quarantine, "second");
  }
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 3);
  EXPECT_EQ(listed_raw(*place.open()), "first");
}

TEST_F(QuarantineFileTest, AByteThatChangedCostsOnlyItsRecordAndIsCounted) {
  // What a sender chose, like the beginning of a record that holds all the rest.
  const std::string imitation("\x20\0\0\0\0\0\0\0________\x01\0\0\0\0\0\0\0", 24);
  {
    auto quarantine = place.open();
    for (const char* raw : {"first", "second", "third"}) expect_added(*quarantine, raw + imitation);
  }
  const auto whole = *files::read_whole(files::posix_files(), file, 1 << 20);
  for (std::size_t at = 8; at < whole.size(); ++at) {
    SCOPED_TRACE(at);
    auto damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    std::ofstream(file, std::ios::binary) << damaged;
    auto quarantine = place.open();
    EXPECT_GE(quarantine->figures().events, 2U);
    EXPECT_EQ(quarantine->figures().damaged, 1U);
  }
}

TEST_F(QuarantineFileTest, AFileThatIsNoQuarantineDoesNotStopTheService) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << "nonsense";
  auto quarantine = place.open();
  EXPECT_EQ(quarantine->figures().events, 0U);
  expect_added(*quarantine, "x");
}

TEST_F(QuarantineFileTest, AFullDiskKeepsNoneOfItFromBeingReadAndCostsNothing) {
  files::FaultyFiles disk(place.folder, 1);
  const auto opened = [&] {
    auto quarantine = QuarantineFile::open(disk, file.parent_path(), {});
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

/// Bytes as the first version wrote them: an event, a row of a file, and an event of still earlier,
/// whose record ends before its format.
TEST_F(QuarantineFileTest, AFileOfBeforeThereWereProjectsIsOfTheDefaultOne) {
  const auto record = [](std::uint64_t id, const char* source, const char* raw,
                         std::initializer_list<std::uint64_t> format) {
    Writer change;
    for (const std::uint64_t number : {std::uint64_t{1}, id, std::uint64_t{7}}) {
      change.number(number);
    }
    change.text(source);
    change.text(raw);
    change.faults({});
    for (const auto number : format) change.number(number);
    Writer head;
    head.number(change.bytes().size());
    head.number(event::content_hash(change.bytes()).low);
    return head.bytes() + change.bytes();
  };
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary)
      << "TMQUAR\x01\n"
      << record(4, "http", "a", {0}) << record(5, "f:2", "b", {1}) << record(6, "http", "c", {});
  for (int start = 0; start < 2; ++start) {
    const auto quarantine = place.open();
    const auto events = listed(*quarantine);
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(listed_raw(*quarantine), "abc");
    EXPECT_EQ(events[0].id, 4U);
    EXPECT_EQ(events[1].format, RawFormat::Csv);
    EXPECT_EQ(events[2].project, event::ProjectId::Default);
    EXPECT_EQ(quarantine->figures().damaged, 0U);
    EXPECT_EQ(added_rows(*quarantine, {rejected_row("f:2", "b")}), 0U) << "it is known again";
  }
  const auto rewritten = *files::read_whole(files::posix_files(), file, 1 << 20);
  EXPECT_TRUE(rewritten.starts_with("TMQUAR\x02\n"));
}

TEST_F(QuarantineFileTest, AFileOfANewerVersionIsPutAsideAsItWas) {
  const std::string newer = "TMQUAR\x03\nwhat is to come";
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << newer;
  expect_added(*place.open(), "x");
  std::ostringstream aside;
  aside << std::ifstream(file.string() + ".aside").rdbuf();
  EXPECT_EQ(aside.str(), newer);
  EXPECT_EQ(listed(*place.open()).size(), 1U);
}

}  // namespace
}  // namespace tidemark::quarantine
