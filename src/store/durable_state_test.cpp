// A folder opened after what can happen to it: what was acknowledged is there and known by its id,
// and where it is not, nothing is changed.

#include "store/durable_state.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "archive/folder_for_test.hpp"
#include "event/encoding.hpp"
#include "event/stored_rows.hpp"
#include "query/view_for_test.hpp"
#include "store/catch_up.hpp"

namespace tidemark::store {
namespace {

using base::ErrorCode;
using event::ProjectId;
using event::Sequence;

constexpr ProjectId kOther{7};

struct DurableStateTest : testing::Test {
  archive::FolderForTest folder;
  files::Files& files = files::posix_files();
  Options options{.disk_free_bytes_min = 0, .journal_segment_bytes = std::uint64_t{1} << 20};
  std::optional<Fed> fed;
  std::optional<AcceptedLoss> accepted;
  std::optional<Sequence> proven;  // by a view
  std::vector<std::string> texts;

  base::Result<DurableState::Opened> open() {
    return DurableState::open({.files = files,
                               .folder = folder.path(),
                               .options = options,
                               .fed = fed,
                               .accepted_loss = accepted,
                               .proven_by_views = [this](std::uint64_t) { return proven; }});
  }

  DurableState::Opened must_open() {
    auto opened = open();
    if (!opened) throw std::runtime_error(opened.error().message());
    return std::move(*opened);
  }

  /// Projects in turns, and one id in both of them.
  event::StoredRows rows_of(const DurableState& state, Sequence first, std::size_t count) {
    texts.clear();
    texts.reserve(count);
    event::StoredRows rows;
    for (Sequence at = first; at < first + count; ++at) {
      const auto project = at % 2 == 0 ? ProjectId::Default : kOther;
      event::Row row;
      row.id = texts.emplace_back("e" + std::to_string(at / 2));
      row.user_id = "u";
      row.event_type = "t";
      row.properties = "{}";
      row.occurred_at = 1'754'000'000'000'000;
      row.id_hash = state.hasher().hash(project, row.id);
      rows.add(project, {row, at, 1'754'000'000'000'000});
    }
    return rows;
  }

  /// As the commit thread does it: one record.
  void append(DurableState& state, event::StoredRows rows) {
    std::vector<std::byte> content(event::encoded_bytes(rows));
    event::encode(rows, content);
    const auto first = rows.rows().front().sequence;
    const auto appended =
        state.journal().append(first, static_cast<std::uint32_t>(rows.size()), content);
    ASSERT_TRUE(appended) << appended.error().message();
  }

  /// As the archiver does it: a segment and its runs.
  void archive(const DurableState& state, event::StoredRows rows) {
    auto& manifests = state.manifests();
    const auto first = rows.rows().front().sequence;
    const auto name = archive::segment_name(first, manifests.next_generation());
    const auto pieces = rows.pieces();
    auto segment = state.writer().write(name, pieces);
    ASSERT_TRUE(segment) << segment.error().message();
    ASSERT_TRUE(state.writer().sync(*segment));
    std::vector<event::IdHash> hashes;
    for (const auto& row : rows.rows()) hashes.push_back(row.id_hash);
    auto runs = state.ids().prepare(hashes);
    ASSERT_TRUE(runs) << runs.error().message();
    const auto path = folder.path() / "archive";
    std::filesystem::rename(path / (segment->file + ".tmp"), path / segment->file);
    for (const auto& run : runs->added) {
      std::filesystem::rename(path / (run.file + ".tmp"), path / run.file);
    }
    auto listing = manifests.current()->listing();
    listing.segments.push_back(*segment);
    listing.runs = runs->runs;
    ASSERT_TRUE(manifests.replace(std::move(listing)));
    state.ids().publish(std::move(*runs));
  }

  /// `archived` events in one segment, which the journal may still have, and `more` behind them.
  void fill(std::size_t archived, std::size_t more) {
    auto opened = must_open();
    auto& state = *opened.state;
    if (archived > 0) {
      append(state, rows_of(state, 0, archived));
      archive(state, rows_of(state, 0, archived));
    }
    if (more > 0) append(state, rows_of(state, archived, more));
    state.note_end();
  }

  static std::vector<Sequence> sequences(const ledger::TailWriter& tail) {
    std::vector<Sequence> found;
    tail.snapshot().for_each_piece(tail.begin(), tail.end(), [&](const event::ProjectRows& piece) {
      for (const auto& row : piece.rows) found.push_back(row.sequence);
    });
    return found;
  }

  /// Where the state knows the ids of the first `count` events.
  std::vector<Sequence> known(const DurableState& state, std::size_t count) {
    const auto rows = rows_of(state, 0, count);
    std::vector<event::IdHash> hashes;
    for (const auto& row : rows.rows()) hashes.push_back(row.id_hash);
    std::vector<Sequence> found(count, event::kNoSequence);
    EXPECT_TRUE(state.ids().sealed()->probe(hashes, found));
    for (std::size_t i = 0; i < count; ++i) {
      if (found[i] == event::kNoSequence) found[i] = state.ids().find_fresh(hashes[i]);
    }
    return found;
  }

  std::filesystem::path only_file(const std::string& part, const std::string& ending) const {
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() / part)) {
      if (entry.path().extension() == ending && entry.file_size() > 0) return entry.path();
    }
    return {};
  }

  std::set<std::string> names_in(const std::string& part) const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path() / part)) {
      names.insert(entry.path().filename());
    }
    return names;
  }

  void leave(const std::string& part, const std::string& name) const {
    std::ofstream(folder.path() / part / name) << "unfinished";
  }
};

TEST_F(DurableStateTest, ANewFolderHoldsNothing) {
  const auto opened = must_open();
  EXPECT_EQ(opened.tail.end(), 0U);
  EXPECT_EQ(opened.state->journal().end(), 0U);
  EXPECT_EQ(opened.state->note_of_end(), "");
}

TEST_F(DurableStateTest, WhatOnlyTheJournalHoldsIsInTheTailAndKnownByItsId) {
  fill(0, 5);
  const auto opened = must_open();
  EXPECT_EQ(opened.state->report().from_journal, 5U);
  EXPECT_EQ(sequences(opened.tail), (std::vector<Sequence>{0, 1, 2, 3, 4}));
  EXPECT_EQ(known(*opened.state, 6), (std::vector<Sequence>{0, 1, 2, 3, 4, event::kNoSequence}));
}

TEST_F(DurableStateTest, WhatIsArchivedAndInTheJournalCountsOnce) {
  fill(4, 3);
  const auto opened = must_open();
  EXPECT_EQ(opened.state->report().archived, 4U);
  EXPECT_EQ(opened.state->report().from_journal, 3U);
  EXPECT_EQ(sequences(opened.tail), (std::vector<Sequence>{4, 5, 6}));
  EXPECT_EQ(known(*opened.state, 7), (std::vector<Sequence>{0, 1, 2, 3, 4, 5, 6}));
}

TEST_F(DurableStateTest, ARecordThatIsArchivedInPartIsTakenFromThereOn) {
  {
    auto opened = must_open();
    append(*opened.state, rows_of(*opened.state, 0, 6));
    archive(*opened.state, rows_of(*opened.state, 0, 3));
    opened.state->note_end();
  }
  const auto opened = must_open();
  EXPECT_EQ(sequences(opened.tail), (std::vector<Sequence>{3, 4, 5}));
  EXPECT_EQ(known(*opened.state, 6), (std::vector<Sequence>{0, 1, 2, 3, 4, 5}));
}

TEST_F(DurableStateTest, AnIdThatIsInTheJournalTwiceIsRefused) {
  {
    auto opened = must_open();
    append(*opened.state, rows_of(*opened.state, 0, 2));
    auto again = rows_of(*opened.state, 0, 2);
    for (auto& row : again.rows()) row.sequence += 2;
    append(*opened.state, std::move(again));
    opened.state->note_end();
  }
  const auto opened = open();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code(), ErrorCode::Corrupt);
  EXPECT_NE(opened.error().message().find("event 2 has the id of an earlier event"),
            std::string::npos)
      << opened.error().message();
}

TEST_F(DurableStateTest, ARunThatIsGoneOrDamagedIsMadeAnewForEachProject) {
  fill(6, 0);
  for (const bool gone : {true, false}) {
    const auto run = only_file("archive", ".ids");
    ASSERT_FALSE(run.empty());
    if (gone) {
      std::filesystem::remove(run);
    } else {
      std::filesystem::resize_file(run, std::filesystem::file_size(run) / 2);
    }
    const auto opened = must_open();
    EXPECT_EQ(opened.state->report().rebuilt_runs, 1U);
    EXPECT_EQ(opened.state->runs_rebuilt(), 1U);
    EXPECT_EQ(known(*opened.state, 6), (std::vector<Sequence>{0, 1, 2, 3, 4, 5}));
    opened.state->note_end();
  }
}

TEST_F(DurableStateTest, ARunThatWasMergedMeanwhileIsNotRepaired) {
  fill(6, 0);
  const auto opened = must_open();
  const ledger::local::BrokenRun other{.run = {.file = "of-before.ids"},
                                       .why = base::Error{ErrorCode::Corrupt, "damaged"}};
  EXPECT_TRUE(opened.state->repair_runs({other}));
  EXPECT_EQ(opened.state->runs_rebuilt(), 0U);
}

TEST_F(DurableStateTest, UnfinishedFilesGoOnceTheJournalIsKnown) {
  fill(2, 1);
  leave("archive", "00000000000000000002-9.parquet");
  const auto opened = must_open();
  EXPECT_EQ(opened.state->report().orphans.size(), 1U);
  EXPECT_EQ(names_in("archive").count("00000000000000000002-9.parquet"), 0U);
}

TEST_F(DurableStateTest, ALossIsRefusedAndNothingIsChanged) {
  fill(2, 3);
  leave("archive", "unfinished.tmp");
  std::filesystem::remove_all(folder.path() / "journal");
  const auto before = names_in("archive");
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Corrupt);
  const auto& message = refused.error().message();
  EXPECT_NE(message.find("events 2 to 4 (3) are missing"), std::string::npos) << message;
  EXPECT_NE(message.find("--accept-loss=2"), std::string::npos) << message;
  EXPECT_EQ(names_in("archive"), before);

  accepted = AcceptedLoss{.from = 4};
  EXPECT_FALSE(open()) << "another loss was accepted";
  EXPECT_EQ(names_in("archive"), before);
}

TEST_F(DurableStateTest, AnAcceptedLossKeepsWhatMayHoldEventsAndBeginsAnEpoch) {
  fill(2, 3);
  std::uint64_t views_before = 0;
  {
    const auto opened = must_open();
    views_before = opened.state->views_ledger_id();
    opened.state->note_end();
  }
  leave("archive", "00000000000000000002-9.parquet");
  std::filesystem::remove_all(folder.path() / "journal");
  accepted = AcceptedLoss{.from = 2};
  {
    const auto opened = must_open();
    EXPECT_NE(opened.state->report().loss_accepted, "");
    EXPECT_EQ(opened.state->folder().epoch().number, 1U);
    EXPECT_NE(opened.state->views_ledger_id(), views_before) << "no snapshot of before is of this";
    EXPECT_EQ(names_in("archive").count("00000000000000000002-9.parquet.lost"), 1U);
    opened.state->note_end();
  }
  accepted.reset();
  const auto again = must_open();
  EXPECT_EQ(again.state->report().loss_accepted, "");
  EXPECT_EQ(again.tail.end(), 2U);
}

TEST_F(DurableStateTest, ASnapshotOfAViewProvesHowMuchThereWas) {
  fill(0, 3);
  proven = 3;
  EXPECT_TRUE(open());
  proven = 4;
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("views/rollup/INDEX proves that 4"), std::string::npos)
      << refused.error().message();
}

TEST_F(DurableStateTest, WhatIsFedHasNoJournalAndIsNotBeyondItsLedger) {
  fed = Fed{.up_to = 10, .epoch = "first"};
  {
    const auto opened = must_open();
    EXPECT_EQ(opened.state->log(), nullptr);
    EXPECT_EQ(opened.state->mark(), nullptr);
    archive(*opened.state, rows_of(*opened.state, 0, 4));
  }
  EXPECT_EQ(must_open().tail.end(), 4U);
  fed->up_to = 3;
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::Corrupt);
}

struct CatchUpTest : DurableStateTest {
  query::ViewForTest view{"view"};

  base::Result<Sequence> catch_up_with(const DurableState::Opened& opened) {
    return catch_up(view, opened.state->reader(), *opened.state->manifests().current(),
                    opened.tail.snapshot());
  }
};

TEST_F(CatchUpTest, AViewGetsWhatItLacksFromArchiveAndTail) {
  fill(4, 3);
  const auto opened = must_open();
  for (const Sequence from : {0U, 2U, 4U, 6U, 7U}) {
    view.taken.clear();
    view.at = from;
    const auto replayed = catch_up_with(opened);
    ASSERT_TRUE(replayed);
    EXPECT_EQ(*replayed, 7 - from);
    EXPECT_EQ(view.taken.size(), 7 - from);
    EXPECT_EQ(view.at, 7U);
  }
}

TEST_F(CatchUpTest, AViewThatIsBeyondTheTailGetsNothing) {
  fill(4, 3);
  const auto opened = must_open();
  view.at = 9;
  const auto replayed = catch_up_with(opened);
  ASSERT_TRUE(replayed);
  EXPECT_EQ(*replayed, 0U);
  EXPECT_TRUE(view.taken.empty());
}

TEST_F(CatchUpTest, AViewOfADamagedArchiveGivesUpAndTheServiceGoesOn) {
  fill(4, 3);
  const auto segment = only_file("archive", ".parquet");
  {
    std::fstream file(segment, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(std::filesystem::file_size(segment) / 2));
    file.write("damage", 6);
  }
  const auto opened = must_open();
  EXPECT_TRUE(catch_up_with(opened));
  EXPECT_TRUE(view.given_up);
  EXPECT_EQ(view.taken, (std::vector<Sequence>{4, 5, 6})) << "it goes on where the tail begins";

  query::ViewForTest whole("whole");
  whole.at = 4;
  EXPECT_TRUE(catch_up(whole, opened.state->reader(), *opened.state->manifests().current(),
                       opened.tail.snapshot()));
  EXPECT_FALSE(whole.given_up) << "it needs nothing of the archive";
}

TEST_F(DurableStateTest, TheFolderIsHeldByOneAtATime) {
  const auto opened = must_open();
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code(), ErrorCode::Conflict);
}

}  // namespace
}  // namespace tidemark::store
