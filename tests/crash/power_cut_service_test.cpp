// A random walk of the whole embedded service over a disk that forgets: posts, archiving, merging,
// recycling and snapshots go on all the time while the power goes at any operation, writes are
// torn, syncs and reads fail and the disk fills up. After each opening every acknowledged event is
// there, once, and counted once. TIDEMARK_CRASH_WALKS sets how many walks there are.

#include <cstdlib>
#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "crash/service_on_disk.hpp"

namespace tidemark::crash {
namespace {

using files::Op;

constexpr int kLivesPerWalk = 5;

std::uint64_t walks() {
  const char* set = std::getenv("TIDEMARK_CRASH_WALKS");
  return set == nullptr ? 12 : std::strtoull(set, nullptr, 10);
}

class Walk {
 public:
  explicit Walk(std::uint64_t seed) : disk_(seed), random_(seed) {
    disk_.settings.journal_segment_bytes = 16 * config::kKiB;
    disk_.settings.archive_events = 150;
    disk_.settings.snapshot_events = 200;
  }

  void live() {
    if (below(4) != 0) disk_.files.cut_power_after(1 + below(900));
    break_something();
    auto opened = disk_.open();
    if (opened) {
      disk_.files.fail_randomly(Op::Read, 0);
      work();
    }
    // Some lives end with the process alone: what the system still has is there.
    repair();
    if (below(3) != 0 || disk_.files.power_is_off()) {
      disk_.lose_power();
      ++cuts;
    } else {
      disk_.files.cut_power_after(0);
    }
    check();
  }

  std::uint64_t cuts = 0;
  [[nodiscard]] std::size_t events() const { return disk_.acknowledged(); }

 private:
  std::uint64_t below(std::uint64_t end) { return random_() % end; }

  void break_something() {
    const auto what = below(8);
    if (what == 0) disk_.files.fail_randomly(Op::Write, 0.02);
    if (what == 1) disk_.files.fail_randomly(Op::Sync, 0.02);
    if (what == 2) disk_.files.fail_randomly(Op::Rename, 0.05);
    if (what == 3) disk_.files.fail_randomly(Op::SyncFolder, 0.1);
    if (what == 4) disk_.files.fail_randomly(Op::Read, 0.01);
    if (what == 5) disk_.files.set_room(below(400'000));
  }
  void repair() {
    for (const auto op :
         {Op::Open, Op::Read, Op::Write, Op::Sync, Op::Rename, Op::Remove, Op::SyncFolder}) {
      disk_.files.fail_randomly(op, 0);
    }
    disk_.files.set_room(std::nullopt);
  }

  void work() {
    for (auto rounds = 1 + below(30); rounds > 0 && !disk_.files.power_is_off(); --rounds) {
      disk_.post_at_once(1 + below(4), 1 + below(40));
      if (below(8) == 0) std::ignore = disk_.service().archiver().archive_all();
    }
  }

  void check() {
    auto opened = disk_.open();
    ASSERT_TRUE(opened) << opened.error().message();
    disk_.expect_all_is_well();
    if (disk_.unknown() > 0 && below(2) == 0) {
      auto again = disk_.repeat_unknown();
      ASSERT_TRUE(again) << again.error().message();
      disk_.expect_all_is_well();
    }
  }

  ServiceOnDisk disk_;
  std::mt19937_64 random_;
};

TEST(PowerCut, EveryAcknowledgedEventIsThereOnceWhateverTheDiskDoes) {
  const std::uint64_t seed = std::random_device{}();
  std::cout << "seed " << seed << ", " << walks() << " walks\n";
  std::uint64_t cuts = 0;
  std::uint64_t events = 0;
  for (std::uint64_t i = 0; i < walks() && !HasFailure(); ++i) {
    SCOPED_TRACE("seed " + std::to_string(seed + i));
    Walk walk(seed + i);
    for (int life = 0; life < kLivesPerWalk && !HasFailure(); ++life) walk.live();
    cuts += walk.cuts;
    events += walk.events();
  }
  std::cout << cuts << " power cuts, " << events << " events\n";
  EXPECT_GT(cuts, walks());
  EXPECT_GT(events, 0U);
}

}  // namespace
}  // namespace tidemark::crash
