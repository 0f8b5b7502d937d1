// Several views as one: each gets what it is to have, and nothing of another's.

#include "query/view.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "query/view_for_test.hpp"

namespace tidemark::query {
namespace {

using event::Sequence;

struct ViewsTest : testing::Test {
  ViewForTest quick{"quick"};
  ViewForTest large{"large"};
  Views views{{&quick, &large}};

  void apply(Sequence from, Sequence to) {
    std::vector<event::StoredRow> rows(to - from);
    for (auto& row : rows) row.sequence = from++;
    views.apply({event::ProjectId::Default, rows});
  }
  Visible visible() {
    Visible state;
    state.position = std::max(quick.at, large.at);
    state.views = views.roots();
    return state;
  }
  static std::size_t shown(const Visible& state, const View& view) {
    return static_cast<const ViewForTest::Root&>(state.root_of(view)).taken.size();
  }
};

TEST_F(ViewsTest, EachTakesWhatLiesBehindItsOwnPosition) {
  quick.at = 3;
  apply(0, 5);
  EXPECT_EQ(quick.taken, (std::vector<Sequence>{3, 4}));
  EXPECT_EQ(large.taken, (std::vector<Sequence>{0, 1, 2, 3, 4}));
}

TEST_F(ViewsTest, AStateShowsEachViewAsItWasThen) {
  apply(0, 2);
  const auto before = visible();
  quick.at = 5;  // it has more already
  apply(2, 5);
  EXPECT_EQ(shown(before, quick), 2U);
  EXPECT_EQ(shown(before, large), 2U);
  EXPECT_EQ(shown(visible(), quick), 2U);
  EXPECT_EQ(shown(visible(), large), 5U);
}

TEST_F(ViewsTest, OnlyWhoWantsATurnGetsOne) {
  EXPECT_FALSE(views.wants_turn());
  large.wants = true;
  EXPECT_TRUE(views.wants_turn());
  views.take_turns();
  EXPECT_EQ(quick.turns, 0);
  EXPECT_EQ(large.turns, 1);
  EXPECT_FALSE(views.wants_turn());
}

TEST_F(ViewsTest, SnapshotsAreWrittenOfThoseThatAreFarEnoughBehind) {
  apply(0, 10);
  quick.snapshot = 8;
  EXPECT_TRUE(views.snapshot_is_due(10, 5));
  EXPECT_FALSE(views.snapshot_is_due(10, 11));
  const auto written = views.write_snapshots(visible(), 5);
  ASSERT_TRUE(written);
  EXPECT_EQ(*written, 1U);
  EXPECT_EQ(quick.snapshot, 8U);
  EXPECT_EQ(large.snapshot, 10U);
  EXPECT_FALSE(views.snapshot_is_due(10, 5));
}

TEST_F(ViewsTest, AFailedSnapshotIsToldWithItsView) {
  apply(0, 10);
  large.fails = true;
  const auto written = views.write_snapshots(visible(), 5);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().message(), "writing a snapshot of large: no room");
  EXPECT_EQ(quick.snapshot, 10U);
}

TEST_F(ViewsTest, AllAreTendedStartedAndStopped) {
  apply(0, 3);
  views.tend(visible());
  EXPECT_EQ(quick.tended, 3U);
  EXPECT_EQ(large.tended, 3U);
  views.start([](const View&) { return ViewHooks{}; });
  EXPECT_TRUE(quick.started && large.started);
  views.stop();
  EXPECT_FALSE(quick.started || large.started);
}

}  // namespace
}  // namespace tidemark::query
