// Each crash window of ARCHITECTURE.md by name, with the whole embedded service on a disk that
// forgets: what was acknowledged is there, once, and every engine counts it once.

#include <algorithm>
#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "crash/service_on_disk.hpp"

namespace tidemark::crash {
namespace {

using base::ErrorCode;
using files::Op;

constexpr std::size_t kBatch = 20;

struct WindowsTest : testing::Test {
  WindowsTest() { std::cout << "seed " << seed << "\n"; }

  const std::uint64_t seed = std::random_device{}();

  static std::string at(std::uint64_t step) {
    return "power cut at change " + std::to_string(step);
  }

  static base::Status journal_health(ServiceOnDisk& disk) {
    return disk.service().health().journal;
  }

  /// Names in the folder of the archive that the manifest does not know.
  static std::size_t orphans(ServiceOnDisk& disk) {
    const auto manifest = disk.service().manifests().current();
    std::set<std::string> known{"MANIFEST"};
    for (const auto& segment : manifest->segments) known.insert(segment.file);
    for (const auto& run : manifest->runs) known.insert(run.file);
    auto names = *disk.files.list(manifest->folder);
    return static_cast<std::size_t>(
        std::ranges::count_if(names, [&](const auto& name) { return !known.contains(name); }));
  }
};

// "ids reserved", "write, before fdatasync" and "fdatasync, before apply": the power goes at every
// change that a commit makes.
TEST_F(WindowsTest, ACommitThatThePowerInterruptsIsThereWholeOrNotAndARetryMakesItSo) {
  std::size_t cuts = 0;
  for (std::uint64_t step = 1; step <= 12 && !HasFailure(); ++step) {
    SCOPED_TRACE(at(step));
    ServiceOnDisk disk(seed + step);
    ASSERT_TRUE(disk.open());
    ASSERT_TRUE(disk.post(kBatch));
    disk.files.cut_power_after(step);
    auto posted = disk.post(kBatch);
    cuts += disk.files.power_is_off() ? 1 : 0;
    EXPECT_TRUE(posted || disk.files.power_is_off());
    disk.lose_power();

    ASSERT_TRUE(disk.open());
    disk.expect_all_is_well();
    EXPECT_TRUE(disk.acknowledged() == kBatch || disk.acknowledged() == 2 * kBatch)
        << "half a batch: " << disk.acknowledged();
    // What the retry hears is true for ever, the power going at once.
    auto again = disk.repeat_unknown();
    ASSERT_TRUE(again) << again.error().message();
    disk.lose_power();
    ASSERT_TRUE(disk.open());
    disk.expect_all_is_well();
    EXPECT_EQ(disk.acknowledged(), 2 * kBatch);
  }
  EXPECT_GT(cuts, 1U);
}

// "write, before fdatasync": what an opening has shown is on the disk.
TEST_F(WindowsTest, ARecordThatNobodyWasToldOfStaysOnceItWasSeen) {
  std::size_t seen = 0;
  for (std::uint64_t i = 0; i < 20 && !HasFailure(); ++i) {
    SCOPED_TRACE(seed + i);
    ServiceOnDisk disk(seed + i);
    ASSERT_TRUE(disk.open());
    disk.files.fail_randomly(Op::Sync, 1);
    EXPECT_FALSE(disk.post(kBatch));
    disk.close();  // a process that is killed: the system still has what was written
    disk.files.fail_randomly(Op::Sync, 0);
    ASSERT_TRUE(disk.open());
    disk.expect_all_is_well();
    seen += disk.acknowledged() > 0 ? 1 : 0;
    disk.lose_power();
    ASSERT_TRUE(disk.open());
    disk.expect_all_is_well();
  }
  EXPECT_GT(seen, 0U);
}

/// A service with one archived segment and enough in the journal that it has files to give back.
struct ReadyToArchive : WindowsTest {
  static constexpr std::size_t kArchived = kBatch;
  static constexpr std::size_t kAll = 81 * kBatch;

  static void prepare(ServiceOnDisk& disk) {
    disk.settings.journal_segment_bytes = 16 * config::kKiB;
    ASSERT_TRUE(disk.open());
    ASSERT_TRUE(disk.post(kArchived));
    ASSERT_TRUE(disk.service().archiver().archive_all());
    for (int i = 0; i < 10; ++i) ASSERT_TRUE(disk.post(8 * kBatch));
  }
  /// Changes of the disk from the first to the last of archiving.
  std::uint64_t count_changes() const {
    ServiceOnDisk disk(seed);
    prepare(disk);
    const auto before = disk.files.changes();
    EXPECT_TRUE(disk.service().archiver().archive_all());
    return disk.files.changes() - before;
  }
};

// "Parquet or runs written or renamed, MANIFEST not" and "MANIFEST renamed, journal not recycled":
// the power goes at every few changes that archiving makes, and at each of the last.
TEST_F(ReadyToArchive, ArchivingThatThePowerInterruptsLosesNothingAndLeavesNothingBehind) {
  constexpr std::uint64_t kLast = 16;
  const auto changes = count_changes();
  std::size_t left_behind = 0;
  std::size_t before_the_manifest = 0;
  std::size_t after_the_manifest = 0;
  std::mt19937_64 random(seed);
  for (std::uint64_t step = 1; step <= changes && !HasFailure();
       step += step + kLast < changes ? 1 + random() % 16 : 1) {
    SCOPED_TRACE(at(step));
    ServiceOnDisk disk(seed + step);
    prepare(disk);
    disk.files.cut_power_after(step);
    std::ignore = disk.service().archiver().archive_all();
    const bool was_cut = disk.files.power_is_off();
    disk.lose_power();

    ASSERT_TRUE(disk.open());
    disk.expect_all_is_well();
    EXPECT_EQ(disk.acknowledged(), kAll);
    EXPECT_EQ(orphans(disk), 0U);
    left_behind += disk.service().report().orphans.empty() ? 0 : 1;
    const auto archived = disk.service().report().archived;
    EXPECT_TRUE(archived == kArchived || archived == kAll) << archived;
    if (was_cut) ++(archived == kArchived ? before_the_manifest : after_the_manifest);
    // Ids are known, whichever side holds them, and the next archiving succeeds.
    ASSERT_TRUE(disk.service().archiver().archive_all());
    disk.expect_all_is_well();
  }
  EXPECT_GT(left_behind, 3U);
  EXPECT_GT(before_the_manifest, 3U);
  EXPECT_GT(after_the_manifest, 0U);
}

// "MANIFEST renamed, journal not recycled", by itself: the archive ends within a record, which the
// journal goes on to hold.
TEST_F(WindowsTest, WhatIsInTheArchiveAndInTheJournalCountsOnce) {
  ServiceOnDisk disk(seed);
  disk.settings.archive_events = kBatch + kBatch / 2;
  ASSERT_TRUE(disk.open());
  ASSERT_TRUE(disk.post(kBatch));
  ASSERT_TRUE(disk.post(kBatch));
  while (disk.service().archiver().figures().archived == 0) std::this_thread::yield();
  disk.lose_power();
  ASSERT_TRUE(disk.open());
  EXPECT_EQ(disk.service().report().archived, kBatch + kBatch / 2);
  EXPECT_EQ(disk.service().report().from_journal, kBatch / 2);
  disk.expect_all_is_well();
}

// "journal recycled, view snapshot older": the rollup reads the archive too.
TEST_F(WindowsTest, EventsThatAreOnlyInTheArchiveReachTheViews) {
  ServiceOnDisk disk(seed);
  ASSERT_TRUE(disk.open());
  ASSERT_TRUE(disk.post(kBatch));
  auto& service = disk.service();
  ASSERT_TRUE(service.views().write_snapshots(*service.publication().current(), 0));
  ASSERT_TRUE(disk.post(kBatch));
  ASSERT_TRUE(service.archiver().archive_all());
  ASSERT_TRUE(disk.post(kBatch));
  disk.lose_power();

  ASSERT_TRUE(disk.open());
  EXPECT_EQ(disk.service().report().snapshot_refused, "");
  EXPECT_EQ(disk.service().report().replayed_views, 2 * kBatch);
  disk.expect_all_is_well();

  // Without any snapshot everything is read again.
  disk.close();
  std::filesystem::remove_all(disk.data_dir() / "views");
  ASSERT_TRUE(disk.open());
  EXPECT_EQ(disk.service().report().replayed_views, 3 * kBatch);
  disk.expect_all_is_well();
}

// "a recycled segment with old valid records": so many events that every file of the journal was
// written several times over.
TEST_F(WindowsTest, RecordsOfAnEarlierUseOfTheJournalsFilesDoNotComeBack) {
  ServiceOnDisk disk(seed);
  disk.settings.journal_segment_bytes = 16 * config::kKiB;
  ASSERT_TRUE(disk.open());
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(disk.post(10 * kBatch));
    ASSERT_TRUE(disk.service().archiver().archive_all());
    disk.lose_power();
    ASSERT_TRUE(disk.open());
    disk.expect_all_is_well();
    if (HasFailure()) return;
  }
}

// "a failed fdatasync", on a disk that goes on failing: nothing is taken any more, readiness says
// why, questions are answered; and the next opening makes good whatever the disk holds.
TEST_F(WindowsTest, AfterAFailedSyncNothingIsTakenUntilTheJournalIsOpenedAnew) {
  for (std::uint64_t i = 0; i < 10 && !HasFailure(); ++i) {
    SCOPED_TRACE(seed + i);
    ServiceOnDisk disk(seed + i);
    ASSERT_TRUE(disk.open());
    ASSERT_TRUE(disk.post(kBatch));
    EXPECT_TRUE(journal_health(disk));
    disk.files.fail_randomly(Op::Sync, 1);
    for (int j = 0; j < 3; ++j) {
      auto posted = disk.post(kBatch);
      ASSERT_FALSE(posted);
      EXPECT_EQ(posted.error().code(), ErrorCode::Unavailable) << posted.error().message();
    }
    auto ready = journal_health(disk);
    ASSERT_FALSE(ready);
    EXPECT_NE(ready.error().message().find("failed"), std::string::npos) << ready.error().message();
    disk.expect_all_is_well();  // the questions of those who only read
    EXPECT_EQ(disk.acknowledged(), kBatch);
    disk.files.fail_randomly(Op::Sync, 0);

    if (i % 2 == 0) {
      disk.lose_power();
    } else {
      disk.close();
    }
    ASSERT_TRUE(disk.open());
    EXPECT_TRUE(journal_health(disk));
    disk.expect_all_is_well();
    auto again = disk.repeat_unknown();
    ASSERT_TRUE(again) << again.error().message();
    disk.lose_power();
    ASSERT_TRUE(disk.open());
    disk.expect_all_is_well();
    EXPECT_EQ(disk.acknowledged(), 4 * kBatch);
  }
}

// And while the process goes on: the journal is opened anew in place as soon as the disk works.
TEST_F(WindowsTest, AfterAFailedSyncTheServiceGoesOnByItself) {
  std::size_t shown_after_all = 0;
  for (std::uint64_t i = 0; i < 12 && !HasFailure(); ++i) {
    SCOPED_TRACE(seed + i);
    ServiceOnDisk disk(seed + i);
    ASSERT_TRUE(disk.open());
    ASSERT_TRUE(disk.post(kBatch));
    ASSERT_TRUE(disk.service().archiver().archive_all());
    ASSERT_TRUE(disk.post(kBatch));
    const auto op = i % 2 == 0 ? Op::Sync : Op::Write;
    disk.files.fail_randomly(op, 1);
    EXPECT_FALSE(disk.post(kBatch));
    disk.files.fail_randomly(op, 0);
    while (disk.service().acceptor().figures().journal_reopened == 0) std::this_thread::yield();
    EXPECT_TRUE(journal_health(disk));
    const auto known = disk.acknowledged();
    disk.expect_all_is_well();
    shown_after_all += disk.acknowledged() > known ? 1 : 0;
    ASSERT_TRUE(disk.repeat_unknown());
    ASSERT_TRUE(disk.post(kBatch));
    if (i % 3 == 0) {
      ASSERT_TRUE(disk.service().archiver().archive_all());
    }
    disk.lose_power();
    ASSERT_TRUE(disk.open());
    disk.expect_all_is_well();
    EXPECT_EQ(disk.unknown(), 0U);
  }
  EXPECT_GT(shown_after_all, 0U) << "no failed group was on the disk after all";
}

// The group that gathers while a sync runs may be larger than what the journal takes at once.
TEST_F(WindowsTest, BatchesThatFitAreTakenHoweverManyWaitTogether) {
  ServiceOnDisk disk(seed);
  disk.settings.journal_segment_bytes = 16 * config::kKiB;
  ASSERT_TRUE(disk.open());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(disk.post_at_once(40, 40));
  disk.lose_power();
  ASSERT_TRUE(disk.open());
  disk.expect_all_is_well();
  EXPECT_EQ(disk.acknowledged(), 5 * 40 * 40U);
}

// A full disk: refused in words, nothing acknowledged is lost, and it goes on by itself.
TEST_F(WindowsTest, AFullDiskRefusesAndGoesOnByItselfOnceThereIsRoom) {
  ServiceOnDisk disk(seed);
  ASSERT_TRUE(disk.open());
  ASSERT_TRUE(disk.post(kBatch));
  disk.files.set_room(0);
  base::Result<ingest::Receipt> posted = disk.post(kBatch);
  for (int i = 0; i < 200 && posted; ++i) posted = disk.post(10 * kBatch);
  ASSERT_FALSE(posted) << "the disk was never full";
  EXPECT_EQ(posted.error().code(), ErrorCode::Overloaded) << posted.error().message();
  const auto ready = journal_health(disk);
  ASSERT_FALSE(ready);
  EXPECT_NE(ready.error().message().find("the disk"), std::string::npos) << ready.error().message();
  disk.expect_all_is_well();

  disk.files.set_room(std::nullopt);
  auto again = disk.repeat_unknown();
  ASSERT_TRUE(again) << again.error().message();
  ASSERT_TRUE(disk.service().archiver().archive_all());
  disk.lose_power();
  ASSERT_TRUE(disk.open());
  disk.expect_all_is_well();
  EXPECT_EQ(disk.unknown(), 0U);
}

// A full disk, and the process or the power goes: however often it starts again, it starts, and
// what it shows is on the disk.
TEST_F(WindowsTest, OnAFullDiskEveryNewStartShowsAllAndTakesNothing) {
  for (const auto op : {Op::Write, Op::Sync}) {
    ServiceOnDisk disk(seed);
    disk.settings.journal_segment_bytes = 16 * config::kKiB;
    disk.settings.disk_free_bytes_min = 0;
    ASSERT_TRUE(disk.open());
    for (int i = 0; i < 7; ++i) ASSERT_TRUE(disk.post(kBatch));
    disk.files.set_room(0);
    disk.files.fail_randomly(op, 1);
    EXPECT_FALSE(disk.post(kBatch));  // a record in doubt, which the starts must settle
    disk.close();
    disk.files.fail_randomly(op, 0);
    for (int start = 0; start < 4; ++start) {
      SCOPED_TRACE("start " + std::to_string(start));
      auto opened = disk.open();
      ASSERT_TRUE(opened) << opened.error().message();
      disk.expect_all_is_well();
      auto posted = disk.post(kBatch);
      for (int i = 0; i < 200 && posted; ++i) posted = disk.post(kBatch);
      EXPECT_FALSE(posted);
      EXPECT_FALSE(journal_health(disk));
      disk.expect_all_is_well();
      if (start % 2 == 0) {
        disk.lose_power();
      } else {
        disk.close();
      }
    }
    disk.files.set_room(std::nullopt);
    ASSERT_TRUE(disk.open());
    auto again = disk.repeat_unknown();
    ASSERT_TRUE(again) << again.error().message();
    disk.expect_all_is_well();
    EXPECT_EQ(disk.unknown(), 0U);
  }
}

// Archiving on a full disk fails, is told, and is made up for.
TEST_F(WindowsTest, AFailedArchivingLeavesEverythingInTheJournal) {
  for (const auto op : {Op::Write, Op::Sync, Op::Rename, Op::SyncFolder, Op::Open}) {
    for (const std::uint64_t nth : {1U, 2U, 40U, 65U, 130U}) {
      SCOPED_TRACE("operation " + std::to_string(static_cast<int>(op)) + ", number " +
                   std::to_string(nth));
      ServiceOnDisk disk(seed);
      ASSERT_TRUE(disk.open());
      ASSERT_TRUE(disk.post(kBatch));
      disk.files.fail(op, nth);
      auto archived = disk.service().archiver().archive_all();
      if (!archived) {
        EXPECT_EQ(archived.error().code(), ErrorCode::Unavailable) << archived.error().message();
      }
      disk.expect_all_is_well();
      disk.files.fail(op, 0);
      ASSERT_TRUE(disk.post(kBatch));
      ASSERT_TRUE(disk.service().archiver().archive_all());
      disk.expect_all_is_well();
      disk.lose_power();
      ASSERT_TRUE(disk.open());
      disk.expect_all_is_well();
      EXPECT_EQ(disk.acknowledged(), 2 * kBatch);
      if (HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace tidemark::crash
