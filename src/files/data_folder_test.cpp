// Who holds a data folder, and what becomes of the key of its ids.

#include "files/data_folder.hpp"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tidemark::files {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

struct DataFolderTest : testing::Test {
  std::filesystem::path folder;

  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "tidemark-folder-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  auto open() const { return DataFolder::open(posix_files(), folder / "data"); }
};

TEST_F(DataFolderTest, TheKeyIsTheSameAfterARestart) {
  auto first = open();
  ASSERT_TRUE(first) << first.error().message();
  const auto key = (*first)->id_key();
  const auto id = (*first)->ledger_id();
  first->reset();
  auto again = open();
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ((*again)->id_key(), key);
  EXPECT_EQ((*again)->ledger_id(), id);
}

TEST_F(DataFolderTest, IsThereOnceItWasMadeAndAskingMakesNothing) {
  EXPECT_FALSE(DataFolder::is_there(folder / "data"));
  EXPECT_FALSE(std::filesystem::exists(folder / "data"));
  EXPECT_FALSE(DataFolder::is_there(folder)) << "a folder of something else";
  ASSERT_TRUE(open());
  EXPECT_TRUE(DataFolder::is_there(folder / "data"));
}

TEST_F(DataFolderTest, ASecondHolderIsToldWhoTheFirstIs) {
  auto first = open();
  ASSERT_TRUE(first) << first.error().message();
  ASSERT_TRUE((*first)->announce("http://127.0.0.1:1234"));
  auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::Conflict);
  EXPECT_THAT(second.error().message(), HasSubstr("http://127.0.0.1:1234"));
  EXPECT_EQ(DataFolder::holder(folder / "data"), "http://127.0.0.1:1234");
  first->reset();
  EXPECT_EQ(DataFolder::holder(folder / "data"), std::nullopt);
  EXPECT_TRUE(open());
}

TEST_F(DataFolderTest, WhoRemovesLockOrVersionLetsNobodyElseIn) {
  auto first = open();
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_TRUE((*first)->still_held());
  const auto lock = folder / "data" / "LOCK";
  const auto version = folder / "data" / "VERSION";
  const auto kept = folder / "kept";
  std::filesystem::rename(lock, kept);
  auto second = open();
  ASSERT_FALSE(second) << "LOCK is gone, the folder is held all the same";
  EXPECT_EQ(second.error().code(), ErrorCode::Conflict);
  EXPECT_FALSE((*first)->still_held());
  std::ofstream(lock) << "another one";
  EXPECT_FALSE((*first)->still_held());
  std::filesystem::rename(kept, lock);
  EXPECT_TRUE((*first)->still_held());
  std::filesystem::rename(version, kept);
  EXPECT_FALSE(open());
  EXPECT_FALSE((*first)->still_held());
  std::filesystem::copy(kept, version);
  const auto replaced = (*first)->still_held();
  ASSERT_FALSE(replaced);
  EXPECT_THAT(replaced.error().message(), HasSubstr("VERSION"));
}

TEST_F(DataFolderTest, AFolderThatWasMovedRemovedOrReplacedIsNoticed) {
  auto first = open();
  ASSERT_TRUE(first) << first.error().message();
  std::filesystem::rename(folder / "data", folder / "moved");
  EXPECT_FALSE((*first)->still_held());
  EXPECT_FALSE((*first)->note_reached(5)) << "nothing is written into what may be another's";
  auto second = open();
  ASSERT_TRUE(second) << "a new folder in its place is another one";
  const auto replaced = (*first)->still_held();
  ASSERT_FALSE(replaced);
  EXPECT_THAT(replaced.error().message(), HasSubstr("replaced"));
  EXPECT_TRUE((*second)->still_held());
  auto third = DataFolder::open(posix_files(), folder / "moved");
  ASSERT_FALSE(third) << "its lock went with it";
}

TEST_F(DataFolderTest, VersionKeepsHowFarEventsWereAcknowledgedAndTheEpoch) {
  {
    auto held = open();
    ASSERT_TRUE((*held)->note_reached(20'500));
    ASSERT_TRUE((*held)->note_reached(20'000));
    EXPECT_TRUE((*held)->still_held()) << "VERSION was replaced by its holder";
    EXPECT_FALSE(open());
  }
  auto again = open();
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ((*again)->reached(), 20'500U);
  EXPECT_EQ((*again)->epoch().number, 0U);
  EXPECT_EQ((*again)->epoch().tag, 0U);
  const auto print = (*again)->print();
  ASSERT_TRUE((*again)->begin_epoch(18'000));
  const auto first = (*again)->epoch();
  EXPECT_EQ(first.number, 1U);
  EXPECT_NE(first.tag, 0U);
  again->reset();
  auto third = open();
  EXPECT_EQ((*third)->reached(), 18'000U);
  EXPECT_EQ((*third)->epoch().tag, first.tag);
  EXPECT_EQ((*third)->print(), print);
  ASSERT_TRUE((*third)->begin_epoch(17'000));
  EXPECT_EQ((*third)->epoch().number, 2U);
  EXPECT_NE((*third)->epoch().tag, first.tag);
}

TEST_F(DataFolderTest, AFolderOfTheProgramOfBeforeOpensWithItsKey) {
  std::filesystem::create_directories(folder / "data" / "journal");
  const std::string key(64, 'a');
  const auto version = folder / "data" / "VERSION";
  std::ofstream(version) << "tidemark-data 1\nid_key " << key << "\n";
  {
    auto held = open();
    ASSERT_TRUE(held) << held.error().message();
    EXPECT_EQ((*held)->id_key().front(), std::byte{0xaa});
    EXPECT_EQ((*held)->reached(), 0U);
  }
  // From now on a changed digit is noticed; without a checksum it would be another key.
  const auto text = *read_whole(posix_files(), version, 4'096);
  for (std::size_t at = 0; at < text.size(); ++at) {
    SCOPED_TRACE(at);
    auto damaged = text;
    damaged[at] = damaged[at] == 'b' ? 'c' : 'b';
    std::ofstream(version) << damaged;
    EXPECT_FALSE(open());
  }
}

TEST_F(DataFolderTest, ANewerFormatAndADamagedKeyAreRefused) {
  ASSERT_TRUE(open());
  const auto version = folder / "data" / "VERSION";
  std::ofstream(version) << "tidemark-data 2\nid_key 00\n";
  auto newer = open();
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().code(), ErrorCode::Conflict);
  EXPECT_THAT(newer.error().message(), HasSubstr("newer"));
  std::ofstream(version) << "tidemark-data 1\nid_key 00\n";
  auto damaged = open();
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code(), ErrorCode::Corrupt);
}

TEST_F(DataFolderTest, AFolderWithEventsAndWithoutItsKeyIsRefused) {
  ASSERT_TRUE(open());
  std::filesystem::create_directory(folder / "data" / "journal");
  std::filesystem::remove(folder / "data" / "VERSION");
  auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::Corrupt);
}

}  // namespace
}  // namespace tidemark::files
