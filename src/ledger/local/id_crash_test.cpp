// What the id index promises on a disk that fails: whenever the power goes, what the manifest names
// is whole; and whatever write, sync or read fails, nothing that was there is lost.

#include <gtest/gtest.h>

#include "files/faulty_files.hpp"
#include "ledger/local/id_index.hpp"
#include "ledger/local/ids_for_test.hpp"

namespace tidemark::ledger::local {
namespace {

struct IdCrashTest : testing::Test {
  static constexpr Sequence kSegment = 150;
  const std::vector<IdHash> ids = ids_for_test(0, 40 * kSegment);
  FolderForTest folder;
  files::FaultyFiles files{folder.path(), 11};
  std::vector<archive::RunFile> manifest;  // as on the disk: changed only when all is synced
  Sequence sealed = 0;
  std::unique_ptr<IdIndex> index;

  IdCrashTest() { open(); }

  void open() {
    auto opened = IdIndex::open(files, folder.path(), manifest, sealed);
    ASSERT_TRUE(opened) << opened.error().message();
    for (const auto& broken : opened->broken) ADD_FAILURE() << broken.why.message();
    index = std::move(opened->index);
    ASSERT_NE(index, nullptr);
  }

  /// Archives the next segment. Where it fails, all is left as it is.
  base::Status seal_next() {
    auto prepared = index->prepare(std::span(ids).subspan(sealed, kSegment));
    if (!prepared) return prepared.error();
    auto taken = take_over(files, folder.path(), *prepared);
    if (!taken) return taken;
    manifest = prepared->runs;
    sealed += kSegment;
    index->publish(std::move(*prepared));
    return base::ok;
  }

  void expect_all_is_there() {
    std::vector<Sequence> found(ids.size());
    auto probed = index->sealed()->probe(ids, found);
    ASSERT_TRUE(probed) << probed.error().message();
    for (Sequence i = 0; i < ids.size(); ++i) {
      ASSERT_EQ(found[i], i < sealed ? i : kNoSequence);
    }
    for (const auto& broken : IdIndex::verify(files, folder.path(), manifest)) {
      ADD_FAILURE() << broken.why.message();
    }
  }
};

TEST_F(IdCrashTest, WheneverThePowerGoesTheManifestNamesWholeRuns) {
  for (int segment = 0; segment < 8; ++segment) ASSERT_TRUE(seal_next());
  const auto before = files.changes();
  ASSERT_TRUE(seal_next());
  const auto changes = files.changes() - before;  // of one segment, about
  EXPECT_GT(changes, 100U);
  for (std::uint64_t nth = 1; nth <= changes + 20; nth += 7) {
    SCOPED_TRACE(testing::Message() << "power cut at change " << nth);
    files.cut_power_after(nth);
    for (int segment = 0; segment < 3 && seal_next(); ++segment) {
    }
    files.cut_power();
    index.reset();
    files.restart();
    open();
    ASSERT_FALSE(HasFailure());
    expect_all_is_there();
    if (sealed + 4 * kSegment > ids.size()) break;
  }
}

TEST_F(IdCrashTest, AFailedStepIsRepeatedAndLosesNothing) {
  using files::Op;
  for (const Op op : {Op::Open, Op::Write, Op::Sync, Op::Rename, Op::SyncFolder}) {
    for (const std::uint64_t nth : {1U, 5U, 30U}) {
      if (op == Op::SyncFolder && nth > 1) continue;
      SCOPED_TRACE(testing::Message() << "operation " << int(op) << " fails at its " << nth);
      files.fail(op, nth);
      auto failed = seal_next();
      ASSERT_FALSE(failed);
      EXPECT_EQ(failed.error().code(), base::ErrorCode::Unavailable) << failed.error().message();
      expect_all_is_there();
      ASSERT_TRUE(seal_next());
      expect_all_is_there();
    }
  }
}

TEST_F(IdCrashTest, AFullDiskIsAnErrorThatLeavesNothingInTheWay) {
  ASSERT_TRUE(seal_next());
  const auto names = *files.list(folder.path());
  files.set_room(20'000);
  auto failed = index->prepare(std::span(ids).subspan(sealed, kSegment));
  ASSERT_FALSE(failed);
  EXPECT_EQ(*files.list(folder.path()), names) << "a full disk must not be filled with halves";
  files.set_room(std::nullopt);
  ASSERT_TRUE(seal_next());
  expect_all_is_there();
}

TEST_F(IdCrashTest, AReadThatFailsIsNeverTakenForANewId) {
  ASSERT_TRUE(seal_next());
  files.fail(files::Op::Read);
  Sequence found = 0;
  auto probed = index->sealed()->probe(std::span(&ids[3], 1), std::span(&found, 1));
  ASSERT_FALSE(probed);
  EXPECT_EQ(probed.error().code(), base::ErrorCode::Unavailable);
  ASSERT_TRUE(index->sealed()->probe(std::span(&ids[3], 1), std::span(&found, 1)));
  EXPECT_EQ(found, 3U);
}

TEST_F(IdCrashTest, ADiskThatDoesNotAnswerIsNotTakenForABrokenRun) {
  ASSERT_TRUE(seal_next());
  files.fail(files::Op::Read, 7);
  auto opened = IdIndex::open(files, folder.path(), manifest, sealed);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), base::ErrorCode::Unavailable);
}

TEST_F(IdCrashTest, ARepairThatThePowerInterruptsCanBeRepeated) {
  for (int segment = 0; segment < 3; ++segment) ASSERT_TRUE(seal_next());
  for (std::uint64_t nth = 1; nth < 30; nth += 3) {
    ASSERT_TRUE(files.remove(folder.path() / manifest[2].file));
    ASSERT_TRUE(files.remove(folder.path() / manifest[9].file));
    ASSERT_TRUE(files.sync_folder(folder.path()));
    const std::vector<archive::RunFile> broken = {manifest[2], manifest[9]};
    files.cut_power_after(nth);
    (void)IdIndex::rebuild(files, folder.path(), broken, source_for_test(ids));
    files.cut_power();
    index.reset();
    files.restart();
    auto rebuilt = IdIndex::rebuild(files, folder.path(), broken, source_for_test(ids));
    ASSERT_TRUE(rebuilt) << rebuilt.error().message();
    EXPECT_EQ(*rebuilt, broken);
    open();
    expect_all_is_there();
  }
}

}  // namespace
}  // namespace tidemark::ledger::local
