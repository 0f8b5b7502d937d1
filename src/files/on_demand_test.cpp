// A file that keeps no descriptor reads as any other, for as long as it is there.

#include "files/on_demand.hpp"

#include <array>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tidemark::files {
namespace {

struct OnDemandTest : testing::Test {
  OnDemandTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "on_demand.XXXXXX").string();
    folder = mkdtemp(pattern.data());
    EXPECT_TRUE(replace_whole(posix_files(), folder / "a", "0123456789"));
  }
  ~OnDemandTest() override { std::filesystem::remove_all(folder); }

  static std::ptrdiff_t open_files() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
  }

  std::filesystem::path folder;
};

TEST_F(OnDemandTest, ReadsWithoutKeepingADescriptor) {
  const auto before = open_files();
  const auto file = on_demand(posix_files(), folder / "a");
  EXPECT_EQ(open_files(), before);
  std::array<std::byte, 4> bytes{};
  EXPECT_EQ(*file->read_at(3, bytes), 4U);
  EXPECT_EQ(bytes[0], std::byte{'3'});
  EXPECT_EQ(*file->size(), 10U);
  EXPECT_EQ(open_files(), before);
}

TEST_F(OnDemandTest, WhatIsNotThereOrNoMoreIsAnError) {
  EXPECT_EQ(on_demand(posix_files(), folder / "b")->size().error().code(),
            base::ErrorCode::NotFound);
  const auto file = on_demand(posix_files(), folder / "a");
  ASSERT_TRUE(posix_files().remove(folder / "a"));
  std::array<std::byte, 4> bytes{};
  EXPECT_FALSE(file->read_at(0, bytes));
}

TEST_F(OnDemandTest, WritesNothing) {
  const auto file = on_demand(posix_files(), folder / "a");
  EXPECT_FALSE(file->write_at(0, {}));
  EXPECT_FALSE(file->sync());
}

}  // namespace
}  // namespace tidemark::files
