// What MARK says is true, and is the last that was said, whatever the disk does.

#include "files/mark.hpp"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "files/faulty_files.hpp"

namespace tidemark::files {
namespace {

struct MarkTest : testing::Test {
  MarkTest() : root(make_root()), files(root, 1) {}
  ~MarkTest() override { std::filesystem::remove_all(root); }

  static std::filesystem::path make_root() {
    std::string name = (std::filesystem::temp_directory_path() / "mark_XXXXXX").string();
    return ::mkdtemp(name.data());
  }
  std::unique_ptr<Mark> open() {
    auto opened = Mark::open(files, root);
    EXPECT_TRUE(opened) << opened.error().message();
    return opened ? std::move(*opened) : nullptr;
  }
  void flip(std::uint64_t offset) {
    auto file = files.open(root / "MARK", Open::Write);
    ASSERT_TRUE(file);
    std::byte byte{};
    ASSERT_TRUE((*file)->read_at(offset, std::span(&byte, 1)));
    byte ^= std::byte{1};
    ASSERT_TRUE((*file)->write_at(offset, std::span(&byte, 1)));
  }

  std::filesystem::path root;
  FaultyFiles files;
};

TEST_F(MarkTest, SaysNothingWhereThereIsNoneAndMakesNone) {
  EXPECT_EQ(open()->found().folder, 0U);
  EXPECT_FALSE(std::filesystem::exists(root / "MARK"));
}

TEST_F(MarkTest, TheLastThatWasSaidIsThereWhenTheProcessDies) {
  {
    auto mark = open();
    ASSERT_TRUE(mark->begin({.folder = 7, .epoch = 2, .reached = 10, .manifest = 3}));
    mark->reached(11);
    mark->manifest(4);
    mark->reached(500);
    mark->reached(400);  // less than before is no news
  }
  const auto found = open()->found();
  EXPECT_EQ(found.folder, 7U);
  EXPECT_EQ(found.epoch, 2U);
  EXPECT_EQ(found.reached, 500U);
  EXPECT_EQ(found.manifest, 4U);
  EXPECT_TRUE(found.exact) << "the system has run ever since";
}

TEST_F(MarkTest, APowerCutTakesItBackToTheLastSyncAtMost) {
  for (int round = 0; round < 50; ++round) {
    auto mark = open();
    const auto begin = mark->found().reached;
    ASSERT_TRUE(mark->begin({.folder = 7, .reached = begin}));
    mark->reached(begin + 10);
    ASSERT_TRUE(mark->sync());
    mark->reached(begin + 20);
    mark->reached(begin + 30);
    files.cut_power();
    files.restart();
    const auto found = open()->found();
    EXPECT_EQ(found.folder, 7U);
    EXPECT_GE(found.reached, begin + 10);
    EXPECT_LE(found.reached, begin + 30);
  }
}

TEST_F(MarkTest, WhereOneSlotIsDamagedTheOtherCounts) {
  auto mark = open();
  ASSERT_TRUE(mark->begin({.folder = 7, .reached = 1}));
  mark->reached(2);
  for (const std::uint64_t byte : {0U, 16U, 40U, 80U}) {
    flip(byte);
    EXPECT_EQ(open()->found().folder, 7U);
    flip(byte);
    flip(kBlockBytes + byte);
    EXPECT_EQ(open()->found().folder, 7U);
    flip(kBlockBytes + byte);
  }
  flip(0);
  flip(kBlockBytes);
  EXPECT_EQ(open()->found().folder, 0U) << "nothing is known, which is not an error";
}

TEST_F(MarkTest, AFailedWriteOrSyncIsMadeUpFor) {
  auto mark = open();
  ASSERT_TRUE(mark->begin({.folder = 7, .reached = 1}));
  files.fail(Op::Write);
  mark->reached(2);
  EXPECT_EQ(open()->found().reached, 1U);
  mark->reached(3);
  EXPECT_EQ(open()->found().reached, 3U);
  files.fail(Op::Sync);
  EXPECT_FALSE(mark->sync());
  mark->reached(4);
  ASSERT_TRUE(mark->sync());
  files.cut_power();
  files.restart();
  EXPECT_EQ(open()->found().reached, 4U);
}

TEST_F(MarkTest, OnAFullDiskItIsMadeOnceThereIsRoom) {
  files.set_room(100);
  auto mark = open();
  EXPECT_FALSE(mark->begin({.folder = 7, .reached = 1}));
  mark->reached(2);
  EXPECT_FALSE(mark->sync());
  EXPECT_EQ(open()->found().folder, 0U);
  files.set_room({});
  ASSERT_TRUE(mark->sync());
  EXPECT_EQ(open()->found().reached, 2U);
}

TEST_F(MarkTest, NothingFollowsTheEnd) {
  auto mark = open();
  ASSERT_TRUE(mark->begin({.folder = 7, .reached = 1}));
  ASSERT_TRUE(mark->end());
  mark->reached(2);
  files.cut_power();
  files.restart();
  EXPECT_EQ(open()->found().reached, 1U);
  EXPECT_TRUE(open()->found().exact);
}

}  // namespace
}  // namespace tidemark::files
