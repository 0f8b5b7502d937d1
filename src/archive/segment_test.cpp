// Rows go into a segment and come out of it as they were, whatever is in them; and what is damaged
// is found.

#include <fstream>
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/folder_for_test.hpp"
#include "archive/random_rows_for_test.hpp"
#include "archive/segment_reader.hpp"
#include "archive/segment_writer.hpp"
#include "files/files.hpp"

namespace tidemark::archive {
namespace {

using base::ErrorCode;
using event::ProjectId;
using event::StoredRow;
using testing::HasSubstr;

struct SegmentTest : testing::TestWithParam<std::string> {
  std::uint32_t seed = std::random_device{}();
  RandomRows random{seed};
  FolderForTest folder{GetParam()};
  std::unique_ptr<SegmentWriter> writer = *SegmentWriter::open(
      files::posix_files(), {.folder = folder.path(), .group_rows_max = 10'240});
  std::unique_ptr<SegmentReader> reader = *SegmentReader::open({});
  Manifest manifest{
      .folder = folder.path(), .segments = {}, .runs = {}, .witness = {}, .leases = {}};

  void SetUp() override { RecordProperty("seed", static_cast<int>(seed)); }

  /// Writes, syncs, checks and renames, as the archiver does.
  void archive(const std::vector<event::ProjectRows>& pieces) {
    const auto name = "segment-" + std::to_string(manifest.segments.size()) + ".parquet";
    auto segment = writer->write(name, pieces);
    ASSERT_TRUE(segment) << segment.error().message() << " seed " << seed;
    ASSERT_TRUE(writer->sync(*segment));
    auto checked = writer->check(*segment, pieces);
    ASSERT_TRUE(checked) << checked.error().message() << " seed " << seed;
    ASSERT_TRUE(files::posix_files().rename(folder.path() / (name + ".tmp"), folder.path() / name));
    manifest.segments.push_back(*segment);
  }

  static void expect_same(const StoredRow& row, const StoredRow& expected, Columns columns) {
    ASSERT_EQ(row.sequence, expected.sequence);
    if (columns != Columns::Ids) {
      ASSERT_EQ(row.occurred_at, expected.occurred_at);
      ASSERT_EQ(row.received_at, expected.received_at);
      ASSERT_EQ(row.user_id, expected.user_id);
      ASSERT_EQ(row.event_type, expected.event_type);
    }
    ASSERT_EQ(row.id, columns == Columns::Views ? "" : expected.id);
    ASSERT_EQ(row.properties, columns == Columns::All ? expected.properties : "");
  }
};

TEST_P(SegmentTest, RowsComeBackAsTheyWereInOrderInEveryChoiceOfColumns) {
  const ProjectId other{7};
  std::vector<event::ProjectRows> pieces = {
      random.piece(ProjectId::Default, 1 + random.below(3000)),
      random.piece(other, 1 + random.below(3000)), random.piece(ProjectId::Default, 25'000)};
  archive(pieces);
  pieces.push_back(random.piece(other, 1 + random.below(10)));
  archive({pieces.back()});

  std::vector<std::pair<ProjectId, StoredRow>> all;
  for (const auto& piece : pieces) {
    for (const auto& row : piece.rows) all.emplace_back(piece.project, row);
  }
  for (const auto columns : {Columns::All, Columns::Views, Columns::Ids}) {
    const auto from = random.below(all.size());
    const auto to = from + random.below(all.size() - from + 10);
    auto next = from;
    auto scanned = reader->scan(manifest, from, to, columns, [&](const event::ProjectRows& piece) {
      for (const auto& row : piece.rows) {
        EXPECT_EQ(piece.project, all[next].first);
        expect_same(row, all[next++].second, columns);
      }
      return base::Status(base::ok);
    });
    ASSERT_TRUE(scanned) << scanned.error().message() << " seed " << seed;
    EXPECT_EQ(next, std::min(to, all.size())) << " seed " << seed;
  }
  EXPECT_TRUE(reader->check(manifest, manifest.segments[0]));
}

/// Without those that `removed` names.
std::vector<StoredRow> thinned(const event::ProjectRows& piece,
                               const std::function<bool(const StoredRow&)>& removed) {
  std::vector<StoredRow> left(piece.rows.begin(), piece.rows.end());
  std::erase_if(left, removed);
  return left;
}

TEST_P(SegmentTest, WhatWasRemovedLeavesGapsThatAreNoDamage) {
  const auto all = random.piece(ProjectId::Default, 20'000);
  const auto left = thinned(all, [](const StoredRow& row) { return row.sequence % 3 == 1; });
  archive({{ProjectId::Default, left}});
  auto& segment = manifest.segments.front();
  segment.first = 0;  // the range is what it was, though its first or last event went
  segment.end = 20'000;
  EXPECT_EQ(segment.rows, left.size());
  EXPECT_FALSE(segment.is_dense());
  for (const auto& [from, to] : {std::pair<event::Sequence, event::Sequence>{0, 20'000},
                                 {0, 50'000},
                                 {1, 2},
                                 {4, 7'000},
                                 {random.below(20'000), 20'000}}) {
    std::vector<event::Sequence> read;
    auto scanned = reader->scan(manifest, from, to, Columns::Ids, [&](const auto& piece) {
      for (const auto& row : piece.rows) read.push_back(row.sequence);
      return base::Status(base::ok);
    });
    ASSERT_TRUE(scanned) << scanned.error().message();
    std::vector<event::Sequence> expected;
    for (const auto& row : left) {
      if (row.sequence >= from && row.sequence < to) expected.push_back(row.sequence);
    }
    EXPECT_EQ(read, expected) << from << " to " << to << " seed " << seed;
  }
  const event::Sequence wanted[] = {0, 1, 2, 3, 4, 19'999};
  auto found = reader->by_sequence(manifest, wanted);
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->size(), 3U);
  EXPECT_EQ((*found)[1].sequence, 2U);
  EXPECT_TRUE(reader->check(manifest, segment));

  segment.rows -= 1;
  EXPECT_FALSE(reader->check(manifest, segment));
  EXPECT_FALSE(reader->scan(manifest, 0, 20'000, Columns::Ids, [](const auto&) {
    return base::Status(base::ok);
  })) << "it holds more than the manifest says";
}

TEST_P(SegmentTest, AnEmptiedRangeHasNoEventsAndIsNoDamage) {
  const auto first = random.piece(ProjectId::Default, 100);
  const auto second = random.piece(ProjectId::Default, 100);
  archive({first});
  archive({second});
  manifest.segments.erase(manifest.segments.begin());
  manifest.emptied = {{0, 100}};
  const event::Sequence wanted[] = {0, 99, 100};
  auto found = reader->by_sequence(manifest, wanted);
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front().sequence, 100U);
  std::size_t read = 0;
  ASSERT_TRUE(reader->scan(manifest, 0, 200, Columns::Views, [&](const auto& piece) {
    read += piece.rows.size();
    return base::Status(base::ok);
  }));
  EXPECT_EQ(read, 100U);
}

TEST_P(SegmentTest, AFewEventsAreFoundByTheirSequence) {
  const auto first = random.piece(ProjectId::Default, 20'000);
  const auto second = random.piece(ProjectId::Default, 3000);
  archive({first});
  archive({second});
  const event::Sequence wanted[] = {22'999, 0, 19'999, 20'000, 0, 500'000};
  auto found = reader->by_sequence(manifest, wanted);
  ASSERT_TRUE(found) << found.error().message();
  ASSERT_EQ(found->size(), 4U);
  const StoredRow* expected[] = {&first.rows[0], &first.rows[19'999], &second.rows[0],
                                 &second.rows[2999]};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ((*found)[i].sequence, expected[i]->sequence);
    EXPECT_EQ((*found)[i].id, expected[i]->id);
    EXPECT_EQ((*found)[i].user_id, expected[i]->user_id);
    EXPECT_EQ((*found)[i].event_type, expected[i]->event_type);
    EXPECT_EQ((*found)[i].properties, expected[i]->properties);
    EXPECT_EQ((*found)[i].occurred_at, expected[i]->occurred_at);
    EXPECT_EQ((*found)[i].received_at, expected[i]->received_at);
  }
  EXPECT_TRUE(reader->by_sequence(manifest, {})->empty());
}

// Names that are patterns where files are looked for by pattern, and that break out of quotes.
INSTANTIATE_TEST_SUITE_P(Folders, SegmentTest, testing::Values("", " it's [a]*? x=1", "\\[\\*\\"));

using DamageTest = SegmentTest;
INSTANTIATE_TEST_SUITE_P(OneFolder, DamageTest, testing::Values(""));

/// Flips bits of a segment, one at a time, and sees that each is damage, or does no harm.
void flip_bits(std::uint32_t seed, SegmentWriter& writer, const std::filesystem::path& path) {
  RandomRows random(seed);
  const auto piece = random.piece(ProjectId::Default, 500);
  auto segment = writer.write("s.parquet", std::span(&piece, 1));
  ASSERT_TRUE(segment);
  auto bytes = *files::read_whole(files::posix_files(), path, 1U << 24U);
  int unnoticed = 0;
  for (int round = 0; round < 300; ++round) {
    auto damaged = bytes;
    const auto place = random.below(bytes.size());
    damaged[place] = static_cast<char>(damaged[place] ^ (1 << random.below(8)));
    std::ofstream(path, std::ios::binary) << damaged;
    auto checked = writer.check(*segment, std::span(&piece, 1));
    // Statistics and names that nobody reads may change without harm to any event.
    if (checked) ++unnoticed;
    if (!checked) {
      EXPECT_THAT(checked.error().message(), HasSubstr("s.parquet.tmp")) << " seed " << seed;
      EXPECT_EQ(checked.error().code(), ErrorCode::Corrupt)
          << checked.error().message() << " seed " << seed;
    }
  }
  EXPECT_LT(unnoticed, 30) << " seed " << seed;
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_TRUE(writer.check(*segment, std::span(&piece, 1))) << " seed " << seed;
}

TEST_P(DamageTest, NoFlippedByteGetsPastTheCheckAndEachThatIsFoundIsCorrupt) {
  flip_bits(seed, *writer, folder.path() / "s.parquet.tmp");
}

// Seeds whose damage DuckDB once took for its own fault, and answered nothing from then on; or for
// a want of memory; or for a disk that cannot be read.
TEST_P(DamageTest, DamageThatLooksLikeSomethingElseIsCorruptToo) {
  for (const std::uint32_t known : {3976182920U, 1287330292U, 323546778U, 3550242448U}) {
    flip_bits(known, *writer, folder.path() / "s.parquet.tmp");
  }
}

TEST_P(DamageTest, AnyFileCutShortIsCorrupt) {
  const auto piece = random.piece(ProjectId::Default, 500);
  auto segment = writer->write("s.parquet", std::span(&piece, 1));
  ASSERT_TRUE(segment);
  const auto path = folder.path() / "s.parquet.tmp";
  for (const std::uint64_t left :
       {std::uint64_t{0}, std::uint64_t{3}, segment->bytes / 2, segment->bytes - 1}) {
    std::filesystem::resize_file(path, left);
    auto checked = writer->check(*segment, std::span(&piece, 1));
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code(), ErrorCode::Corrupt) << checked.error().message();
  }
}

TEST_P(DamageTest, ARowThatDiffersInAnyFieldIsNamed) {
  const auto piece = random.piece(ProjectId::Default, 500);
  auto segment = writer->write("s.parquet", std::span(&piece, 1));
  ASSERT_TRUE(segment);
  const auto refused = [&](const event::ProjectRows& expected, std::string_view why) {
    auto checked = writer->check(*segment, std::span(&expected, 1));
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code(), ErrorCode::Corrupt);
    EXPECT_THAT(checked.error().message(), HasSubstr(why));
  };
  const std::vector<StoredRow> rows(piece.rows.begin(), piece.rows.end());
  const std::string name = "event " + std::to_string(rows[321].sequence) + " is not what";
  const std::function<void(StoredRow&)> changes[] = {
      [](auto& row) { row.id = "another"; },         [](auto& row) { row.user_id = "another"; },
      [](auto& row) { row.event_type = "another"; }, [](auto& row) { row.properties = "{ }"; },
      [](auto& row) { ++row.occurred_at; },          [](auto& row) { ++row.received_at; },
  };
  for (const auto& change : changes) {
    auto changed = rows;
    change(changed[321]);
    refused({ProjectId::Default, changed}, name);
  }
  refused({.project = ProjectId{1}, .rows = rows}, "is not what was written");
  refused({ProjectId::Default, std::span(rows).first(499)}, "is not what was written");
  auto more = rows;
  more.push_back(rows.back());
  refused({ProjectId::Default, more}, "lacks events");
}

TEST_P(DamageTest, AnotherSegmentInItsPlaceIsCorrupt) {
  const auto first = random.piece(ProjectId::Default, 500);
  const auto second = random.piece(ProjectId::Default, 500);
  archive({first});
  archive({second});
  std::filesystem::copy_file(folder.path() / "segment-0.parquet",
                             folder.path() / "segment-1.parquet",
                             std::filesystem::copy_options::overwrite_existing);
  auto checked = reader->check(manifest, manifest.segments[1]);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code(), ErrorCode::Corrupt);
  auto scanned = reader->scan(manifest, 0, 1000, Columns::Views,
                              [](const event::ProjectRows&) { return base::Status(base::ok); });
  ASSERT_FALSE(scanned);
  EXPECT_EQ(scanned.error().code(), ErrorCode::Corrupt) << scanned.error().message();
  const event::Sequence wanted[] = {700};
  ASSERT_FALSE(reader->by_sequence(manifest, wanted));
}

TEST_P(DamageTest, DamageAfterAFirstReadIsFound) {
  archive({random.piece(ProjectId::Default, 500)});
  const auto path = folder.path() / "segment-0.parquet";
  const auto written = std::filesystem::last_write_time(path);
  const auto bytes = *files::read_whole(files::posix_files(), path, 1U << 24U);
  for (int round = 0; round < 3; ++round) {
    std::ofstream(path, std::ios::binary) << bytes;
    std::filesystem::last_write_time(path, written);
    ASSERT_TRUE(reader->check(manifest, manifest.segments[0]));
    auto damaged = bytes;
    damaged[bytes.size() / 3] = static_cast<char>(damaged[bytes.size() / 3] ^ 0xFF);
    std::ofstream(path, std::ios::binary) << damaged;
    std::filesystem::last_write_time(path, written);
    EXPECT_FALSE(reader->check(manifest, manifest.segments[0]));
  }
}

TEST_P(DamageTest, AMissingFileIsUnavailableAndNamed) {
  archive({random.piece(ProjectId::Default, 5)});
  std::filesystem::remove(folder.path() / "segment-0.parquet");
  const event::Sequence wanted[] = {0};
  auto found = reader->by_sequence(manifest, wanted);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code(), ErrorCode::Unavailable);
  EXPECT_THAT(found.error().message(), HasSubstr("segment-0.parquet"));
}

TEST_P(DamageTest, WhatIsNoDamageIsNotCalledSo) {
  archive({random.piece(ProjectId::Default, 5)});
  const auto path = folder.path() / "segment-0.parquet";
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);  // there, and not to be read: not even by root
  const auto checked = reader->check(manifest, manifest.segments[0]);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code(), ErrorCode::Unavailable) << checked.error().message();
}

TEST_P(DamageTest, RowsThatDoNotRiseAreRefused) {
  const auto first = random.piece(ProjectId::Default, 5);
  const event::ProjectRows pieces[] = {random.piece(ProjectId::Default, 5), first};
  auto segment = writer->write("s.parquet", pieces);
  ASSERT_FALSE(segment);
  EXPECT_EQ(segment.error().code(), ErrorCode::InvalidInput);
  const std::vector<StoredRow> turned(first.rows.rbegin(), first.rows.rend());
  const event::ProjectRows piece{ProjectId::Default, turned};
  EXPECT_FALSE(writer->write("s.parquet", std::span(&piece, 1)));
  EXPECT_FALSE(writer->write("s.parquet", {}));
}

TEST_P(DamageTest, AVisitorsErrorEndsTheScanAndIsPassedOnAsItIs) {
  archive({random.piece(ProjectId::Default, 5000)});
  int visits = 0;
  auto scanned = reader->scan(manifest, 0, 5000, Columns::Views,
                              [&](const event::ProjectRows&) -> base::Status {
                                ++visits;
                                return base::Error(ErrorCode::InvalidInput, "enough");
                              });
  ASSERT_FALSE(scanned);
  EXPECT_EQ(scanned.error().message(), "enough");
  EXPECT_EQ(visits, 1);
}

}  // namespace
}  // namespace tidemark::archive
