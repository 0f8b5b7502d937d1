// What the process may use is the least of what the machine has and what any of its cgroups allows,
// as the kernel tells in /proc and /sys; here in a folder that is made up. And what each bound
// gets.

#include "config/memory.hpp"

#include <fstream>
#include <string_view>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

namespace tidemark::config {
namespace {

constexpr std::int64_t kGiB = 1024 * kMiB;

struct MemoryLimitTest : testing::Test {
  MemoryLimitTest() {
    std::string name = testing::TempDir() + "memory-XXXXXX";
    system = mkdtemp(name.data());
    write("proc/meminfo", "MemTotal:        8388608 kB\nMemFree:          100 kB\n");
  }
  ~MemoryLimitTest() override { std::filesystem::remove_all(system); }
  MemoryLimitTest(const MemoryLimitTest&) = delete;
  MemoryLimitTest& operator=(const MemoryLimitTest&) = delete;

  void write(const std::string& path, std::string_view text) const {
    std::filesystem::create_directories((system / path).parent_path());
    std::ofstream(system / path) << text;
  }
  void is_in(std::string_view groups, std::string_view mounts) const {
    write("proc/self/cgroup", groups);
    write("proc/self/mountinfo", mounts);
  }

  std::filesystem::path system;
};

constexpr std::string_view kVersion2 =
    "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr std::string_view kVersion1 =
    "31 23 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    "32 23 0:28 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n";

TEST_F(MemoryLimitTest, WithoutACgroupItIsTheMachines) {
  const auto limit = memory_limit(system);
  EXPECT_EQ(limit.bytes, 8 * kGiB);
  EXPECT_EQ(limit.source, "the machine");
}

TEST_F(MemoryLimitTest, ACgroupOfVersionTwoLimitsIt) {
  is_in("0::/service\n", kVersion2);
  write("sys/fs/cgroup/service/memory.max", "1073741824\n");
  const auto limit = memory_limit(system);
  EXPECT_EQ(limit.bytes, kGiB);
  EXPECT_EQ(limit.source, "the cgroup");
}

TEST_F(MemoryLimitTest, ACgroupAboveItLimitsItToo) {
  is_in("0::/pod/service\n", kVersion2);
  write("sys/fs/cgroup/pod/memory.max", "2147483648\n");
  write("sys/fs/cgroup/pod/service/memory.max", "max\n");
  EXPECT_EQ(memory_limit(system).bytes, 2 * kGiB);
}

TEST_F(MemoryLimitTest, ACgroupOfVersionOneLimitsIt) {
  is_in("5:cpu:/elsewhere\n4:memory:/service\n0::/\n", kVersion1);
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("sys/fs/cgroup/memory/service/memory.limit_in_bytes", "536870912\n");
  EXPECT_EQ(memory_limit(system).bytes, kGiB / 2);
}

TEST_F(MemoryLimitTest, AContainerThatSeesOnlyItsOwnGroupIsLimitedByIt) {
  is_in("4:memory:/docker/abc\n",
        "32 23 0:28 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
  write("sys/fs/cgroup/memory/memory.limit_in_bytes", "1073741824\n");
  EXPECT_EQ(memory_limit(system).bytes, kGiB);
}

TEST_F(MemoryLimitTest, WhatCannotBeReadLimitsNothing) {
  is_in("nonsense\n0::/gone\n", "nonsense\n" + std::string(kVersion2));
  write("sys/fs/cgroup/memory.max", "many\n");
  EXPECT_EQ(memory_limit(system).bytes, 8 * kGiB);
}

TEST(MemoryMax, IsThreeQuartersOfTheLimitAndNeverTooSmallToWork) {
  EXPECT_EQ(default_memory_max({.bytes = 4 * kGiB, .source = ""}), 3 * kGiB);
  EXPECT_EQ(default_memory_max({.bytes = 64 * kMiB, .source = ""}), kMemoryMin);
}

std::int64_t shared_out(const Settings& settings) {
  std::int64_t sum = 0;
  for (const auto& row : setting_rows()) {
    if (row.memory_share == 0) continue;
    sum += settings.*std::get<std::int64_t Settings::*>(row.member);
  }
  return sum;
}

TEST(FitIntoMemory, ALargeMachineChangesNoBound) {
  Settings settings;
  settings.memory_max = 64 * kGiB;
  fit_into_memory(settings, [](std::string_view) { return true; });
  EXPECT_EQ(shared_out(settings), shared_out(Settings{}));
}

TEST(FitIntoMemory, AllBoundsTogetherStayBelowIt) {
  for (const auto memory : {256 * kMiB, 768 * kMiB, 3 * kGiB, 12 * kGiB}) {
    Settings settings;
    settings.memory_max = memory;
    fit_into_memory(settings, [](std::string_view) { return true; });
    EXPECT_LT(shared_out(settings), memory) << memory;
    EXPECT_GE(settings.tail_bytes_max, 2 * settings.archive_bytes) << memory;
  }
}

TEST(FitIntoMemory, WhatSomebodyHasSetStays) {
  Settings settings;
  settings.memory_max = kGiB;
  settings.columnar_memory_max = 2 * kGiB;
  fit_into_memory(settings, [](std::string_view name) { return name != "columnar_memory_max"; });
  EXPECT_EQ(settings.columnar_memory_max, 2 * kGiB);
  EXPECT_LT(settings.tail_bytes_max, Settings{}.tail_bytes_max);
}

}  // namespace
}  // namespace tidemark::config
