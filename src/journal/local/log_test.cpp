// What the log promises while the disk works: in order, once, across openings, in bounded space.
// What it promises when the disk does not is in recovery_test.cpp and power_cut_test.cpp.

#include <array>

#include "journal/local/log_fixture.hpp"

namespace tidemark::journal::local {
namespace {

using base::ErrorCode;
using LogTest = LogFixture;

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST_F(LogTest, AnEmptyLogBeginsWhereItIsTold) {
  ASSERT_TRUE(open(42));
  EXPECT_EQ(log->begin(), 42U);
  EXPECT_EQ(log->end(), 42U);
  EXPECT_TRUE(seen.empty());
}

TEST_F(LogTest, RecordsAreVisitedInOrderByTheNextOpening) {
  ASSERT_TRUE(open());
  append_all({"one", "two", ""});
  EXPECT_EQ(log->end(), 3U);
  ASSERT_TRUE(open());
  EXPECT_EQ(seen, (Texts{"one", "two", ""}));
  EXPECT_EQ(log->end(), 3U);
}

TEST_F(LogTest, PiecesBecomeOneContent) {
  const std::string large(100'000, 'x');
  const std::array<std::span<const std::byte>, 4> pieces = {
      bytes("a"), {}, bytes(large), bytes("z")};
  options.segment_bytes = 1 << 20;
  ASSERT_TRUE(open());
  ASSERT_TRUE(log->append(0, 7, pieces));
  ASSERT_TRUE(open());
  EXPECT_EQ(seen, (Texts{"a" + large + "z"}));
}

TEST_F(LogTest, RecordsThatEndAroundABlocksEndAreReadBack) {
  options.segment_bytes = 1 << 20;
  ASSERT_TRUE(open());
  Texts expected;
  // Each pair ends so many bytes before or behind the end of a block, then shares it.
  const std::size_t whole = 2 * files::kBlockBytes - kRecordHeaderBytes;
  for (std::size_t size = whole - 56; size <= whole + 56; size += 8) {
    expected.push_back(std::string(size, 'a'));
    expected.push_back(std::string(size % files::kBlockBytes, 'b'));
  }
  append_all(expected);
  ASSERT_TRUE(open());
  EXPECT_EQ(seen, expected);
}

TEST_F(LogTest, ManySegmentsAreOneLog) {
  ASSERT_TRUE(open());
  Texts expected;
  for (std::size_t i = 0; i < 200; ++i) {
    expected.push_back(std::string(i * 7, 'x') + std::to_string(i));
  }
  append_all(expected);
  EXPECT_GT(log->stats().segments, 5U);
  ASSERT_TRUE(open());
  EXPECT_EQ(seen, expected);
}

TEST_F(LogTest, ARecordInWhichTheStartLiesIsVisitedWhole) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(log->append(0, 10, bytes("a")));
  ASSERT_TRUE(log->append(10, 10, bytes("b")));
  ASSERT_TRUE(log->append(20, 10, bytes("c")));
  ASSERT_TRUE(open(15));
  EXPECT_EQ(seen, (Texts{"b", "c"}));
  EXPECT_EQ(firsts, (std::vector<Sequence>{10, 20}));
}

TEST_F(LogTest, ReleasedSegmentsAreWrittenAgainAndTheirOldRecordsDoNotComeBack) {
  options.spares_max = 2;
  ASSERT_TRUE(open());
  std::uint64_t disk_bytes_max = 0;
  for (std::size_t i = 0; i < 500; ++i) {
    ASSERT_TRUE(append(std::string(1'000, static_cast<char>('a' + i % 26))));
    if (i % 20 == 0) {
      ASSERT_TRUE(log->release(log->end()));
    }
    disk_bytes_max = std::max(disk_bytes_max, log->stats().disk_bytes);
  }
  EXPECT_LE(disk_bytes_max, 6 * options.segment_bytes);
  EXPECT_LE(names().size(), 6U);
  ASSERT_TRUE(open(490));
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_EQ(log->end(), 500U);
}

TEST_F(LogTest, WhatIsNotReleasedStays) {
  ASSERT_TRUE(open());
  append_all(Texts(100, std::string(1'000, 'x')));
  ASSERT_TRUE(log->release(50));
  EXPECT_LE(log->begin(), 50U);
  EXPECT_GT(log->begin(), 20U);
  ASSERT_TRUE(open(50));
  EXPECT_EQ(seen.size(), 50U);
}

TEST_F(LogTest, RestartsDoNotAddSegments) {
  for (std::size_t round = 0; round < 20; ++round) {
    ASSERT_TRUE(open());
    ASSERT_EQ(seen.size(), round);
    ASSERT_TRUE(append("event"));
    EXPECT_EQ(log->stats().segments, 1U);
  }
  EXPECT_LE(names().size(), 3U);
}

TEST_F(LogTest, AWrongOrTooLargeRecordIsRefusedAndHarmsNothing) {
  ASSERT_TRUE(open());
  EXPECT_EQ(log->append(1, 1, bytes("x")).error().code(), ErrorCode::InvalidInput);
  EXPECT_EQ(log->append(0, 0, bytes("x")).error().code(), ErrorCode::InvalidInput);
  const std::string large(log->content_bytes_max() + 1, 'x');
  EXPECT_EQ(append(large).error().code(), ErrorCode::TooLarge);
  EXPECT_TRUE(append(std::string_view(large).substr(1)));
  EXPECT_TRUE(append(std::string_view(large).substr(1)));
  EXPECT_EQ(log->end(), 2U);
}

TEST_F(LogTest, TheUsualSegmentTakesTheLargestContent) {
  options.segment_bytes = Log::Options().segment_bytes;
  ASSERT_TRUE(open());
  EXPECT_EQ(log->content_bytes_max(), kContentBytesMax);
}

TEST_F(LogTest, TheNextSegmentIsMadeWhileThisOneFills) {
  options.prepare_ahead = true;
  ASSERT_TRUE(open());
  Texts expected;
  for (int i = 0; i < 300; ++i) expected.push_back(std::string(900, 'x') + std::to_string(i));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_TRUE(append(expected[i]));
    if (i % 50 == 0) {
      ASSERT_TRUE(log->release(0));
    }
  }
  ASSERT_TRUE(open());
  EXPECT_EQ(seen, expected);
}

TEST_F(LogTest, EachSyncIsToldToWhoeverCounts) {
  int syncs = 0;
  options.on_sync = [&](std::chrono::nanoseconds took) {
    EXPECT_GE(took.count(), 0);
    ++syncs;
  };
  ASSERT_TRUE(open());
  append_all({"a", "b"});
  EXPECT_EQ(syncs, 2);
  EXPECT_EQ(log->stats().appended_records, 2U);
  EXPECT_EQ(log->bytes(), 2 * record_bytes(1));
}

TEST_F(LogTest, AVisitorsErrorEndsTheOpening) {
  ASSERT_TRUE(open());
  append_all({"a"});
  log.reset();
  auto opened = Log::open(files, folder, options, 0, [](const Record&) {
    return base::Status(base::Error(ErrorCode::Corrupt, "no event"));
  });
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().message(), "opening the journal: no event");
}

TEST_F(LogTest, AnotherSegmentSizeReadsWhatIsThere) {
  options.segment_bytes = 1 << 20;
  ASSERT_TRUE(open());
  append_all({std::string(500'000, 'x')});
  options.segment_bytes = Log::kSegmentBytesMin;
  ASSERT_TRUE(open());
  ASSERT_EQ(seen.size(), 1U);
  append_all({"small"});
  ASSERT_TRUE(open());
  EXPECT_EQ(seen.size(), 2U);
}

TEST_F(LogTest, ASegmentSizeThatCannotWorkIsRefused) {
  for (const std::uint64_t size : {std::uint64_t{0}, std::uint64_t{4'096}, std::uint64_t{20'000}}) {
    options.segment_bytes = size;
    auto opened = open();
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code(), ErrorCode::InvalidInput);
  }
}

}  // namespace
}  // namespace tidemark::journal::local
