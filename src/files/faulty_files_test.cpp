// The disk of the crash tests forgets what was not synced, keeps what was, and fails as told.

#include "files/faulty_files.hpp"

#include <filesystem>
#include <fstream>
#include <set>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tidemark::files {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

struct FaultyFilesTest : testing::Test {
  FaultyFilesTest() {
    std::string name = (std::filesystem::temp_directory_path() / "faulty_XXXXXX").string();
    root = ::mkdtemp(name.data());
  }
  ~FaultyFilesTest() override { std::filesystem::remove_all(root); }

  /// A file with this content, of which nothing is synced.
  static std::unique_ptr<File> create(FaultyFiles& files, const Files::Path& path,
                                      std::string_view text) {
    auto file = files.open(path, Open::Create);
    EXPECT_TRUE(file) << file.error().message();
    EXPECT_TRUE((*file)->write_at(0, bytes(text)));
    return std::move(*file);
  }
  /// What a file holds after a power cut, for many seeds; "-" where it is gone.
  template <class Prepare>
  std::set<std::string> after_power_cut(const std::string& name, Prepare&& prepare) {
    std::set<std::string> contents;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      std::filesystem::remove_all(root);
      std::filesystem::create_directories(root);
      FaultyFiles files(root, seed);
      prepare(files);
      files.cut_power();
      files.restart();
      auto content = read_whole(files, root / name, 1 << 20);
      contents.insert(content ? *content : "-");
    }
    return contents;
  }

  Files::Path root;
};

using Contents = std::set<std::string>;

TEST_F(FaultyFilesTest, WhatWasSyncedSurvivesAPowerCut) {
  EXPECT_EQ(after_power_cut("a",
                            [&](FaultyFiles& files) {
                              auto file = create(files, root / "a", "kept");
                              ASSERT_TRUE(file->sync());
                              ASSERT_TRUE(files.sync_folder(root));
                            }),
            (Contents{"kept"}));
}

TEST_F(FaultyFilesTest, WhatWasNotSyncedMayBeThereOrNot) {
  EXPECT_EQ(after_power_cut("a",
                            [&](FaultyFiles& files) {
                              auto file = create(files, root / "a", "old");
                              ASSERT_TRUE(file->sync());
                              ASSERT_TRUE(files.sync_folder(root));
                              ASSERT_TRUE(file->write_at(0, bytes("new")));
                            }),
            (Contents{"old", "new"}));
}

TEST_F(FaultyFilesTest, AWriteIsTornBetweenSectors) {
  const auto contents = after_power_cut("a", [&](FaultyFiles& files) {
    auto file = create(files, root / "a", std::string(1024, 'o'));
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(files.sync_folder(root));
    ASSERT_TRUE(file->write_at(0, bytes(std::string(1024, 'n'))));
  });
  const std::string o(512, 'o');
  const std::string n(512, 'n');
  EXPECT_EQ(contents, (Contents{o + o, n + o, o + n, n + n}));
}

TEST_F(FaultyFilesTest, ANameThatWasNotSyncedMayBeGoneThoughItsContentWas) {
  EXPECT_EQ(
      after_power_cut(
          "a", [&](FaultyFiles& files) { ASSERT_TRUE(create(files, root / "a", "x")->sync()); }),
      (Contents{"-", "x"}));
}

TEST_F(FaultyFilesTest, ARenameIsUndoneOrKeptWhole) {
  EXPECT_EQ(after_power_cut("b",
                            [&](FaultyFiles& files) {
                              ASSERT_TRUE(create(files, root / "a", "new")->sync());
                              ASSERT_TRUE(create(files, root / "b", "old")->sync());
                              ASSERT_TRUE(files.sync_folder(root));
                              ASSERT_TRUE(files.rename(root / "a", root / "b"));
                            }),
            (Contents{"old", "new"}));
}

TEST_F(FaultyFilesTest, AFileOfOthersIsKeptOnceItWasOpenedAndSynced) {
  EXPECT_EQ(after_power_cut("a",
                            [&](FaultyFiles& files) {
                              std::ofstream(root / "a") << "theirs";
                              auto file = files.open(root / "a", Open::Write);
                              ASSERT_TRUE((*file)->sync());
                              ASSERT_TRUE(files.sync_folder(root));
                            }),
            (Contents{"theirs"}));
  EXPECT_EQ(after_power_cut("a",
                            [&](FaultyFiles& files) {
                              std::ofstream(root / "a") << "theirs";
                              ASSERT_TRUE(files.sync_folder(root));
                            }),
            (Contents{"", "theirs"}));
}

TEST_F(FaultyFilesTest, AFailedSyncLosesWhatCanStillBeRead) {
  const auto contents = after_power_cut("a", [&](FaultyFiles& files) {
    auto file = create(files, root / "a", "old");
    ASSERT_TRUE(file->sync());
    ASSERT_TRUE(files.sync_folder(root));
    ASSERT_TRUE(file->write_at(0, bytes("new")));
    files.fail(Op::Sync);
    ASSERT_FALSE(file->sync());
    EXPECT_EQ(*read_whole(files, root / "a", 3), "new");
    ASSERT_TRUE(file->sync()) << "a kernel says yes the second time";
  });
  EXPECT_EQ(contents, (Contents{"old", "new"}));
}

TEST_F(FaultyFilesTest, AFailedWriteLeavesAPartBehind) {
  FaultyFiles files(root, 1);
  auto file = create(files, root / "a", "");
  files.fail(Op::Write, 2);
  ASSERT_TRUE(file->write_at(0, bytes("first")));
  ASSERT_FALSE(file->write_at(5, bytes(std::string(1000, 'x'))));
  EXPECT_LT(*file->size(), 1005U);
  ASSERT_TRUE(file->write_at(0, bytes("again")));
}

TEST_F(FaultyFilesTest, AFullDiskTakesWhatFitsAndOldBlocksCanStillBeWritten) {
  FaultyFiles files(root, 1);
  auto file = create(files, root / "a", "1234");
  files.set_room(3);
  auto written = file->write_at(4, bytes("5678"));
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message().find("No space left"), std::string::npos);
  EXPECT_EQ(*file->size(), 7U);
  EXPECT_TRUE(file->write_at(0, bytes("abcd")));
  ASSERT_TRUE(files.remove(root / "a"));
  EXPECT_EQ(*files.free_bytes(root), 7U);
}

TEST_F(FaultyFilesTest, ThePowerGoesOffInTheMiddleOfAnOperationAndStaysOff) {
  FaultyFiles files(root, 1);
  auto file = create(files, root / "a", "x");
  files.cut_power_after(2);
  EXPECT_TRUE(file->write_at(0, bytes("y")));
  EXPECT_FALSE(file->sync());
  EXPECT_TRUE(files.power_is_off());
  EXPECT_FALSE(files.open(root / "a", Open::Read));
  EXPECT_FALSE(files.list(root));
  files.restart();
  EXPECT_TRUE(files.list(root));
  EXPECT_FALSE(file->sync()) << "a file of before the cut is dead";
}

TEST_F(FaultyFilesTest, AFolderThatWasNotSyncedTakesItsFilesAlong) {
  EXPECT_EQ(after_power_cut("f/a",
                            [&](FaultyFiles& files) {
                              ASSERT_TRUE(files.make_folder(root / "f"));
                              ASSERT_TRUE(create(files, root / "f/a", "x")->sync());
                              ASSERT_TRUE(files.sync_folder(root / "f"));
                            }),
            (Contents{"-", "x"}));
}

}  // namespace
}  // namespace tidemark::files
