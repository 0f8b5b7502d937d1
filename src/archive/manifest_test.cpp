// The manifest is read as it was written or not at all; files live as long as somebody reads them.

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "archive/checksum.hpp"
#include "archive/folder_for_test.hpp"
#include "archive/manifest_store.hpp"
#include "archive/manifest_text.hpp"

namespace tidemark::archive {
namespace {

using base::ErrorCode;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

SegmentFile segment(const std::string& file, Sequence first, Sequence end, std::uint64_t bytes) {
  return {.file = file,
          .first = first,
          .end = end,
          .rows = end - first,
          .occurred_min = -5,
          .occurred_max = 1'754'000'000'000'000,
          .bytes = bytes,
          .content_hash = 0xfedcba9876543210};
}

RunFile run(const std::string& file, Sequence first, Sequence end) {
  return {.file = file,
          .first = first,
          .end = end,
          .partition_first = 3,
          .partition_end = 64,
          .ids = end - first,
          .bytes = 12,
          .checksum = 1};
}

struct ManifestTest : testing::Test {
  FolderForTest folder;
  files::Files& files = files::posix_files();

  void write(const std::string& name, const std::string& content) const {
    std::ofstream(folder.path() / name, std::ios::binary) << content;
  }
  [[nodiscard]] std::string content(const std::string& name) const {
    return *files::read_whole(files, folder.path() / name, 1U << 20U);
  }
  [[nodiscard]] std::vector<std::string> names() const { return *files.list(folder.path()); }
};

Manifest example() {
  Manifest manifest;
  manifest.generation = 41;
  manifest.segments = {segment("a.parquet", 0, 10, 7), segment("b.parquet", 10, 11, 8)};
  manifest.runs = {run("a.ids", 0, 11)};
  return manifest;
}

TEST_F(ManifestTest, TextIsReadAsItWasWritten) {
  const auto text = manifest_text(example());
  auto manifest = parse_manifest(text);
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest->generation, 41U);
  ASSERT_EQ(manifest->segments.size(), 2U);
  EXPECT_EQ(manifest->segments[0].occurred_min, -5);
  EXPECT_EQ(manifest->segments[1].file, "b.parquet");
  EXPECT_EQ(manifest->segments[1].content_hash, 0xfedcba9876543210U);
  ASSERT_EQ(manifest->runs.size(), 1U);
  EXPECT_EQ(manifest->runs[0].partition_end, 64U);
  EXPECT_EQ(manifest->end(), 11U);
  EXPECT_EQ(manifest_text(*manifest), text);
}

TEST_F(ManifestTest, KeepsWhatItBearsWitnessOf) {
  EXPECT_EQ(manifest_text(example()).find("witness"), std::string::npos);
  auto manifest = example();
  manifest.witness = {.folder = 0xab, .epoch = 3, .reached = 20};
  const auto text = manifest_text(manifest);
  EXPECT_THAT(text, testing::StartsWith("tidemark-manifest 2\ngeneration 41\n"
                                        "witness 00000000000000ab 3 20\n"));
  const auto read = parse_manifest(text);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->witness.folder, 0xabU);
  EXPECT_EQ(read->witness.epoch, 3U);
  EXPECT_EQ(read->witness.reached, 20U);
  EXPECT_EQ(read->segments.size(), 2U);
}

TEST_F(ManifestTest, EachReplacementAsksForAWitnessAndTellsThatItIsDurable) {
  write("a.parquet", "x");
  auto store = *ManifestStore::open(files, folder.path());
  base::Result<Witness> witness = Witness{.folder = 7, .epoch = 0, .reached = 12};
  std::uint64_t told = 0;
  store->bear_witness([&] { return witness; });
  store->on_replaced([&](std::uint64_t generation) { told = generation; });
  ASSERT_TRUE(store->replace({{segment("a.parquet", 0, 10, 1)}, {}}));
  EXPECT_EQ(told, 1U);
  witness = base::Error{ErrorCode::Unavailable, "the folder is another one"};
  EXPECT_FALSE(store->replace({}));
  EXPECT_EQ(told, 1U);
  const auto again = *ManifestStore::open(files, folder.path());
  EXPECT_EQ(again->current()->end(), 10U) << "nothing was written";
  EXPECT_EQ(again->current()->witness.reached, 12U);
}

TEST_F(ManifestTest, SegmentsProveEventsByTheirNamesAndCanBePutAside) {
  auto store = *ManifestStore::open(files, folder.path());
  EXPECT_EQ(store->proven_by_files()->first, 0U);
  for (const auto& name : {segment_name(0, 1), segment_name(2'000, 4), segment_name(1'000, 2)}) {
    write(name, "x");
  }
  write(segment_name(9'000, 9) + ".tmp", "x");
  write("00000000000000009000-00000000000000010000-00.ids", "x");
  const auto proven = store->proven_by_files();
  ASSERT_TRUE(proven);
  EXPECT_EQ(proven->first, 2'001U);
  EXPECT_EQ(proven->second, segment_name(2'000, 4));
  const auto kept = store->put_orphans_aside();
  ASSERT_TRUE(kept);
  EXPECT_THAT(*kept, ElementsAre(segment_name(0, 1) + ".lost", segment_name(1'000, 2) + ".lost",
                                 segment_name(2'000, 4) + ".lost"));
  EXPECT_THAT(names(), ElementsAre(kept->at(0), kept->at(1), kept->at(2)));
  EXPECT_EQ(store->proven_by_files()->first, 0U);
}

TEST_F(ManifestTest, AnyChangedAddedOrMissingByteIsRefused) {
  auto manifest = example();
  manifest.witness = {.folder = 0xab, .epoch = 3, .reached = 20};
  const auto text = manifest_text(manifest);
  for (std::size_t place = 0; place < text.size(); ++place) {
    auto damaged = text;
    damaged[place] = static_cast<char>(damaged[place] ^ 1);
    EXPECT_FALSE(parse_manifest(damaged)) << place;
    EXPECT_FALSE(parse_manifest(text.substr(0, place))) << place;
  }
  EXPECT_FALSE(parse_manifest(text + "x"));
  EXPECT_FALSE(parse_manifest(text + text));
}

TEST_F(ManifestTest, ANewerVersionIsRefusedInWords) {
  write("MANIFEST", "tidemark-manifest 99\nwhatever comes then\n");
  auto store = ManifestStore::open(files, folder.path());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error().code(), ErrorCode::InvalidInput);
  EXPECT_THAT(store.error().message(), HasSubstr("newer Tidemark"));
  EXPECT_THAT(store.error().message(), HasSubstr((folder.path() / "MANIFEST").string()));
}

TEST_F(ManifestTest, AnEmptyFolderIsAnEmptyArchive) {
  auto store = ManifestStore::open(files, folder.path() / "archive");
  ASSERT_TRUE(store) << store.error().message();
  EXPECT_EQ((*store)->current()->end(), 0U);
  EXPECT_EQ((*store)->current()->folder, folder.path() / "archive");
}

TEST_F(ManifestTest, WhatWasReplacedIsThereAfterANewStart) {
  write("a.parquet", "seven b");
  {
    auto store = *ManifestStore::open(files, folder.path());
    auto replaced = store->replace({{segment("a.parquet", 0, 10, 7)}, {run("a.ids", 0, 10)}});
    ASSERT_TRUE(replaced) << replaced.error().message();
    EXPECT_EQ((*replaced)->generation, 1U);
    EXPECT_EQ(store->current(), *replaced);
  }
  auto store = ManifestStore::open(files, folder.path());
  ASSERT_TRUE(store) << store.error().message();
  EXPECT_EQ((*store)->current()->end(), 10U);
  EXPECT_EQ((*store)->next_generation(), 2U);
  EXPECT_EQ((*store)->next_generation(), 3U);
}

TEST_F(ManifestTest, AMissingOrShortSegmentRefusesToStartAndIsNamed) {
  write("a.parquet", "seven b");
  ASSERT_TRUE((*ManifestStore::open(files, folder.path()))
                  ->replace({{segment("a.parquet", 0, 10, 7)}, {run("gone.ids", 0, 10)}}));
  write("a.parquet", "six by");
  for (int round = 0; round < 2; ++round) {
    auto store = ManifestStore::open(files, folder.path());
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code(), ErrorCode::Corrupt);
    EXPECT_THAT(store.error().message(), HasSubstr("a.parquet"));
    std::filesystem::remove(folder.path() / "a.parquet");
  }
}

TEST_F(ManifestTest, SumsOfBlocksComeBackAndMustBeAsManyAsThereAreBlocks) {
  auto written = example();
  written.segments[0].bytes = 2 * kSumBlockBytes + 1;
  written.segments[0].block_sums = {1, 0, 0xfedcba9876543210};
  auto manifest = parse_manifest(manifest_text(written));
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_THAT(manifest->segments[0].block_sums, ElementsAre(1U, 0U, 0xfedcba9876543210U));
  EXPECT_TRUE(manifest->segments[1].block_sums.empty());
  for (const std::size_t wrong : {1U, 2U, 4U}) {
    written.segments[0].block_sums.resize(wrong);
    EXPECT_FALSE(parse_manifest(manifest_text(written)));
  }
}

TEST_F(ManifestTest, OneOfBeforeHasNoSumsAndIsRead) {
  const std::string lines =
      "tidemark-manifest 1\ngeneration 6\n"
      "segment a.parquet 0 1000 5 9 36526 af176edd4c06a2a9\n";
  auto manifest = parse_manifest(lines + "checksum " + hexadecimal(checksum(lines)) + '\n');
  ASSERT_TRUE(manifest) << manifest.error().message();
  ASSERT_EQ(manifest->segments.size(), 1U);
  EXPECT_TRUE(manifest->segments[0].block_sums.empty());
  EXPECT_TRUE(manifest_text(*manifest).starts_with("tidemark-manifest 1\n"));
}

TEST_F(ManifestTest, SegmentsThatDoNotTouchAreNeverWritten) {
  auto store = *ManifestStore::open(files, folder.path());
  EXPECT_FALSE(store->replace({{segment("a", 0, 10, 7), segment("b", 11, 12, 7)}, {}}));
  EXPECT_FALSE(store->replace({{segment("a", 1, 10, 7)}, {}}));
  EXPECT_FALSE(store->replace({{segment("../a", 0, 10, 7)}, {}}));
  EXPECT_FALSE(store->replace({{segment("a b", 0, 10, 7)}, {}}));
  EXPECT_THAT(names(), ElementsAre());
}

Manifest with_gaps() {
  auto manifest = example();
  manifest.segments = {segment("a.parquet", 3, 10, 7), segment("b.parquet", 10, 20, 8)};
  manifest.segments[1].rows = 4;
  manifest.emptied = {{0, 3}, {20, 25}};
  return manifest;
}

TEST_F(ManifestTest, RemovedEventsLeaveGapsAndEmptiedRanges) {
  const auto text = manifest_text(with_gaps());
  EXPECT_TRUE(text.starts_with("tidemark-manifest 3\n")) << "an earlier program must not read it";
  auto manifest = parse_manifest(text);
  ASSERT_TRUE(manifest) << manifest.error().message();
  EXPECT_EQ(manifest_text(*manifest), text);
  EXPECT_EQ(manifest->end(), 25U);
  ASSERT_EQ(manifest->emptied.size(), 2U);
  EXPECT_EQ(manifest->emptied[1].first, 20U);
  EXPECT_TRUE(manifest->segments[0].is_dense());
  EXPECT_EQ(manifest->segments[1].rows, 4U);
}

TEST_F(ManifestTest, WhatHasNoGapsIsWrittenAsBefore) {
  auto manifest = with_gaps();
  manifest.emptied.clear();
  manifest.segments = example().segments;
  EXPECT_TRUE(manifest_text(manifest).starts_with("tidemark-manifest 1\n"));
}

TEST_F(ManifestTest, RangesOfAllSortsFollowOneAnother) {
  const auto refused = [](auto change) {
    auto manifest = with_gaps();
    change(manifest);
    return !parse_manifest(manifest_text(manifest));
  };
  EXPECT_FALSE(refused([](Manifest&) {}));
  EXPECT_TRUE(refused([](Manifest& m) { m.emptied[0].end = 2; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.emptied[0].end = 4; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.emptied.erase(m.emptied.begin()); }));
  EXPECT_TRUE(refused([](Manifest& m) { m.emptied[1].first = 21; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.emptied[1].end = 20; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.segments[1].rows = 0; }));
  EXPECT_TRUE(refused([](Manifest& m) { m.segments[1].rows = 11; }));
}

TEST_F(ManifestTest, AnArchiveOfWhichAllWasRemovedGoesOnWhereItWas) {
  {
    auto store = *ManifestStore::open(files, folder.path());
    ASSERT_TRUE(store->replace({.emptied = {{0, 20}}}));
  }
  auto store = *ManifestStore::open(files, folder.path());
  EXPECT_EQ(store->current()->end(), 20U);
  write("b.parquet", "x");
  EXPECT_TRUE(
      store->replace({.segments = {segment("b.parquet", 20, 30, 1)}, .emptied = {{0, 20}}}));
  EXPECT_EQ(store->current()->end(), 30U);
}

TEST_F(ManifestTest, AReplacedFileGoesWithItsLastReader) {
  write("a.parquet", "x");
  write("b.parquet", "x");
  write("c.parquet", "x");
  write("a.ids", "x");
  auto store = *ManifestStore::open(files, folder.path());
  ASSERT_TRUE(store->replace(
      {{segment("a.parquet", 0, 10, 1), segment("b.parquet", 10, 20, 1)}, {run("a.ids", 0, 20)}}));
  auto reader = store->current();
  ASSERT_TRUE(
      store->replace({{segment("c.parquet", 0, 10, 1), segment("b.parquet", 10, 20, 1)}, {}}));
  EXPECT_THAT(names(), ElementsAre("MANIFEST", "a.ids", "a.parquet", "b.parquet", "c.parquet"));
  reader.reset();
  EXPECT_THAT(names(), ElementsAre("MANIFEST", "b.parquet", "c.parquet"));
  store.reset();
  EXPECT_THAT(names(), ElementsAre("MANIFEST", "b.parquet", "c.parquet"));
}

TEST_F(ManifestTest, OrphansAreRemovedAndNothingElse) {
  write("a.parquet", "x");
  write("b.parquet", "x");
  write("b.parquet.tmp", "x");
  write("MANIFEST.tmp", "x");
  write("b.ids", "x");
  write("notes.txt", "x");
  auto store = *ManifestStore::open(files, folder.path());
  ASSERT_TRUE(store->replace({{segment("a.parquet", 0, 10, 1)}, {}}));
  write("MANIFEST.tmp", "x");
  auto removed = store->remove_orphans();
  ASSERT_TRUE(removed);
  EXPECT_THAT(*removed,
              UnorderedElementsAre("b.parquet", "b.parquet.tmp", "MANIFEST.tmp", "b.ids"));
  EXPECT_THAT(names(), ElementsAre("MANIFEST", "a.parquet", "notes.txt"));
}

TEST_F(ManifestTest, NamesOfSegmentsSortByTheirFirstSequence) {
  EXPECT_EQ(segment_name(12, 3), "00000000000000000012-3.parquet");
  EXPECT_LT(segment_name(999, 50), segment_name(1000, 1));
}

}  // namespace
}  // namespace tidemark::archive
