// What is united beforehand gives what the days themselves give, whatever changes in between.

#include "views/rollup/day_unions.hpp"

#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "views/rollup/rollup.hpp"
#include "views/rollup/root.hpp"
#include "views/rollup/scope_sets.hpp"

namespace tidemark::views::rollup {
namespace {

constexpr event::Micros kDay = 86'400'000'000;
constexpr std::int32_t kFirstDay = 20'000;  // a multiple of DaySpan::kDays

struct DayUnionsTest : testing::Test {
  DayUnionsTest() { std::cout << "seed " << seed << "\n"; }

  /// Events of random users: of a frequent type, so that its blocks are bitsets, and a rare one.
  void add(std::int32_t day, int events) {
    std::vector<std::string> users;
    std::vector<event::StoredRow> rows;
    users.reserve(static_cast<std::size_t>(events));
    for (int i = 0; i < events; ++i) {
      event::StoredRow row{};
      row.sequence = next++;
      row.occurred_at = day * kDay + static_cast<event::Micros>(random() % kDay);
      users.push_back("u" + std::to_string(random() % 100'000));
      row.user_id = users.back();
      const bool is_rare =
          random() % 50 == 0 && row.sequence != 0;  // the frequent type has number 0
      row.event_type = is_rare ? "rare" : "frequent";
      rows.push_back(row);
    }
    rollup->apply({event::ProjectId::Default, rows});
  }
  std::shared_ptr<const ProjectView> view() {
    const auto root = std::static_pointer_cast<const Root>(rollup->root());
    return root->projects.at(event::ProjectId::Default);
  }
  query::Answer top(const ProjectView& view, DayUnions* unions, std::int32_t from,
                    std::int32_t to) {
    query::TopEvents asked;
    asked.scope.zone = event::utc();
    asked.range = {{from}, {to}};
    const auto sets = ScopeSets::make(asked.scope, view, *view.zones[0].days, unions);
    return *answer(asked, *sets, query::Cancellation());
  }
  void compare(const ProjectView& view) {
    for (int i = 0; i < 10; ++i) {
      const auto from = kFirstDay - 3 + static_cast<std::int32_t>(random() % 30);
      const auto to = from + static_cast<std::int32_t>(random() % 50);
      EXPECT_EQ(top(view, view.zones[0].unions.get(), from, to), top(view, nullptr, from, to));
    }
  }

  unsigned seed = std::random_device{}();
  std::mt19937_64 random{seed};
  event::Sequence next = 0;
  std::unique_ptr<Rollup> rollup = *Rollup::open(files::posix_files(), {});
};

TEST_F(DayUnionsTest, TopEventsAreTheSameWithAndWithoutWhileDaysChange) {
  for (std::int32_t day = 0; day < 40; ++day) add(kFirstDay + day, 9'000);
  std::vector<std::shared_ptr<const ProjectView>> held;
  for (int round = 0; round < 5; ++round) {
    held.push_back(view());
    compare(*held.back());
    compare(*held.front());  // an older state, whose days are others now
    add(kFirstDay + static_cast<std::int32_t>(random() % 40), 500);
    add(kFirstDay + 40 + round, 9'000);
  }
}

TEST_F(DayUnionsTest, ASpanHoldsWhatIsCrowdedAndFitsUntilADayChanges) {
  for (std::int32_t day = 0; day < 16; ++day) add(kFirstDay + day, 9'000);
  const auto before = view();
  const DayTable& days = *before->zones[0].days;
  const DaySpan span(days, kFirstDay / DaySpan::kDays);
  EXPECT_TRUE(span.fits(days));
  BlockBuffer buffer(2);
  buffer.clear(0);
  buffer.clear(1);
  EXPECT_TRUE(span.or_into(buffer[0], 0, 0));
  for (std::int32_t day = 0; day < 16; ++day) {
    or_into(buffer[1], days.find({kFirstDay + day})->types.find(0)->block(0));
  }
  EXPECT_TRUE(std::equal(buffer[0], buffer[0] + kBlockWords, buffer[1]));
  EXPECT_FALSE(span.or_into(buffer[0], 1, 0));  // the rare type's users are a few numbers
  EXPECT_FALSE(span.or_into(buffer[0], 7, 0));
  add(kFirstDay + 5, 1);
  EXPECT_TRUE(span.fits(days));
  EXPECT_FALSE(span.fits(*view()->zones[0].days));
}

TEST_F(DayUnionsTest, OnlyQuietDaysAreUnitedAheadAndTheMemoryIsGivenBack) {
  for (std::int32_t day = 0; day < 16; ++day) add(kFirstDay + day, 9'000);
  const auto root = rollup->root();
  const auto bytes = MemoryGauge::bytes();
  rollup->tend(*root);
  EXPECT_EQ(MemoryGauge::bytes(), bytes);  // the first look: nobody knows yet what is quiet
  rollup->tend(*root);
  EXPECT_GT(MemoryGauge::bytes(), bytes);
  EXPECT_LT(MemoryGauge::bytes(), bytes + bytes / 3);
  view()->zones[0].unions->clear();
  EXPECT_EQ(MemoryGauge::bytes(), bytes);
  rollup->tend(*root);
  EXPECT_GT(MemoryGauge::bytes(), bytes);
  // What goes on changing is left to those who ask.
  view()->zones[0].unions->clear();
  for (int round = 0; round < 3; ++round) {
    add(kFirstDay + 2, 1);
    const auto changed = rollup->root();
    const auto held = MemoryGauge::bytes();
    rollup->tend(*changed);
    EXPECT_EQ(MemoryGauge::bytes(), held);
  }
}

}  // namespace
}  // namespace tidemark::views::rollup
