// The archiver in parts of its own: what is due is carried over in segments that fit the memory,
// and a segment that does not fit is tried with fewer events.

#include "ingest/archiver.hpp"

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <future>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "archive/segment_reader.hpp"
#include "journal/memory_journal.hpp"
#include "views/rollup/rollup.hpp"

namespace tidemark::ingest {
namespace {

constexpr std::uint64_t kMiB = std::uint64_t{1} << 20U;
constexpr std::size_t kLong = 8'000;  // bytes of the properties of one event

struct ArchiverTest : testing::Test {
  std::filesystem::path folder = [] {
    auto pattern = (std::filesystem::temp_directory_path() / "tidemark-XXXXXX").string();
    return std::filesystem::path(mkdtemp(pattern.data()));
  }();
  files::Files& files = files::posix_files();
  event::IdHasher hasher{event::IdHasher::Key{}};
  journal::MemoryJournal journal;
  std::unique_ptr<archive::ManifestStore> manifests = *archive::ManifestStore::open(files, folder);
  ledger::local::IdIndex::Opened opened = *ledger::local::IdIndex::open(files, folder, {}, 0);
  std::unique_ptr<ledger::local::IdIndex> ids = std::move(opened.index);
  std::unique_ptr<views::rollup::Rollup> rollup = *views::rollup::Rollup::open(files, {});
  query::Views views{{rollup.get()}};
  query::Publication publication;
  CommitLoop loop{{.journal = journal,
                   .ids = *ids,
                   .views = views,
                   .publication = publication,
                   .hasher = hasher},
                  {},
                  {.tail = ledger::TailWriter(0), .manifest = manifests->current()}};
  archive::SegmentChecks checks{files, {}};
  std::unique_ptr<archive::SegmentWriter> writer;
  std::unique_ptr<Archiver> archiver;
  std::uint64_t sent = 0;

  ~ArchiverTest() override {
    if (archiver) archiver->stop();
    loop.stop();
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }

  void open(archive::SegmentWriter::Options of_writer, std::size_t segment_bytes) {
    of_writer.folder = folder;
    writer = *archive::SegmentWriter::open(files, of_writer);
    archiver = std::make_unique<Archiver>(
        Archiver::Parts{.files = files,
                        .loop = loop,
                        .publication = publication,
                        .manifests = *manifests,
                        .writer = *writer,
                        .checks = checks,
                        .ids = *ids,
                        .journal = journal,
                        .views = views},
        Archiver::Options{.tail_bytes = segment_bytes, .observe_segment = {}});
  }

  /// Commits events whose properties do not compress.
  void send(std::size_t count, std::size_t bytes) {
    static std::mt19937_64 random{7};
    auto texts = std::make_shared<std::deque<std::string>>();
    event::Batch batch{.received_at = 1'754'000'000'000'000, .rows = {}, .owners = {texts}};
    for (std::size_t i = 0; i < count; ++i) {
      event::Row row;
      row.id = texts->emplace_back("id-" + std::to_string(sent++));
      row.user_id = "user";
      row.event_type = "type";
      std::string properties(bytes, ' ');
      for (auto& letter : properties) letter = static_cast<char>('!' + random() % 90);
      row.properties = texts->emplace_back(std::move(properties));
      row.occurred_at = batch.received_at;
      row.id_hash = hasher.hash(batch.project, row.id);
      batch.rows.push_back(row);
    }
    std::promise<base::Result<Receipt>> answered;
    loop.accept(*loop.prepare(std::move(batch)),
                [&](base::Result<Receipt> receipt) { answered.set_value(std::move(receipt)); });
    const auto receipt = answered.get_future().get();
    ASSERT_TRUE(receipt) << receipt.error().message();
    ASSERT_EQ(receipt->accepted, count);
  }

  /// Every event is in the archive and reads back.
  void expect_all_archived() const {
    const auto manifest = manifests->current();
    EXPECT_EQ(manifest->end(), sent);
    const auto reader = *archive::SegmentReader::open({});
    for (const auto& segment : manifest->segments) EXPECT_TRUE(reader->check(*manifest, segment));
  }
};

TEST_F(ArchiverTest, ASegmentIsBoundedByBytesAndTheLastIsNoSmallerThanTheOthers) {
  open({}, 4 * kMiB);
  send(1'300, kLong);  // 10 MB
  ASSERT_TRUE(archiver->archive_all());
  expect_all_archived();
  const auto& segments = manifests->current()->segments;
  ASSERT_EQ(segments.size(), 3U);
  for (const auto& segment : segments) {
    EXPECT_NEAR(static_cast<double>(segment.end - segment.first), 1'300 / 3.0, 2);
  }
  send(2'000, 40);
  ASSERT_TRUE(archiver->archive_all());
  EXPECT_EQ(manifests->current()->segments.size(), 4U) << "short events make one segment";
  EXPECT_EQ(archiver->figures().failures, 0U);
  const auto& written = manifests->current()->segments.front();
  EXPECT_NE(checks.checked_at(written.file), 0) << "it was read back when it was written";
  EXPECT_EQ(checks.figures().bytes, 0U);
  ASSERT_TRUE(checks.require(*manifests->current(), written));
  EXPECT_EQ(checks.figures().bytes, written.bytes)
      << "and is compared before it is read all the same";
}

TEST_F(ArchiverTest, WhatIsTooMuchForTheMemoryIsTriedInSmallerSegmentsUntilItFits) {
  // Groups are as large as a segment here: a segment of 24 MB does not fit.
  open({.memory_bytes_max = 24 * kMiB, .group_bytes_max = 1'024 * kMiB}, 256 * kMiB);
  send(1'000, kLong);
  send(1'000, kLong);
  send(1'000, kLong);
  int failures = 0;
  for (; !archiver->archive_all(); ++failures) ASSERT_LT(failures, 8) << "it is no smaller";
  EXPECT_GT(failures, 0) << "the memory of this test is large enough for all at once";
  expect_all_archived();

  for (int round = 0; archiver->figures().halvings > 0; ++round) {
    ASSERT_LT(round, 8 * failures) << "larger ones are tried again after a while";
    send(1, 40);
    ASSERT_TRUE(archiver->archive_all());
  }
}

TEST_F(ArchiverTest, SumsThatWereMadeForASegmentOfBeforeGoIntoTheManifest) {
  open({}, kMiB);
  send(100, 40);
  ASSERT_TRUE(archiver->archive_all());
  auto listing = manifests->current()->listing();
  const auto sums = std::exchange(listing.segments.front().block_sums, {});
  ASSERT_FALSE(sums.empty());
  loop.adopt(*manifests->replace(listing));
  ASSERT_TRUE(checks.require(*manifests->current(), listing.segments.front()));
  while (publication.current()->manifest->segments.front().block_sums.empty()) {
    std::this_thread::yield();
  }
  EXPECT_EQ(publication.current()->manifest, manifests->current());
  EXPECT_EQ(manifests->current()->segments.front().block_sums, sums);
  expect_all_archived();
}

TEST_F(ArchiverTest, OfOneEventThatIsLongerThanASegmentMayBeItMakesOne) {
  open({}, 1);
  send(1, 60'000);
  send(1, 60'000);
  ASSERT_TRUE(archiver->archive_all());
  expect_all_archived();
  EXPECT_EQ(manifests->current()->segments.size(), 2U);
}

}  // namespace
}  // namespace tidemark::ingest
