// Rows of every length go into a segment and come out of it within the memory that there is: a row
// group is bounded by bytes as well as by rows.

#include <deque>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "archive/folder_for_test.hpp"
#include "archive/parquet_export.hpp"
#include "archive/parquet_import.hpp"
#include "archive/segment_reader.hpp"
#include "archive/segment_writer.hpp"
#include "clients/duckdb/database.hpp"
#include "event/limits.hpp"

namespace tidemark::archive {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;

/// Lifetime: the rows live as long as this.
class LongRows {
 public:
  explicit LongRows(std::uint32_t seed) : random_(seed) {}

  /// `random`: text that does not compress; else of one letter.
  void add(std::size_t count, std::size_t bytes, bool random) {
    for (std::size_t i = 0; i < count; ++i) {
      event::StoredRow row;
      row.sequence = rows_.size();
      row.id = texts_.emplace_back("id-" + std::to_string(row.sequence));
      row.user_id = "user";
      row.event_type = "type";
      row.properties = random ? noise(bytes) : std::string_view(same_).substr(0, bytes);
      row.occurred_at = row.received_at = static_cast<event::Micros>(1'754'000'000'000'000 + i);
      rows_.push_back(row);
    }
  }
  [[nodiscard]] event::ProjectRows piece() const { return {event::ProjectId::Default, rows_}; }

 private:
  /// Any piece of some megabytes of noise: too far from its like for a compressor to find it.
  std::string_view noise(std::size_t bytes) {
    if (noise_.empty()) {
      noise_.resize(16 * kMiB);
      for (auto& letter : noise_) letter = static_cast<char>(' ' + random_() % 90);
    }
    return std::string_view(noise_).substr(random_() % (noise_.size() - bytes), bytes);
  }

  std::mt19937_64 random_;
  std::string noise_;
  std::string same_ = std::string(event::kPropertiesBytesMax, 'p');
  std::deque<std::string> texts_;
  std::vector<event::StoredRow> rows_;
};

struct LongRowsTest : testing::Test {
  std::uint32_t seed = std::random_device{}();
  LongRows rows{seed};
  FolderForTest folder;

  void SetUp() override { RecordProperty("seed", static_cast<int>(seed)); }

  /// Writes and checks with the memory that the archiver has, and reads all of it with `memory`.
  void expect_whole(std::uint64_t memory, SegmentWriter::Options options = {}) {
    options.folder = folder.path();
    const auto writer = *SegmentWriter::open(files::posix_files(), options);
    const auto piece = rows.piece();
    auto segment = writer->write("s.parquet", {&piece, 1});
    ASSERT_TRUE(segment) << segment.error().message() << " seed " << seed;
    auto checked = writer->check(*segment, {&piece, 1});
    ASSERT_TRUE(checked) << checked.error().message() << " seed " << seed;
    std::filesystem::rename(folder.path() / "s.parquet.tmp", folder.path() / "s.parquet");

    const Manifest manifest{
        .folder = folder.path(), .segments = {*segment}, .runs = {}, .witness = {}, .leases = {}};
    const auto reader = *SegmentReader::open({.memory_bytes_max = memory});
    event::Sequence next = 0;
    auto scanned = reader->scan(
        manifest, 0, manifest.end(), Columns::All, [&](const event::ProjectRows& read) {
          for (const auto& row : read.rows) {
            EXPECT_EQ(row.properties, piece.rows[next++].properties) << " seed " << seed;
          }
          return base::Status(base::ok);
        });
    ASSERT_TRUE(scanned) << scanned.error().message() << " seed " << seed;
    EXPECT_EQ(next, piece.rows.size());
    const event::Sequence wanted[] = {0, next / 2, next - 1};
    auto found = reader->by_sequence(manifest, wanted);
    ASSERT_TRUE(found) << found.error().message() << " seed " << seed;
    EXPECT_EQ((*found)[1].properties, piece.rows[next / 2].properties);
  }

  /// Rows of the largest row group of what was written.
  [[nodiscard]] std::int64_t group_rows() const {
    const auto database = *clients::duckdb::Database::open({});
    auto connection = *database->connect();
    auto answer = connection.query("SELECT max(row_group_num_rows) FROM parquet_metadata(" +
                                   clients::duckdb::sql_file(folder.path() / "s.parquet") + ")");
    EXPECT_TRUE(answer);
    return (*answer->next())->column(0).int64s()[0];
  }
};

TEST_F(LongRowsTest, OfEveryLengthFitIntoTheMemoryOfTheWriterAndOfAReaderWithHalfOfIt) {
  struct Lengths {
    std::size_t bytes;
    std::size_t rows;
  };
  for (const auto& [bytes, count] : {Lengths{1'000, 60'000}, Lengths{1'700, 45'000},
                                     Lengths{5'000, 12'000}, Lengths{65'000, 1'000}}) {
    for (const bool random : {false, true}) {
      rows = LongRows(seed);
      rows.add(count, bytes, random);
      expect_whole(128 * kMiB);
      EXPECT_LT(group_rows() * static_cast<std::int64_t>(bytes), 20'000'000);
    }
  }
}

TEST_F(LongRowsTest, BetweenShortOnesDoNotMakeTheirGroupsSmall) {
  rows.add(100'000, 40, true);
  rows.add(1'500, 65'000, true);
  rows.add(50'000, 40, false);
  rows.add(20'000, 2'000, true);
  expect_whole(128 * kMiB);
  EXPECT_EQ(group_rows(), 40'960) << "as many as ordinary rows have in a group of their own";
}

TEST_F(LongRowsTest, InGroupsOfBeforeCanStillBeRead) {
  rows.add(45'000, 1'700, true);
  expect_whole(512 * kMiB, {.memory_bytes_max = 2'048 * kMiB, .group_bytes_max = 1'024 * kMiB});
  EXPECT_GE(group_rows(), 40'960);
}

TEST_F(LongRowsTest, GoOutAsParquetAndComeInAgain) {
  rows.add(2'000, 65'000, true);
  rows.add(60'000, 1'700, true);
  const auto all = rows.piece().rows;
  const auto file = folder.path() / "out.parquet";
  const auto out = *ParquetExport::open(file);
  for (std::size_t at = 0; at < all.size(); at += 5'000) {
    auto written = out->write(all.subspan(at, std::min<std::size_t>(5'000, all.size() - at)));
    ASSERT_TRUE(written) << written.error().message();
  }
  auto finished = out->finish();
  ASSERT_TRUE(finished) << finished.error().message();
  const auto in = *ParquetImport::open(file);
  ASSERT_EQ(in->rows(), all.size());
  std::size_t next = 0;
  for (;;) {
    auto events = in->next();
    ASSERT_TRUE(events) << events.error().message();
    if (events->empty()) break;
    for (const auto& event : *events) EXPECT_EQ(event.properties, all[next++].properties);
  }
  EXPECT_EQ(next, all.size());
}

}  // namespace
}  // namespace tidemark::archive
