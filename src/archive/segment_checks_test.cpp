// A byte of a segment that is not the one that was written is found before anybody reads it,
// wherever it is and whenever it changed; and a segment of before gets its sums.

#include "archive/segment_checks.hpp"

#include <fstream>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/folder_for_test.hpp"
#include "archive/segment_reader.hpp"
#include "archive/segment_writer.hpp"

namespace tidemark::archive {
namespace {

using base::ErrorCode;
using testing::HasSubstr;

struct SegmentChecksTest : testing::Test {
  std::uint32_t seed = std::random_device{}();
  std::mt19937_64 random{seed};
  FolderForTest folder;
  std::filesystem::path path = folder.path() / "s.parquet";
  files::Files& files = files::posix_files();
  int told = 0;
  SegmentChecks checks{files, {.on_damage = [this](const base::Error&) { ++told; }}};
  std::unique_ptr<SegmentReader> reader = *SegmentReader::open({.checks = &checks});
  std::vector<std::string> texts;
  std::vector<event::StoredRow> rows;
  Manifest manifest{
      .folder = folder.path(), .segments = {}, .runs = {}, .witness = {}, .leases = {}};

  /// A segment of three blocks.
  void SetUp() override {
    RecordProperty("seed", static_cast<int>(seed));
    texts.resize(400);
    for (auto& text : texts) {
      text.resize(32'000);
      for (auto& letter : text) letter = static_cast<char>('!' + random() % 90);
    }
    for (const auto& text : texts) {
      event::StoredRow row;
      row.sequence = rows.size();
      row.id = std::string_view(text).substr(0, 20);
      row.user_id = row.event_type = "x";
      row.properties = text;
      rows.push_back(row);
    }
    const auto writer = *SegmentWriter::open(files, {.folder = folder.path()});
    const event::ProjectRows piece{event::ProjectId::Default, rows};
    auto segment = writer->write("s.parquet", {&piece, 1});
    ASSERT_TRUE(segment) << segment.error().message();
    std::filesystem::rename(folder.path() / "s.parquet.tmp", path);
    manifest.segments = {*segment};
    ASSERT_EQ(segment->block_sums.size(), 3U);
  }

  [[nodiscard]] const SegmentFile& segment() const { return manifest.segments.front(); }

  void flip(std::uint64_t place) const {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(place));
    const auto byte = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(place));
    file.put(static_cast<char>(byte ^ 0x10));
  }

  base::Status read_all() const {
    return reader->scan(manifest, 0, manifest.end(), Columns::All,
                        [](const event::ProjectRows&) { return base::Status(base::ok); });
  }
};

TEST_F(SegmentChecksTest, AFlippedByteAnywhereIsFoundByWhoeverReadsAndNamedWithItsBlock) {
  ASSERT_TRUE(read_all());
  for (int round = 0; round < 60; ++round) {
    const auto place = random() % segment().bytes;
    flip(place);
    const event::Sequence wanted[] = {7};
    for (const auto& refused :
         {read_all(), checks.require(manifest, segment()), reader->check(manifest, segment()),
          base::Status(reader->by_sequence(manifest, wanted)
                           ? base::ok
                           : base::Status(base::Error(ErrorCode::Corrupt, "s.parquet block ")))}) {
      ASSERT_FALSE(refused) << "byte " << place << " seed " << seed;
      EXPECT_EQ(refused.error().code(), ErrorCode::Corrupt);
      EXPECT_THAT(refused.error().message(), HasSubstr("s.parquet"));
    }
    const auto found = checks.require(manifest, segment());
    EXPECT_THAT(found.error().message(),
                HasSubstr("block " + std::to_string(place / kSumBlockBytes + 1) + " of 3"));
    EXPECT_EQ(checks.figures().damaged, 1U);
    EXPECT_EQ(told, round + 1) << "each damage is told once";
    flip(place);
    EXPECT_TRUE(read_all()) << "a file that was put right is read again";
    EXPECT_EQ(checks.figures().damaged, 0U);
  }
}

TEST_F(SegmentChecksTest, AFileIsReadOnceAndNotAgainUntilItChanges) {
  SegmentChecks patient{files, {.on_damage = {}, .settled = std::chrono::milliseconds(0)}};
  for (int round = 0; round < 3; ++round) EXPECT_TRUE(patient.require(manifest, segment()));
  EXPECT_EQ(patient.figures().bytes, segment().bytes);
  EXPECT_TRUE(patient.read_again(manifest, segment()));
  EXPECT_EQ(patient.figures().bytes, 2 * segment().bytes);
}

TEST_F(SegmentChecksTest, AnotherOrShorterFileInItsPlaceIsDamage) {
  std::filesystem::copy_file(path, folder.path() / "kept");
  std::filesystem::resize_file(path, segment().bytes - 1);
  EXPECT_THAT(checks.require(manifest, segment()).error().message(), HasSubstr("MANIFEST says"));
  std::filesystem::resize_file(path, segment().bytes);
  if (const auto found = checks.require(manifest, segment()); !found) {
    EXPECT_THAT(found.error().message(), HasSubstr("block 3 of 3"));
  } else {
    ADD_FAILURE() << "a file that ends in zeros is not what was written";
  }
  std::filesystem::rename(folder.path() / "kept", path);
  EXPECT_TRUE(checks.require(manifest, segment()));
}

TEST_F(SegmentChecksTest, ASegmentOfBeforeIsComparedWithItsContentAndGetsSums) {
  const auto sums = segment().block_sums;
  manifest.segments.front().block_sums.clear();
  EXPECT_TRUE(checks.sums_of(segment()).empty());
  ASSERT_TRUE(read_all());
  EXPECT_EQ(checks.sums_of(segment()), sums);
  flip(segment().bytes / 2);
  EXPECT_FALSE(read_all()) << "from then on every byte counts";
}

TEST_F(SegmentChecksTest, ADamagedSegmentOfBeforeGetsNoSums) {
  manifest.segments.front().block_sums.clear();
  flip(segment().bytes / 2);
  const auto found = checks.require(manifest, segment());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::Corrupt);
  EXPECT_TRUE(checks.sums_of(segment()).empty());
}

TEST_F(SegmentChecksTest, WhoNoLongerWaitsEndsTheReadingAndNothingIsRemembered) {
  const auto stopped = checks.require(manifest, segment(), [] { return true; });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code(), ErrorCode::TimedOut);
  EXPECT_TRUE(checks.require(manifest, segment()));
}

TEST_F(SegmentChecksTest, AMissingFileIsUnavailableAndNoDamage) {
  std::filesystem::remove(path);
  const auto found = checks.require(manifest, segment());
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::Unavailable);
  EXPECT_EQ(checks.figures().damaged, 0U);
}

}  // namespace
}  // namespace tidemark::archive
