// The power goes in the middle of archiving, at every step in turn: whatever the disk then holds,
// the archive opens, holds all that was confirmed and nothing that is damaged, and goes on.

#include <random>

#include <gtest/gtest.h>

#include "archive/folder_for_test.hpp"
#include "archive/manifest_store.hpp"
#include "archive/random_rows_for_test.hpp"
#include "archive/segment_reader.hpp"
#include "archive/segment_writer.hpp"
#include "files/faulty_files.hpp"

namespace tidemark::archive {
namespace {

using files::FaultyFiles;

constexpr std::size_t kRows = 200;
constexpr std::uint64_t kStepsMax = 200;

struct CrashTest : testing::Test {
  std::uint32_t seed = std::random_device{}();
  std::unique_ptr<SegmentReader> reader = *SegmentReader::open({});

  /// As the archiver does it: one more segment, and then all of them as one.
  static base::Status archive(FaultyFiles& files, const std::filesystem::path& folder,
                              ManifestStore& store, std::span<const event::ProjectRows> pieces,
                              bool as_one) {
    auto writer = SegmentWriter::open(files, {.folder = folder});
    if (!writer) return writer.error();
    const auto first = as_one ? 0 : store.current()->segments.size();
    const auto name = segment_name(pieces[first].rows.front().sequence, store.next_generation());
    auto segment = (*writer)->write(name, pieces.subspan(first));
    if (!segment) return segment.error();
    if (auto synced = (*writer)->sync(*segment); !synced) return synced;
    if (auto checked = (*writer)->check(*segment, pieces.subspan(first)); !checked) return checked;
    if (auto renamed = files.rename(folder / (name + ".tmp"), folder / name); !renamed) {
      return renamed;
    }
    if (auto synced = files.sync_folder(folder); !synced) return synced;
    auto segments = store.current()->segments;
    if (as_one) segments.clear();
    segments.push_back(*segment);
    auto replaced = store.replace({.segments = std::move(segments)});
    if (!replaced) return replaced.error();
    return base::ok;
  }

  /// Archives two segments and makes them one; `confirmed` is the end that was promised last.
  static void work(FaultyFiles& files, const std::filesystem::path& folder,
                   std::span<const event::ProjectRows> pieces, Sequence& confirmed) {
    auto store = ManifestStore::open(files, folder);
    if (!store) return;
    if (auto removed = (*store)->remove_orphans(); !removed) return;
    for (int round = 0; round < 3; ++round) {
      const auto done = (*store)->current()->segments.size();
      const bool as_one = done == pieces.size();
      const auto given = as_one ? pieces : pieces.first(done + 1);
      if (!archive(files, folder, **store, given, as_one)) return;
      confirmed = std::max(confirmed, (*store)->current()->end());
    }
  }

  void expect_whole(files::Files& files, const std::filesystem::path& folder, Sequence confirmed) {
    auto store = ManifestStore::open(files, folder);
    ASSERT_TRUE(store) << store.error().message();
    ASSERT_TRUE((*store)->remove_orphans());
    const auto manifest = (*store)->current();
    EXPECT_GE(manifest->end(), confirmed);
    for (const auto& segment : manifest->segments) {
      auto checked = reader->check(*manifest, segment);
      EXPECT_TRUE(checked) << checked.error().message();
    }
    auto names = *files.list(folder);
    std::erase(names, "MANIFEST");
    EXPECT_EQ(names.size(), manifest->segments.size());
  }
};

TEST_F(CrashTest, AfterAPowerCutAtAnyStepTheArchiveIsWholeAndGoesOn) {
  RandomRows random(seed);
  const event::ProjectRows pieces[] = {random.piece({}, kRows), random.piece({}, kRows)};
  std::uint64_t cut_at = 1;
  for (; cut_at < kStepsMax; ++cut_at) {
    SCOPED_TRACE("cut at change " + std::to_string(cut_at) + ", seed " + std::to_string(seed));
    const FolderForTest root;
    FaultyFiles files(root.path(), seed + cut_at);
    const auto folder = root.path() / "archive";
    Sequence confirmed = 0;
    files.cut_power_after(cut_at);
    work(files, folder, pieces, confirmed);
    const bool was_cut = files.power_is_off();
    files.restart();
    expect_whole(files, folder, confirmed);
    if (!was_cut) break;  // all steps were tried
    work(files, folder, pieces, confirmed);
    EXPECT_EQ(confirmed, 2 * kRows);
    expect_whole(files, folder, confirmed);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(cut_at, 15U);  // the power was cut, and often
  EXPECT_LT(cut_at, kStepsMax);
}

TEST_F(CrashTest, AFailureAtAnyStepLeavesTheOldManifestInForce) {
  RandomRows random(seed);
  const event::ProjectRows pieces[] = {random.piece({}, kRows)};
  for (const auto op :
       {files::Op::Write, files::Op::Sync, files::Op::Rename, files::Op::SyncFolder}) {
    for (std::uint64_t nth = 1; nth <= 2; ++nth) {
      SCOPED_TRACE("operation " + std::to_string(static_cast<int>(op)) + ", number " +
                   std::to_string(nth) + ", seed " + std::to_string(seed));
      const FolderForTest root;
      FaultyFiles files(root.path(), seed);
      const auto folder = root.path() / "archive";
      auto store = ManifestStore::open(files, folder);
      ASSERT_TRUE(store);
      if (op == files::Op::Write && nth == 2) continue;  // one write is all that there is
      files.fail(op, nth);
      EXPECT_FALSE(archive(files, folder, **store, pieces, false));
      EXPECT_EQ((*store)->current()->end(), 0U);
      auto again = archive(files, folder, **store, pieces, false);
      ASSERT_TRUE(again) << again.error().message();
      EXPECT_EQ((*store)->current()->end(), kRows);
      files.cut_power();
      files.restart();
      expect_whole(files, folder, kRows);
    }
  }
}

}  // namespace
}  // namespace tidemark::archive
