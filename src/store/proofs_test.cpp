// What a data folder's parts say of one another: which of them is told to be wrong, and when what
// was dropped at the journal's end may have been events.

#include "store/proofs.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "archive/folder_for_test.hpp"

namespace tidemark::store {
namespace {

using journal::local::Recovered;

struct ProofsTest : testing::Test {
  archive::FolderForTest place;
  files::Files& files = files::posix_files();
  std::unique_ptr<files::DataFolder> folder = *files::DataFolder::open(files, place.path());
  std::optional<event::Sequence> snapshot;
  std::optional<AcceptedLoss> accepted;
  std::unique_ptr<files::Mark> mark;
  std::unique_ptr<archive::ManifestStore> manifests;

  /// MARK as a process leaves it that died: exact, until the system starts anew.
  void write_mark(files::Marked state, bool end_in_order = false) const {
    auto file = *files::Mark::open(files, place.path());
    ASSERT_TRUE(file->begin(state));
    if (end_in_order) {
      ASSERT_TRUE(file->end());
    }
  }

  void write_manifest(archive::Witness witness) const {
    auto store = *archive::ManifestStore::open(files, place.path() / "archive");
    store->bear_witness([witness]() -> base::Result<archive::Witness> { return witness; });
    ASSERT_TRUE(store->replace({}));
  }

  /// Of what lies there now.
  Proofs proofs() {
    mark = *files::Mark::open(files, place.path());
    manifests = *archive::ManifestStore::open(files, place.path() / "archive");
    return Proofs({.folder = *folder,
                   .mark = *mark,
                   .manifests = *manifests,
                   .path = place.path(),
                   .snapshot = snapshot,
                   .accepted = accepted});
  }

  [[nodiscard]] std::uint64_t print() const { return folder->print(); }
  [[nodiscard]] Recovered journal(event::Sequence end) const {
    Recovered found;
    found.end = end;
    found.origin = {.folder = print(), .epoch = 0, .manifest = 0};
    return found;
  }
};

std::string why(const base::Status& status) { return status ? "" : status.error().message(); }

bool says(const base::Status& status, const std::string& part) {
  return why(status).find(part) != std::string::npos;
}

TEST_F(ProofsTest, ANewFolderProvesNothing) {
  auto all = proofs();
  EXPECT_TRUE(all.check());
  EXPECT_TRUE(all.judge(journal(0)));
  EXPECT_TRUE(all.judge(journal(5)));
  EXPECT_FALSE(all.loss_was_accepted());
}

TEST_F(ProofsTest, PartsOfAnotherFolderAreNamed) {
  write_mark({.folder = print() + 1});
  EXPECT_TRUE(says(proofs().check(), "VERSION and MARK")) << why(proofs().check());
  write_mark({.folder = print()});
  write_manifest({.folder = print() + 1});
  EXPECT_TRUE(says(proofs().check(), "VERSION and archive/MANIFEST"));
  write_manifest({.folder = print()});
  EXPECT_TRUE(proofs().check());
  auto other = journal(0);
  other.origin.folder = print() + 1;
  EXPECT_TRUE(says(proofs().judge(other), "VERSION and journal/"));
}

TEST_F(ProofsTest, AnOlderVersionIsToldByWhatWasWrittenInALaterEpoch) {
  write_mark({.folder = print(), .epoch = 1});
  EXPECT_TRUE(says(proofs().check(), "MARK was written in a later epoch"));
  write_mark({.folder = print()});
  write_manifest({.folder = print(), .epoch = 1});
  EXPECT_TRUE(says(proofs().check(), "archive/MANIFEST was written in a later epoch"));
  write_manifest({.folder = print()});
  auto later = journal(0);
  later.origin.epoch = 1;
  EXPECT_TRUE(says(proofs().judge(later), "journal/ was written in a later epoch"));
}

TEST_F(ProofsTest, EachFileAloneProvesWhatWasAcknowledged) {
  write_mark({.folder = print(), .reached = 7});
  EXPECT_TRUE(says(proofs().judge(journal(6)), "events 6 to 6 (1) are missing")) << "MARK";
  EXPECT_TRUE(proofs().judge(journal(7)));

  write_mark({.folder = print()});
  write_manifest({.folder = print(), .reached = 8});
  EXPECT_TRUE(says(proofs().judge(journal(6)), "archive/MANIFEST proves that 8"));

  write_manifest({.folder = print()});
  snapshot = 9;
  EXPECT_TRUE(says(proofs().judge(journal(6)), "views/rollup/INDEX proves that 9"));

  snapshot.reset();
  ASSERT_TRUE(folder->note_reached(10));
  EXPECT_TRUE(says(proofs().judge(journal(6)), "VERSION proves that 10"));
  EXPECT_TRUE(proofs().judge(journal(10)));
}

TEST_F(ProofsTest, TheFurthestProofIsTold) {
  write_mark({.folder = print(), .reached = 7});
  snapshot = 9;
  EXPECT_TRUE(says(proofs().judge(journal(3)), "events 3 to 8 (6) are missing"));
}

TEST_F(ProofsTest, AManifestOlderThanItWasIsALossThoughNothingElseIsMissing) {
  write_mark({.folder = print(), .reached = 5, .manifest = 3});
  EXPECT_TRUE(says(proofs().judge(journal(5)), "archive/MANIFEST is missing: MARK says"));
  write_mark({.folder = print(), .reached = 5});
  auto told = journal(5);
  told.origin.manifest = 2;
  EXPECT_TRUE(says(proofs().judge(told), "the journal says that generation 2"));
}

TEST_F(ProofsTest, OnlyTheLossThatWasAcceptedIsAccepted) {
  write_mark({.folder = print(), .reached = 7});
  accepted = AcceptedLoss{.from = 5};
  EXPECT_TRUE(says(proofs().judge(journal(6)), "--accept-loss=5 names another loss"));
  EXPECT_EQ(folder->epoch().number, 0U);

  accepted = AcceptedLoss{.from = 6};
  auto all = proofs();
  EXPECT_TRUE(all.look(journal(6)));
  EXPECT_EQ(folder->epoch().number, 0U) << "looking begins nothing";
  EXPECT_TRUE(all.judge(journal(6)));
  EXPECT_TRUE(all.loss_was_accepted());
  EXPECT_EQ(folder->epoch().number, 1U);
}

TEST_F(ProofsTest, WhatWasProvenBeforeAnAcceptedLossProvesNothingAfterIt) {
  write_mark({.folder = print(), .reached = 7});
  accepted = AcceptedLoss{};
  EXPECT_TRUE(proofs().judge(journal(6)));
  accepted.reset();
  EXPECT_TRUE(proofs().judge(journal(6)));
}

TEST_F(ProofsTest, ATornEndMayHaveBeenEventsUnlessTheLastWordIsKnown) {
  auto torn = journal(7);
  torn.torn = {.path = "journal/1", .offset = 4096, .bytes = 100};

  write_mark({.folder = print(), .reached = 7}, true);
  auto exact = proofs();
  ASSERT_TRUE(exact.judge(torn));
  EXPECT_NE(exact.dropped(), "");
  EXPECT_EQ(exact.unconfirmed_bytes(), 0U);

  std::filesystem::remove(place.path() / "MARK");
  auto unknown = proofs();
  ASSERT_TRUE(unknown.judge(torn));
  EXPECT_EQ(unknown.unconfirmed_bytes(), 100U);

  accepted = AcceptedLoss{};
  auto confirmed = proofs();
  ASSERT_TRUE(confirmed.judge(torn));
  EXPECT_EQ(confirmed.unconfirmed_bytes(), 0U);
}

TEST_F(ProofsTest, WhatWasNotConfirmedStaysSoUntilItIs) {
  write_mark({.folder = print(), .reached = 7, .unconfirmed = 40}, true);
  auto later = proofs();
  ASSERT_TRUE(later.judge(journal(7)));
  EXPECT_EQ(later.unconfirmed_bytes(), 40U);
  accepted = AcceptedLoss{.from = 3};  // of another loss
  auto other = proofs();
  ASSERT_TRUE(other.judge(journal(7)));
  EXPECT_EQ(other.unconfirmed_bytes(), 40U);
  accepted = AcceptedLoss{};
  auto confirmed = proofs();
  ASSERT_TRUE(confirmed.judge(journal(7)));
  EXPECT_EQ(confirmed.unconfirmed_bytes(), 0U);
}

}  // namespace
}  // namespace tidemark::store
