// The rules of an opening, one by one: what is a torn tail, what is damage, and what is written
// anew before anybody hears that it is there.

#include "journal/local/bytes.hpp"
#include "journal/local/log_fixture.hpp"

namespace tidemark::journal::local {
namespace {

using base::ErrorCode;
using files::Op;

struct RecoveryTest : LogFixture {
  /// Three records in one segment that an opening has not touched yet.
  void write_three() {
    ASSERT_TRUE(open());
    append_all({"the first record", "the second record", "the third record"});
    log.reset();
    path = paths().front();
    pristine = read(path);
  }
  /// Where the `index`-th of the three begins; 3 is the end.
  [[nodiscard]] static std::uint64_t offset_of(std::size_t index) {
    std::uint64_t offset = kSegmentHeaderBytes;
    for (std::size_t i = 0; i < index; ++i) offset += record_bytes(i == 1 ? 17 : 16);
    return offset;
  }
  /// The folder as it was after `write_three`.
  void restore() {
    log.reset();
    for (const auto& name : names()) ASSERT_TRUE(files.remove(folder / name));
    ASSERT_TRUE(files.open(path, files::Open::Create));
    overwrite(path, 0, pristine);
  }
  void expect_corrupt(std::uint64_t offset, Sequence from = 0) {
    auto opened = open(from);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::Corrupt);
    const std::string place = path.string() + ", offset " + std::to_string(offset) + ":";
    EXPECT_NE(opened.error().message().find(place), std::string::npos)
        << opened.error().message() << "\nexpected " << place;
  }

  Path path;
  std::string pristine;
};

TEST_F(RecoveryTest, ALastRecordThatEndsAtAnyByteIsATornTail) {
  write_three();
  // Behind the content lie up to seven bytes that mean nothing.
  const std::uint64_t content_end = offset_of(2) + kRecordHeaderBytes + 16;
  for (std::uint64_t cut = offset_of(2); cut < content_end; ++cut) {
    SCOPED_TRACE(cut);
    restore();
    overwrite(path, cut, std::string(content_end - cut, '\xff'));
    auto opened = open();
    ASSERT_TRUE(opened) << opened.error().message();
    ASSERT_EQ(seen, (Texts{"the first record", "the second record"}));
    append_all({"another"});
    ASSERT_TRUE(open());
    ASSERT_EQ(seen.size(), 3U);
    ASSERT_EQ(seen.back(), "another");
  }
}

TEST_F(RecoveryTest, AnyByteThatChangedBeforeARecordThatKnowsBetterIsDamage) {
  write_three();
  for (const std::size_t record : {0U, 1U}) {
    const std::uint64_t end = offset_of(record) + kRecordHeaderBytes + 16;
    for (std::uint64_t at = offset_of(record); at < end; ++at) {
      SCOPED_TRACE(at);
      restore();
      flip(path, at);
      expect_corrupt(offset_of(record));
      EXPECT_EQ(names().size(), 1U) << "nothing was changed";
    }
  }
}

TEST_F(RecoveryTest, DamageBelowTheStartIsNobodysConcern) {
  write_three();
  flip(path, offset_of(2) + 50);
  ASSERT_TRUE(open(2));
  restore();
  flip(path, offset_of(0));
  ASSERT_TRUE(open(3));
  EXPECT_EQ(log->end(), 3U);
}

TEST_F(RecoveryTest, ADamagedHeaderIsRefusedAtEachByteThatMatters) {
  write_three();
  for (std::uint64_t at = 0; at < 56; ++at) {
    if (at >= 8 && at < 12) continue;  // the version: the next test
    SCOPED_TRACE(at);
    restore();
    flip(path, at);
    expect_corrupt(0);
  }
}

TEST_F(RecoveryTest, ANewerVersionIsRefusedInWords) {
  write_three();
  overwrite(path, 8, std::string_view("\x02\0\0\0", 4));
  auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::Conflict);
  EXPECT_NE(opened.error().message().find("has format version 2; this program reads up to 1"),
            std::string::npos);
}

TEST_F(RecoveryTest, ASegmentUnderAnotherNameIsRefused) {
  write_three();
  ASSERT_TRUE(files.rename(path, folder / name_of({.number = 77})));
  path = folder / name_of({.number = 77});
  expect_corrupt(0);
}

TEST_F(RecoveryTest, AMissingSegmentIsRefusedUnlessItIsBelowTheStart) {
  ASSERT_TRUE(open());
  append_all(Texts(60, std::string(1'000, 'x')));
  log.reset();
  const auto segments = paths();
  ASSERT_GT(segments.size(), 3U);
  ASSERT_TRUE(files.remove(segments[1]));
  auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::Corrupt);
  ASSERT_TRUE(open(50));
  EXPECT_EQ(seen.size(), 10U);
}

TEST_F(RecoveryTest, EventsThatAreMissingBeforeTheFirstRecordAreRefused) {
  ASSERT_TRUE(open(10));
  append_all({"ten"});
  log.reset();
  path = paths().front();
  expect_corrupt(kSegmentHeaderBytes, 9);
  ASSERT_TRUE(open(10));
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(RecoveryTest, AnArchiveThatWentBackIsNoticedWithoutARecord) {
  ASSERT_TRUE(open(10));
  log.reset();
  auto opened = open(9);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::Corrupt);
}

TEST_F(RecoveryTest, AnArchiveThatIsAheadOfTheJournalIsWhereItGoesOn) {
  write_three();
  ASSERT_TRUE(open(7));
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(log->end(), 7U);
  append_all({"seven"});
  ASSERT_TRUE(open(7));
  EXPECT_EQ(seen, (Texts{"seven"}));
}

TEST_F(RecoveryTest, RecordsOfAnEarlierUseOfASegmentAreNotRead) {
  write_three();
  const std::string old_records = pristine.substr(kSegmentHeaderBytes);
  ASSERT_TRUE(open(3));  // nothing of it is needed: its file is written again
  append_all({"the first record"});
  log.reset();
  for (const auto& segment : paths()) {
    // What a disk that loses the last write would show.
    if (read(segment).find("the first record", kSegmentHeaderBytes) == std::string::npos) continue;
    overwrite(segment, kSegmentHeaderBytes, old_records);
  }
  ASSERT_TRUE(open(3));
  EXPECT_TRUE(seen.empty());
}

TEST_F(RecoveryTest, FilesOfOthersAreLeftAlone) {
  write_three();
  for (const char* name : {"README", "000.log", "x0000000000000000000.log"}) {
    ASSERT_TRUE(files.open(folder / name, files::Open::Create));
  }
  ASSERT_TRUE(open());
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_TRUE(files.open(folder / "README", files::Open::Read));
}

// Crash window: write, before fdatasync.
TEST_F(RecoveryTest, ARecordThatNobodyWasToldOfIsDurableOnceItWasVisited) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    ASSERT_TRUE(open());
    const std::size_t before = seen.size();
    append_all({"kept"});
    files.fail(Op::Sync);  // written, and lost to the disk though it can be read
    ASSERT_FALSE(append("in doubt"));
    ASSERT_TRUE(open());
    ASSERT_EQ(seen.size(), before + 2) << "the process died, the page cache did not";
    files.cut_power();
    log.reset();
    files.restart();
    ASSERT_TRUE(open());
    ASSERT_EQ(seen.size(), before + 2);
    ASSERT_EQ(seen.back(), "in doubt");
  }
}

// Crash window: a failed fdatasync.
TEST_F(RecoveryTest, AFailedWriteOrSyncStopsTheLogUntilItIsOpenedAnew) {
  for (const Op op : {Op::Write, Op::Sync}) {
    ASSERT_TRUE(open());
    append_all({"a"});
    files.fail(op);
    auto failed = append("b");
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), ErrorCode::Unavailable);
    auto after = append("c");
    ASSERT_FALSE(after);
    EXPECT_EQ(after.error().code(), ErrorCode::Unavailable);
    ASSERT_TRUE(open());
    EXPECT_TRUE(append("c"));
  }
}

TEST_F(RecoveryTest, AFullDiskRefusesTheNextSegmentAndNotThisOne) {
  options.prepare_ahead = true;
  ASSERT_TRUE(open());
  files.set_room(0);
  const std::string text(1'000, 'x');
  int appended = 0;
  base::Status last = base::ok;
  while (last && appended < 1'000) {
    last = append(text);
    if (last) ++appended;
  }
  ASSERT_FALSE(last);
  EXPECT_EQ(last.error().code(), ErrorCode::Overloaded);
  EXPECT_GE(appended, 11) << "the segment in use takes what fits";
  EXPECT_FALSE(append(text));
  EXPECT_TRUE(append("still fits")) << "nothing was spoilt";
  files.set_room({});
  EXPECT_TRUE(append(text)) << "there is room again";
  ASSERT_TRUE(open());
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(appended) + 2);
}

TEST_F(RecoveryTest, WithoutRoomAnOpeningShowsAllLeavesNothingBehindAndTakesNothingYet) {
  ASSERT_TRUE(open());
  append_all({std::string(9'000, 'x'), "the last"});
  const auto before = names();
  files.set_room(options.segment_bytes - 1);
  for (int i = 0; i < 3; ++i) {
    auto opened = open();
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_EQ(seen.size(), 2U);
    EXPECT_EQ(names(), before);
    EXPECT_EQ(log->end(), 2U);
    EXPECT_EQ(log->begin(), 0U);
    EXPECT_FALSE(log->room());
    auto refused = append("no room");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), ErrorCode::Overloaded);
    EXPECT_NE(refused.error().message().find("the disk has 16383 bytes left"), std::string::npos)
        << refused.error().message();
  }
  files.set_room(options.segment_bytes);
  ASSERT_TRUE(append("there is room")) << "without a new opening";
  EXPECT_TRUE(log->room());
  ASSERT_TRUE(open());
  EXPECT_EQ(seen.size(), 3U);
}

TEST_F(RecoveryTest, WithoutRoomAnEmptyLogOpensToo) {
  files.set_room(0);
  ASSERT_TRUE(open(7));
  EXPECT_EQ(log->begin(), 7U);
  EXPECT_EQ(log->bytes(), 0U);
  EXPECT_FALSE(append("no room"));
  EXPECT_TRUE(log->release(7));
  files.set_room({});
  EXPECT_TRUE(append("seven"));
}

// Crash window: write, before fdatasync; and no room to write the record anew elsewhere.
TEST_F(RecoveryTest, WithoutRoomARecordInDoubtIsDurableInItsPlaceOnceItWasVisited) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE(seed);
    for (const auto& name : names()) ASSERT_TRUE(files.remove(folder / name));
    ASSERT_TRUE(open());
    append_all({std::string(9'000, 'x')});
    files.fail(Op::Sync);  // written, and lost to the disk though it can be read
    ASSERT_FALSE(append("in doubt"));
    files.set_room(0);
    ASSERT_TRUE(open());
    ASSERT_EQ(seen.size(), 2U) << "the process died, the page cache did not";
    files.cut_power();
    log.reset();
    files.restart();
    ASSERT_TRUE(open());
    ASSERT_EQ(seen.size(), 2U);
    ASSERT_EQ(seen.back(), "in doubt");
    files.set_room({});
    ASSERT_TRUE(append("after it"));
    log.reset();
  }
}

TEST_F(RecoveryTest, WithoutRoomAFailedWriteOrSyncInPlaceEndsTheOpening) {
  ASSERT_TRUE(open());
  append_all({std::string(9'000, 'x')});
  files.set_room(0);
  for (const Op op : {Op::Write, Op::Sync}) {
    files.fail(op);
    auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::Unavailable) << opened.error().message();
  }
  ASSERT_TRUE(open());
  EXPECT_EQ(seen.size(), 1U);
}

TEST_F(RecoveryTest, WithoutRoomASegmentThatIsArchivedIsWrittenAgain) {
  ASSERT_TRUE(open());
  append_all({std::string(9'000, 'x')});
  files.set_room(0);
  ASSERT_TRUE(open());
  ASSERT_TRUE(log->release(1));
  EXPECT_EQ(log->begin(), 1U);
  ASSERT_TRUE(append("in the old file"));
  ASSERT_TRUE(open(1));
  EXPECT_EQ(seen, (Texts{"in the old file"}));
}

TEST_F(RecoveryTest, ANewFileLeavesTheRoomThatMustStayFree) {
  options.disk_free_bytes_min = 1'000;
  files.set_room(2 * options.segment_bytes + 999);
  ASSERT_TRUE(open());  // it needs one
  base::Status last = base::ok;
  const std::string text(1'000, 'x');
  for (int i = 0; i < 100 && last; ++i) last = append(text);
  ASSERT_FALSE(last);
  EXPECT_NE(last.error().message().find("and 1000 must stay free"), std::string::npos)
      << last.error().message();
  EXPECT_EQ(log->stats().segments, 1U);
  files.set_room(options.segment_bytes + 1'000);
  EXPECT_TRUE(append(text));
}

TEST_F(RecoveryTest, ContentThatLooksLikeRecordsCostsNoHashOfEach) {
  options.segment_bytes = 4 << 20;
  std::string header(kRecordHeaderBytes, '\0');
  encode({.length = 1 << 20, .count = 1, .first = 9, .synced_to = 9}, Salt{1},
         std::span<std::byte, kRecordHeaderBytes>(reinterpret_cast<std::byte*>(header.data()),
                                                  kRecordHeaderBytes));
  std::string content;
  while (content.size() < 3 << 20) content += header;
  ASSERT_TRUE(open());
  append_all({content});
  log.reset();
  flip(paths().front(), kSegmentHeaderBytes + 45);
  ASSERT_TRUE(open());  // with a hash of a mebibyte for each of 65,000 this would take a minute
  EXPECT_TRUE(seen.empty());
}

TEST_F(RecoveryTest, ASegmentThatWasCopiedAndNotRemovedCountsOnce) {
  write_three();
  files.fail(Op::Rename, 2);  // the first names the copy, the second takes the old one away
  ASSERT_FALSE(open());
  ASSERT_EQ(paths().size(), 2U);
  ASSERT_TRUE(open());
  EXPECT_EQ(seen.size(), 3U);
  EXPECT_EQ(paths().size(), 1U);
}

}  // namespace
}  // namespace tidemark::journal::local
