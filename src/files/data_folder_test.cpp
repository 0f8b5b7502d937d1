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
