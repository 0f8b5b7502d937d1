// What the log promises while the disk works: in order, once, across openings, in bounded space.
// What it promises when the disk does not is in power_cut_test.cpp and recovery_test.cpp.

#include "journal/local/log.hpp"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tidemark::journal::local {
namespace {

using base::ErrorCode;

struct LogTest : testing::Test {
  LogTest() {
    std::string name = (std::filesystem::temp_directory_path() / "log_test_XXXXXX").string();
    folder = std::filesystem::path(::mkdtemp(name.data())) / "journal";
  }
  ~LogTest() override { std::filesystem::remove_all(folder.parent_path()); }

  base::Result<std::unique_ptr<Log>> open(Sequence from = 0) {
    seen.clear();
    return Log::open(files::posix_files(), folder, options, from, [&](const Record& record) {
      seen.emplace_back(reinterpret_cast<const char*>(record.content.data()),
                        record.content.size());
      firsts.push_back(record.first);
      return base::Status(base::ok);
    });
  }
  /// Appends one record of one event.
  static base::Status append(Log& log, std::string_view text) {
    return log.append(log.end(), 1, std::as_bytes(std::span(text)));
  }

  Log::Options options{.segment_bytes = 16'384, .prepare_ahead = false};
  std::filesystem::path folder;
  std::vector<std::string> seen;
  std::vector<Sequence> firsts;
};

TEST_F(LogTest, AnEmptyLogBeginsWhereItIsTold) {
  auto log = open(42);
  ASSERT_TRUE(log) << log.error().message();
  EXPECT_EQ((*log)->begin(), 42U);
  EXPECT_EQ((*log)->end(), 42U);
  EXPECT_TRUE(seen.empty());
}

TEST_F(LogTest, RecordsAreVisitedInOrderByTheNextOpening) {
  {
    auto log = open();
    ASSERT_TRUE(log) << log.error().message();
    for (const char* text : {"one", "two", ""}) ASSERT_TRUE(append(**log, text));
    EXPECT_EQ((*log)->end(), 3U);
  }
  auto log = open();
  ASSERT_TRUE(log) << log.error().message();
  EXPECT_EQ(seen, (std::vector<std::string>{"one", "two", ""}));
  EXPECT_EQ((*log)->end(), 3U);
}

TEST_F(LogTest, PiecesBecomeOneContent) {
  const std::string large(100'000, 'x');
  const std::array<std::span<const std::byte>, 4> pieces = {
      std::as_bytes(std::span(std::string_view("a"))),
      {},
      std::as_bytes(std::span(std::string_view(large))),
      std::as_bytes(std::span(std::string_view("z")))};
  options.segment_bytes = 1 << 20;
  {
    auto log = open();
    ASSERT_TRUE(log) << log.error().message();
    ASSERT_TRUE((*log)->append(0, 7, pieces));
  }
  ASSERT_TRUE(open());
  EXPECT_EQ(seen, (std::vector<std::string>{"a" + large + "z"}));
}

TEST_F(LogTest, ManySegmentsAreOneLog) {
  std::vector<std::string> expected;
  {
    auto log = open();
    ASSERT_TRUE(log) << log.error().message();
    for (int i = 0; i < 200; ++i) {
      expected.push_back(std::string(static_cast<std::size_t>(i * 7), 'x') + std::to_string(i));
      ASSERT_TRUE(append(**log, expected.back()));
    }
    EXPECT_GT((*log)->stats().segments, 5U);
  }
  ASSERT_TRUE(open());
  EXPECT_EQ(seen, expected);
}

TEST_F(LogTest, ARecordInWhichTheStartLiesIsVisitedWhole) {
  {
    auto log = open();
    ASSERT_TRUE(log);
    ASSERT_TRUE((*log)->append(0, 10, std::as_bytes(std::span(std::string_view("a")))));
    ASSERT_TRUE((*log)->append(10, 10, std::as_bytes(std::span(std::string_view("b")))));
    ASSERT_TRUE((*log)->append(20, 10, std::as_bytes(std::span(std::string_view("c")))));
  }
  ASSERT_TRUE(open(15));
  EXPECT_EQ(seen, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(firsts, (std::vector<Sequence>{10, 20}));
}

TEST_F(LogTest, ReleasedSegmentsAreWrittenAgainAndTheirOldRecordsDoNotComeBack) {
  options.spares_max = 2;
  std::uint64_t disk_bytes_max = 0;
  {
    auto log = open();
    ASSERT_TRUE(log);
    for (int i = 0; i < 500; ++i) {
      ASSERT_TRUE(append(**log, std::string(1'000, static_cast<char>('a' + i % 26))));
      if (i % 20 == 0) {
        ASSERT_TRUE((*log)->release((*log)->end()));
      }
      disk_bytes_max = std::max(disk_bytes_max, (*log)->stats().disk_bytes);
    }
    ASSERT_TRUE((*log)->release(400));
    EXPECT_LE((*log)->begin(), 500U);
  }
  EXPECT_LE(disk_bytes_max, 6 * options.segment_bytes);
  auto log = open(490);
  ASSERT_TRUE(log) << log.error().message();
  EXPECT_EQ(seen.size(), 10U);
  EXPECT_EQ((*log)->end(), 500U);
}

TEST_F(LogTest, RestartsDoNotAddSegments) {
  for (int round = 0; round < 20; ++round) {
    auto log = open();
    ASSERT_TRUE(log) << log.error().message();
    ASSERT_EQ(seen.size(), static_cast<std::size_t>(round));
    ASSERT_TRUE(append(**log, "event"));
    EXPECT_EQ((*log)->stats().segments, 1U);
  }
  EXPECT_LE(files::posix_files().list(folder)->size(), 3U);
}

TEST_F(LogTest, AWrongOrTooLargeRecordIsRefusedAndHarmsNothing) {
  auto log = open();
  ASSERT_TRUE(log);
  const auto content = std::as_bytes(std::span(std::string_view("x")));
  EXPECT_EQ((*log)->append(1, 1, content).error().code(), ErrorCode::InvalidInput);
  EXPECT_EQ((*log)->append(0, 0, content).error().code(), ErrorCode::InvalidInput);
  const std::string large((*log)->content_bytes_max() + 1, 'x');
  EXPECT_EQ(append(**log, large).error().code(), ErrorCode::TooLarge);
  EXPECT_TRUE(append(**log, std::string_view(large).substr(1)));
  EXPECT_TRUE(append(**log, std::string_view(large).substr(1)));
  EXPECT_EQ((*log)->end(), 2U);
}

TEST_F(LogTest, TheNextSegmentIsMadeWhileThisOneFills) {
  options.prepare_ahead = true;
  std::vector<std::string> expected;
  {
    auto log = open();
    ASSERT_TRUE(log);
    for (int i = 0; i < 300; ++i) {
      expected.push_back(std::string(900, 'x') + std::to_string(i));
      ASSERT_TRUE(append(**log, expected.back()));
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
  auto log = open();
  ASSERT_TRUE(log);
  ASSERT_TRUE(append(**log, "a"));
  ASSERT_TRUE(append(**log, "b"));
  EXPECT_EQ(syncs, 2);
  EXPECT_EQ((*log)->stats().appended_records, 2U);
  EXPECT_EQ((*log)->bytes(), 2 * record_bytes(1));
}

TEST_F(LogTest, AVisitorsErrorEndsTheOpening) {
  {
    auto log = open();
    ASSERT_TRUE(log);
    ASSERT_TRUE(append(**log, "a"));
  }
  auto log = Log::open(files::posix_files(), folder, options, 0, [](const Record&) {
    return base::Status(base::Error(ErrorCode::Corrupt, "no event"));
  });
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().message(), "opening the journal: no event");
}

TEST_F(LogTest, AnotherSegmentSizeReadsWhatIsThere) {
  options.segment_bytes = 1 << 20;
  {
    auto log = open();
    ASSERT_TRUE(log);
    ASSERT_TRUE(append(**log, std::string(500'000, 'x')));
  }
  options.segment_bytes = 16'384;
  {
    auto log = open();
    ASSERT_TRUE(log) << log.error().message();
    ASSERT_EQ(seen.size(), 1U);
    ASSERT_TRUE(append(**log, "small"));
  }
  auto log = open();
  ASSERT_TRUE(log) << log.error().message();
  EXPECT_EQ(seen.size(), 2U);
}

}  // namespace
}  // namespace tidemark::journal::local
