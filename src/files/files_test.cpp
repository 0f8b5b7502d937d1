// The machine's own files keep what the contract of files.hpp says.

#include "files/files.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tidemark::files {
namespace {

using base::ErrorCode;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

struct FilesTest : testing::Test {
  FilesTest() {
    std::string name = (std::filesystem::temp_directory_path() / "files_test_XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~FilesTest() override { std::filesystem::remove_all(folder); }

  Files& files = posix_files();
  std::filesystem::path folder;
};

TEST_F(FilesTest, WhatIsWrittenIsReadBack) {
  auto file = files.open(folder / "a", Open::Create);
  ASSERT_TRUE(file) << file.error().message();
  ASSERT_TRUE((*file)->write_at(3, bytes("abc")));
  ASSERT_TRUE((*file)->sync());
  std::string read(10, '?');
  auto count = (*file)->read_at(0, std::as_writable_bytes(std::span(read)));
  ASSERT_TRUE(count);
  EXPECT_EQ(read.substr(0, *count), std::string("\0\0\0abc", 6));
  EXPECT_EQ(*(*file)->size(), 6U);
}

TEST_F(FilesTest, BlocksThatWereWrittenDirectlyAreReadBack) {
  ASSERT_TRUE(replace_whole(files, folder / "a", std::string(3 * kBlockBytes, 'x')));
  auto file = files.open(folder / "a", Open::Direct);
  ASSERT_TRUE(file) << file.error().message();
  const std::vector<Block> zeros(1);
  ASSERT_TRUE((*file)->write_at(kBlockBytes, std::as_bytes(std::span(zeros))));
  ASSERT_TRUE((*file)->sync());
  const std::string filling(kBlockBytes, 'x');
  EXPECT_EQ(*read_whole(files, folder / "a", 1 << 20),
            filling + std::string(kBlockBytes, '\0') + filling);
  EXPECT_EQ(files.open(folder / "b", Open::Direct).error().code(), ErrorCode::NotFound);
}

TEST_F(FilesTest, ADirectFileIsOneWhereNothingCanBeWrittenDirectly) {
  const std::filesystem::path memory = "/dev/shm";  // tmpfs has no direct writes
  const auto path = memory / ("tidemark_files_test_" + std::to_string(::getpid()));
  ASSERT_TRUE(replace_whole(files, path, std::string(kBlockBytes, 'x')));
  auto file = files.open(path, Open::Direct);
  ASSERT_TRUE(file) << file.error().message();
  const std::vector<Block> zeros(1);
  EXPECT_TRUE((*file)->write_at(0, std::as_bytes(std::span(zeros))));
  EXPECT_TRUE(files.remove(path));
}

TEST_F(FilesTest, AFolderThatWasMadeIsNotForOthers) {
  ASSERT_TRUE(files.make_folder(folder / "a" / "b"));
  namespace fs = std::filesystem;
  EXPECT_EQ(fs::status(folder / "a" / "b").permissions() & fs::perms::others_all, fs::perms::none);
}

TEST_F(FilesTest, CreateMeetsWhatIsThereAndOpenWhatIsNot) {
  ASSERT_TRUE(files.open(folder / "a", Open::Create));
  auto again = files.open(folder / "a", Open::Create);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), ErrorCode::Conflict);
  auto missing = files.open(folder / "b", Open::Read);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ErrorCode::NotFound);
  EXPECT_NE(missing.error().message().find("/b: No such file"), std::string::npos);
}

TEST_F(FilesTest, RemovingWhatIsNotThereAndListingAMissingFolderSucceed) {
  EXPECT_TRUE(files.remove(folder / "none"));
  auto names = files.list(folder / "none");
  ASSERT_TRUE(names);
  EXPECT_TRUE(names->empty());
}

TEST_F(FilesTest, AFolderIsListedInOrder) {
  for (const char* name : {"c", "a", "b"}) ASSERT_TRUE(files.open(folder / name, Open::Create));
  EXPECT_EQ(*files.list(folder), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(files.sync_folder(folder));
  EXPECT_GT(*files.free_bytes(folder), 0U);
}

TEST_F(FilesTest, AWholeFileIsReplacedAndNothingElseStays) {
  ASSERT_TRUE(files.open(folder / "v.tmp", Open::Create));  // left by a crash
  ASSERT_TRUE(replace_whole(files, folder / "v", "one"));
  ASSERT_TRUE(replace_whole(files, folder / "v", "two"));
  EXPECT_EQ(*read_whole(files, folder / "v", 3), "two");
  EXPECT_EQ(*files.list(folder), (std::vector<std::string>{"v"}));
}

TEST_F(FilesTest, AFileThatIsTooLargeToReadWholeIsCorrupt) {
  ASSERT_TRUE(replace_whole(files, folder / "v", "four"));
  auto read = read_whole(files, folder / "v", 3);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code(), ErrorCode::Corrupt);
}

TEST_F(FilesTest, AMissingFolderIsMadeWithThoseAboveIt) {
  ASSERT_TRUE(files.make_folder(folder / "x/y"));
  ASSERT_TRUE(files.make_folder(folder / "x/y"));
  EXPECT_EQ(*files.list(folder / "x"), (std::vector<std::string>{"y"}));
}

}  // namespace
}  // namespace tidemark::files
