// A file of the id index that goes bad under a running service is found by the next pass, and made
// anew; a sound one is left alone.

#include "store/id_check.hpp"

#include <condition_variable>
#include <fstream>
#include <mutex>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "ledger/local/ids_for_test.hpp"

namespace tidemark::store {
namespace {

using ledger::local::BrokenRun;
using ledger::local::IdIndex;

struct IdCheckTest : testing::Test {
  IdCheckTest() {
    auto opened = IdIndex::open(files, folder.path(), {}, 0);
    EXPECT_TRUE(opened) << opened.error().message();
    index = std::move(opened->index);
    auto prepared = index->prepare(ledger::local::ids_for_test(0, 20'000));
    EXPECT_TRUE(prepared) << prepared.error().message();
    EXPECT_TRUE(ledger::local::take_over(files, folder.path(), *prepared));
    runs = prepared->runs;
    index->publish(std::move(*prepared));
  }

  void damage(const archive::RunFile& run) const {
    std::fstream file(folder.path() / run.file, std::ios::in | std::ios::out | std::ios::binary);
    const auto place = static_cast<std::streamoff>(run.bytes / 2);
    file.seekg(place);
    const int byte = file.get();
    file.seekp(place);
    file.put(static_cast<char>(byte ^ 1));
  }

  base::Status repair(const std::vector<BrokenRun>& broken) {
    const std::lock_guard lock(mutex);
    for (const auto& one : broken) repaired.insert(one.run.file);
    repaired_some.notify_all();
    return base::ok;
  }
  void wait_until_repaired(std::size_t count) {
    std::unique_lock lock(mutex);
    repaired_some.wait(lock, [&] { return repaired.size() >= count; });
  }

  ledger::local::FolderForTest folder;
  files::Files& files = files::posix_files();
  std::unique_ptr<IdIndex> index;
  std::vector<archive::RunFile> runs;
  std::mutex mutex;
  std::condition_variable repaired_some;
  std::set<std::string> repaired;
};

TEST_F(IdCheckTest, ALaterPassFindsWhatHasGoneBadMeanwhile) {
  const IdCheck check(*index, {.at_once = false, .again_after = std::chrono::milliseconds(1)},
                      [this](const auto& broken) { return repair(broken); });
  ASSERT_GE(runs.size(), 2U);
  damage(runs[0]);
  wait_until_repaired(1);
  damage(runs[1]);
  wait_until_repaired(2);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(repaired, (std::set<std::string>{runs[0].file, runs[1].file}));
}

TEST_F(IdCheckTest, TheFirstPassIsAtOnceWhereNothingWasRead) {
  damage(runs[0]);
  const IdCheck check(*index, {}, [this](const auto& broken) { return repair(broken); });
  wait_until_repaired(1);
  const std::lock_guard lock(mutex);
  EXPECT_EQ(repaired, std::set<std::string>{runs[0].file});
}

}  // namespace
}  // namespace tidemark::store
