// What the id index promises when its files are damaged or gone: nobody is told "new" on the word
// of a bad byte, and whatever is broken can be written anew from the archive.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "ledger/local/id_index.hpp"
#include "ledger/local/ids_for_test.hpp"
#include "ledger/local/run_format.hpp"

namespace tidemark::ledger::local {
namespace {

using base::ErrorCode;

struct IdDamageTest : testing::Test {
  static constexpr Sequence kIds = 30'000;
  const std::vector<IdHash> ids = ids_for_test(0, kIds);
  FolderForTest folder;
  files::Files& files = files::posix_files();
  std::vector<archive::RunFile> manifest;

  IdDamageTest() {
    auto index = open().index;
    for (Sequence at = 0; at < kIds; at += kIds / 3) {
      auto prepared = index->prepare(std::span(ids).subspan(at, kIds / 3));
      EXPECT_TRUE(prepared);
      EXPECT_TRUE(take_over(files, folder.path(), *prepared));
      manifest = prepared->runs;
      index->publish(std::move(*prepared));
    }
  }

  IdIndex::Opened open() {
    auto opened = IdIndex::open(files, folder.path(), manifest, manifest.empty() ? 0 : kIds);
    EXPECT_TRUE(opened) << opened.error().message();
    return std::move(*opened);
  }

  [[nodiscard]] std::string read(const archive::RunFile& run) const {
    return *files::read_whole(files, folder.path() / run.file, 1 << 20);
  }
  void write(const archive::RunFile& run, const std::string& content) const {
    std::ofstream(folder.path() / run.file, std::ios::binary) << content;
  }

  /// Repairs what `open` finds broken, and looks whether all is well then.
  void expect_repair(std::size_t broken) {
    auto opened = open();
    ASSERT_EQ(opened.broken.size(), broken);
    ASSERT_EQ(opened.index, nullptr);
    std::vector<archive::RunFile> runs;
    for (const auto& one : opened.broken) runs.push_back(one.run);
    auto rebuilt = IdIndex::rebuild(files, folder.path(), runs, source_for_test(ids));
    ASSERT_TRUE(rebuilt) << rebuilt.error().message();
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const auto named = std::ranges::find(manifest, runs[i]);
      if (named != manifest.end()) {
        EXPECT_EQ(*named, (*rebuilt)[i]) << "the same ids make the same file";
      } else {
        manifest.push_back((*rebuilt)[i]);
      }
    }
    auto again = open();
    ASSERT_NE(again.index, nullptr) << again.broken.front().why.message();
    std::vector<Sequence> found(ids.size());
    ASSERT_TRUE(again.index->sealed()->probe(ids, found));
    for (Sequence i = 0; i < kIds; ++i) ASSERT_EQ(found[i], i);
    EXPECT_TRUE(IdIndex::verify(files, folder.path(), manifest).empty());
  }
};

TEST_F(IdDamageTest, AChangeOfAnyByteIsNoticed) {
  const archive::RunFile& run = manifest.front();
  const std::string good = read(run);
  ASSERT_EQ(good.size(), run.bytes);
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    write(run, bad);
    const auto broken = IdIndex::verify(files, folder.path(), std::span(&run, 1));
    ASSERT_EQ(broken.size(), 1U) << "byte " << at;
    ASSERT_EQ(broken.front().why.code(), ErrorCode::Corrupt) << broken.front().why.message();
  }
  write(run, good);
  EXPECT_TRUE(IdIndex::verify(files, folder.path(), manifest).empty());
}

TEST_F(IdDamageTest, ADamagedPageIsAnErrorAndNeverANewId) {
  auto index = open().index;
  for (const auto& run : manifest) {
    std::string bad = read(run);
    for (std::size_t at = kPageBytes; at + 300 < bad.size(); at += kPageBytes) bad[at + 300] ^= 1;
    write(run, bad);
  }
  for (const IdHash& id : std::span(ids).first(1'000)) {
    Sequence found = 0;
    auto probed = index->sealed()->probe(std::span(&id, 1), std::span(&found, 1));
    ASSERT_FALSE(probed);
    ASSERT_EQ(probed.error().code(), ErrorCode::Corrupt);
  }
}

TEST_F(IdDamageTest, AFileCutShortUnderTheReaderIsAnErrorAndNeverANewId) {
  auto index = open().index;
  for (const auto& run : manifest)
    std::filesystem::resize_file(folder.path() / run.file, kPageBytes);
  Sequence found = 0;
  auto probed = index->sealed()->probe(std::span(&ids[5], 1), std::span(&found, 1));
  ASSERT_FALSE(probed);
  EXPECT_NE(probed.error().message().find("ends too early"), std::string::npos);
}

TEST_F(IdDamageTest, AMissingRunIsWrittenAnew) {
  std::filesystem::remove(folder.path() / manifest[10].file);
  expect_repair(1);
}

TEST_F(IdDamageTest, ARunOfAnotherSizeOrContentIsWrittenAnew) {
  write(manifest[1], read(manifest[1]) + "x");
  write(manifest[2], read(manifest[2]).substr(0, 3'000));
  write(manifest[3], read(manifest[4]));  // sound, and not the one that was meant
  write(manifest[5], "");
  expect_repair(4);
}

TEST_F(IdDamageTest, AllRunsAreWrittenAnewWhenTheManifestLostThem) {
  const auto lost = std::exchange(manifest, {});
  auto opened = IdIndex::open(files, folder.path(), {}, kIds);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->broken.size(), kIdPartitions);
  for (const auto& broken : opened->broken) manifest.push_back(broken.run);
  std::vector<archive::RunFile> gaps = std::move(manifest);
  auto rebuilt = IdIndex::rebuild(files, folder.path(), gaps, source_for_test(ids));
  ASSERT_TRUE(rebuilt) << rebuilt.error().message();
  manifest = *rebuilt;
  EXPECT_EQ(open().index->sealed()->ids(), kIds);
  EXPECT_TRUE(IdIndex::verify(files, folder.path(), manifest).empty());
}

TEST_F(IdDamageTest, RunsOfAnArchiveWithGapsHaveTheIdsThatThereAre) {
  const auto lost = std::exchange(manifest, {});
  auto opened = IdIndex::open(files, folder.path(), {}, kIds);
  ASSERT_TRUE(opened);
  for (const auto& broken : opened->broken) manifest.push_back(broken.run);
  auto rebuilt = IdIndex::rebuild(files, folder.path(), manifest, source_for_test(ids, 4));
  ASSERT_TRUE(rebuilt) << rebuilt.error().message();
  manifest = *rebuilt;
  const auto index = open().index;
  EXPECT_EQ(index->sealed()->ids(), kIds - kIds / 4);
  std::vector<Sequence> found(4, kNoSequence);
  ASSERT_TRUE(index->sealed()->probe(std::span(ids).first(4), found));
  EXPECT_EQ(found, (std::vector<Sequence>{0, kNoSequence, 2, 3}));
  EXPECT_TRUE(IdIndex::verify(files, folder.path(), manifest).empty());
}

TEST_F(IdDamageTest, AnArchiveThatLacksIdsRebuildsNothing) {
  std::vector<IdHash> others = ids;
  others[7] = id_for_test(kIds + 1);  // falls into another partition
  ASSERT_NE(partition_of(others[7]), partition_of(ids[7]));
  auto rebuilt = IdIndex::rebuild(files, folder.path(), manifest, source_for_test(others));
  ASSERT_FALSE(rebuilt);
  EXPECT_EQ(rebuilt.error().code(), ErrorCode::Corrupt);
}

TEST_F(IdDamageTest, AManifestThatContradictsItselfIsRefused) {
  auto runs = manifest;
  runs.push_back(runs.front());
  auto twice = IdIndex::open(files, folder.path(), runs, kIds);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code(), ErrorCode::Corrupt);
  EXPECT_FALSE(IdIndex::open(files, folder.path(), manifest, kIds - 1));
}

TEST_F(IdDamageTest, AFileOfANewerVersionIsRefusedInWords) {
  std::string newer = read(manifest[0]);
  newer[8] = 2;
  write(manifest[0], newer);
  const auto opened = open();
  ASSERT_EQ(opened.broken.size(), 1U);
  EXPECT_NE(opened.broken[0].why.message().find("version 2; this program reads up to 1"),
            std::string::npos)
      << opened.broken[0].why.message();
}

}  // namespace
}  // namespace tidemark::ledger::local
