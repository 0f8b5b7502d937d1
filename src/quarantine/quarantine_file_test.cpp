// What the file costs and survives: its size, a torn end, a full disk, files of another kind.

#include "quarantine/quarantine_file.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "files/faulty_files.hpp"
#include "support/quarantine_fixture.hpp"

namespace tidemark::quarantine {
namespace {

using testing_support::expect_added;
using testing_support::InAFile;
using testing_support::listed;
using testing_support::listed_raw;
using testing_support::rejected;

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

TEST_F(QuarantineFileTest, AFileOfANewerVersionIsPutAsideAsItWas) {
  const std::string newer = "TMQUAR\x02\nwhat is to come";
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
