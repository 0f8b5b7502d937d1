// A snapshot brings back what was there, or nothing at all; whatever happens to the disk.

#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>

#include <gtest/gtest.h>
#include <unistd.h>

#include "files/faulty_files.hpp"
#include "query/publication.hpp"
#include "views/rollup/counted.hpp"
#include "views/rollup/engine.hpp"
#include "views/rollup/random_story.hpp"

namespace tidemark::views::rollup {
namespace {

using event::ProjectId;
namespace fs = std::filesystem;

struct SnapshotTest : testing::Test {
  SnapshotTest() {
    std::cout << "seed " << seed << "\n";
    std::string pattern = (fs::temp_directory_path() / "rollup_snapshot_XXXXXX").string();
    root = ::mkdtemp(pattern.data());
    folder = root / "views";
  }
  ~SnapshotTest() override { fs::remove_all(root); }

  std::unique_ptr<Rollup> open(files::Files& files, RollupOptions options = {}) {
    options.folder = folder;
    options.ledger_id = 5;
    return *Rollup::open(files, std::move(options));
  }
  /// Applies what the list has more.
  void catch_up(Rollup& rollup) const {
    rollup.apply({ProjectId::Default, list.rows(rollup.position(), list.events().size())});
  }
  static query::Visible visible(Rollup& rollup) {
    query::Visible state;
    state.position = rollup.position();
    state.views = {{&rollup, rollup.root()}};
    return state;
  }
  void expect_exact(Rollup& rollup, const event::ZonePtr& zone = event::utc(), int questions = 15) {
    RollupEngine engine(rollup);
    const query::Visible state = visible(rollup);
    for (int i = 0; i < questions; ++i) {
      const contract::Asked asked = story.question(zone->name());
      auto answered = engine.answer(asked.question(), state, cancellation, false);
      ASSERT_TRUE(answered) << answered.error().message();
      ASSERT_EQ(*answered, expected_answer(asked, list, state.position));
    }
  }
  std::map<std::string, std::uintmax_t> files_there() const {
    std::map<std::string, std::uintmax_t> all;
    for (const auto& entry : fs::directory_iterator(folder)) {
      all[entry.path().filename().string()] = entry.file_size();
    }
    return all;
  }
  static std::uintmax_t bytes(const std::map<std::string, std::uintmax_t>& files) {
    std::uintmax_t sum = 0;
    for (const auto& [name, size] : files) sum += size;
    return sum;
  }

  unsigned seed = std::random_device{}();
  RandomStory story{seed};
  EventList list;
  query::Cancellation cancellation;
  fs::path root;
  fs::path folder;
};

TEST_F(SnapshotTest, BringsBackWhatWasThere) {
  for (int round = 0; round < 6; ++round) {
    auto rollup = open(files::posix_files());
    EXPECT_EQ(rollup->snapshot_refused(), "");
    EXPECT_EQ(rollup->position(), list.events().size());
    EXPECT_EQ(rollup->snapshot_position(), list.events().size());
    expect_exact(*rollup);
    story.tell(list, 300);
    catch_up(*rollup);
    ASSERT_TRUE(rollup->write_snapshot(*rollup->root()));
    EXPECT_EQ(rollup->snapshot_position(), list.events().size());
  }
}

TEST_F(SnapshotTest, WhatCameAfterItIsReplayed) {
  auto first = open(files::posix_files());
  story.tell(list, 500);
  catch_up(*first);
  const auto root_before = first->root();
  story.tell(list, 200);
  catch_up(*first);
  ASSERT_TRUE(first->write_snapshot(*root_before));  // an older root may be written, too

  auto second = open(files::posix_files());
  EXPECT_EQ(second->position(), 500U);
  catch_up(*second);
  expect_exact(*second);
}

TEST_F(SnapshotTest, OnlyWhatChangedIsWrittenAndTheFolderStaysSmall) {
  auto rollup = open(files::posix_files());
  for (int day = 0; day < 300; ++day) {
    for (int i = 0; i < 200; ++i) {
      list.add({.user = "user-" + std::to_string(story.below(5'000)),
                .type = "type-" + std::to_string(story.below(5)),
                .at = (20'000 + day / 3) * base::kMicrosPerDay});
    }
    catch_up(*rollup);
    ASSERT_TRUE(rollup->write_snapshot(*rollup->root()));
  }
  const auto there = files_there();
  EXPECT_LE(there.size(), 66U);
  ASSERT_TRUE(rollup->write_snapshot(*rollup->root()));
  std::uintmax_t fresh = 0;
  for (const auto& [name, size] : files_there()) fresh += there.contains(name) ? 0 : size;
  EXPECT_LT(fresh, bytes(there) / 5);

  fs::remove_all(folder);
  auto whole = open(files::posix_files());
  catch_up(*whole);
  ASSERT_TRUE(whole->write_snapshot(*whole->root()));
  EXPECT_LE(bytes(there), 3 * bytes(files_there()));
}

TEST_F(SnapshotTest, TheSameWithZonesThatWereBuilt) {
  const auto zone = *event::find_zone("Asia/Kathmandu");
  auto rollup = open(files::posix_files());
  story.tell(list, 300);
  catch_up(*rollup);
  query::Publication publication;
  rollup->start(
      {.replay = {[this](const query::Visible&, auto from, auto to,
                         const event::RowVisitor& visit) {
         return visit({ProjectId::Default, list.rows(from, to)});
       }},
       .visible_at = [&](auto position,
                         auto patience) { return publication.wait_for(position, patience); },
       .wake_writer = [] {}});
  publication.publish(std::make_shared<query::Visible>(visible(*rollup)));
  RollupEngine engine(*rollup);
  const query::ActiveUsers question{.scope = {.zone = zone, .segment = {}}, .range = {}};
  while (!engine.can_answer(question, *publication.current())) {
    if (rollup->wants_turn()) rollup->take_turn();
    publication.publish(std::make_shared<query::Visible>(visible(*rollup)));
  }
  ASSERT_TRUE(rollup->write_snapshot(*rollup->root()));
  rollup->stop();

  auto again = open(files::posix_files());
  EXPECT_EQ(again->counts().zones, 1U);
  expect_exact(*again, zone);
  story.tell(list, 100);
  catch_up(*again);
  expect_exact(*again, zone);
}

TEST_F(SnapshotTest, ASnapshotOfAnotherLedgerOrAheadOfItIsRefused) {
  {
    auto rollup = open(files::posix_files());
    story.tell(list, 100);
    catch_up(*rollup);
    ASSERT_TRUE(rollup->write_snapshot(*rollup->root()));
  }
  auto ahead = open(files::posix_files(), {.folder = {}, .ledger_end = 99});
  EXPECT_EQ(ahead->position(), 0U);
  EXPECT_NE(ahead->snapshot_refused().find("the ledger ends at 99"), std::string::npos);
  auto other = *Rollup::open(files::posix_files(), {.folder = folder, .ledger_id = 6});
  EXPECT_EQ(other->position(), 0U);
  EXPECT_EQ(other->snapshot_refused(), "the snapshot is of another ledger");
  EXPECT_EQ(open(files::posix_files(), {.folder = {}, .ledger_end = 100})->position(), 100U);
}

TEST_F(SnapshotTest, ADamagedSnapshotIsRefusedAndReplacedByTheNext) {
  {
    auto rollup = open(files::posix_files());
    for (int i = 0; i < 3; ++i) {
      story.tell(list, 150);
      catch_up(*rollup);
      ASSERT_TRUE(rollup->write_snapshot(*rollup->root()));
    }
  }
  const fs::path saved = root / "saved";
  fs::copy(folder, saved, fs::copy_options::recursive);
  for (int round = 0; round < 60; ++round) {
    fs::remove_all(folder);
    fs::copy(saved, folder, fs::copy_options::recursive);
    const auto all = files_there();
    const auto& [name, size] = *std::next(all.begin(), static_cast<long>(story.below(all.size())));
    if (story.below(4) == 0) {
      fs::remove(folder / name);
    } else if (story.below(3) == 0) {
      fs::resize_file(folder / name, story.below(size));
    } else {
      std::fstream file(folder / name, std::ios::in | std::ios::out | std::ios::binary);
      const auto at = static_cast<std::streamoff>(story.below(size));
      file.seekg(at);
      const auto was = static_cast<char>(file.get());
      file.seekp(at);
      file.put(static_cast<char>(was ^ static_cast<char>(1 + story.below(255))));
    }
    auto rollup = open(files::posix_files());
    // A byte that nothing needs (the beginning of a file of sections) may be damaged in peace.
    if (rollup->position() == 0) {
      EXPECT_TRUE(!rollup->snapshot_refused().empty() || !fs::exists(folder / "INDEX"));
      catch_up(*rollup);
    }
    expect_exact(*rollup, event::utc(), 2);
    ASSERT_TRUE(rollup->write_snapshot(*rollup->root()));
    EXPECT_EQ(open(files::posix_files())->position(), list.events().size());
  }
}

TEST_F(SnapshotTest, APowerCutLeavesASnapshotThatWasWhole) {
  for (unsigned round = 0; round < 60; ++round) {
    fs::remove_all(root);
    fs::create_directories(folder);
    files::FaultyFiles disk(root, seed + round);
    list = {};
    event::Sequence confirmed = 0;
    std::vector<event::Sequence> tried{0};
    disk.cut_power_after(1 + story.below(40));
    {
      auto rollup = open(disk);
      while (!disk.power_is_off()) {
        story.tell(list, 30);
        catch_up(*rollup);
        tried.push_back(rollup->position());
        if (rollup->write_snapshot(*rollup->root())) confirmed = rollup->position();
      }
    }
    disk.restart();
    auto again = open(disk);
    EXPECT_EQ(again->snapshot_refused(), "");
    EXPECT_GE(again->position(), confirmed);
    EXPECT_NE(std::find(tried.begin(), tried.end(), again->position()), tried.end());
    expect_exact(*again, event::utc(), 3);
    catch_up(*again);
    expect_exact(*again, event::utc(), 3);
    ASSERT_TRUE(again->write_snapshot(*again->root()));
  }
}

TEST_F(SnapshotTest, AFailedWriteLeavesTheOneBeforeAndIsTriedAgain) {
  using files::Op;
  for (const Op op : {Op::Open, Op::Write, Op::Sync, Op::Rename, Op::SyncFolder, Op::Remove}) {
    for (std::uint64_t nth = 1; nth <= 3; ++nth) {
      fs::remove_all(root);
      fs::create_directories(folder);
      files::FaultyFiles disk(root, seed);
      list = {};
      auto rollup = open(disk);
      story.tell(list, 60);
      catch_up(*rollup);
      ASSERT_TRUE(rollup->write_snapshot(*rollup->root()));
      story.tell(list, 60);
      catch_up(*rollup);
      disk.fail(op, nth);
      const bool written = bool(rollup->write_snapshot(*rollup->root()));
      EXPECT_EQ(rollup->snapshot_position(), written ? 120U : 60U);
      const auto between = open(files::posix_files())->position();
      EXPECT_TRUE(between == 120 || (!written && between == 60)) << between;
      story.tell(list, 60);
      catch_up(*rollup);
      if (!rollup->write_snapshot(*rollup->root())) {  // it had not come to the nth yet
        ASSERT_TRUE(rollup->write_snapshot(*rollup->root()));
      }
      auto again = open(disk);
      EXPECT_EQ(again->position(), 180U);
      expect_exact(*again, event::utc(), 3);
    }
  }
}

TEST_F(SnapshotTest, WithoutAFolderNothingIsWritten) {
  auto rollup = *Rollup::open(files::posix_files(), {});
  story.tell(list, 10);
  catch_up(*rollup);
  EXPECT_TRUE(rollup->write_snapshot(*rollup->root()));
  EXPECT_EQ(rollup->snapshot_position(), 0U);
}

}  // namespace
}  // namespace tidemark::views::rollup
