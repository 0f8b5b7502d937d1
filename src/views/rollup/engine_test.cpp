// The rollup answers what a plain list of the events answers, at every position, while older roots
// are held.

#include "views/rollup/engine.hpp"

#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "views/rollup/random_story.hpp"
#include "views/rollup/sets/ordinal_block.hpp"

namespace tidemark::views::rollup {
namespace {

using event::ProjectId;

struct EngineTest : testing::Test {
  EngineTest() { std::cout << "seed " << seed << "\n"; }

  std::unique_ptr<Rollup> rollup = *Rollup::open(files::posix_files(), {});
  RollupEngine engine{*rollup};
  query::Cancellation cancellation;
  EventList list;
  unsigned seed = std::random_device{}();
  RandomStory story{seed};

  /// Applies what the list has more than the rollup, in pieces.
  void apply_all() {
    while (rollup->position() < list.events().size()) {
      const std::size_t end =
          std::min(list.events().size(), rollup->position() + 1 + story.below(700));
      rollup->apply({ProjectId::Default, list.rows(rollup->position(), end)});
    }
  }
  query::VisiblePtr visible() {
    auto state = std::make_shared<query::Visible>();
    state->position = rollup->position();
    state->views = {{rollup.get(), rollup->root()}};
    return state;
  }
  query::Answer answer(const query::Question& question, const query::Visible& from) {
    EXPECT_TRUE(engine.can_answer(question, from));
    auto answered = engine.answer(question, from, cancellation, false);
    EXPECT_TRUE(answered);
    return answered ? *answered : query::answer_of(query::ActiveUsersRows());
  }
};

TEST_F(EngineTest, AnswersWhatAPlainListAnswers) {
  for (int round = 0; round < 25; ++round) {
    story.tell(list, 40);
    apply_all();
    const auto state = visible();
    for (int i = 0; i < 20; ++i) {
      const contract::Asked asked = story.question("UTC");
      ASSERT_EQ(answer(asked.question(), *state), expected_answer(asked, list, state->position));
    }
  }
}

TEST_F(EngineTest, AHeldRootAnswersAsBefore) {
  std::vector<query::VisiblePtr> held;
  for (int round = 0; round < 12; ++round) {
    story.tell(list, 80);
    apply_all();
    held.push_back(visible());
  }
  for (const auto& state : held) {
    for (int i = 0; i < 15; ++i) {
      const contract::Asked asked = story.question("UTC");
      ASSERT_EQ(answer(asked.question(), *state), expected_answer(asked, list, state->position));
    }
  }
}

TEST_F(EngineTest, WithoutEventsEveryDayIsZeroAndNoWindowHasBegun) {
  const auto state = visible();
  for (int i = 0; i < 50; ++i) {
    const contract::Asked asked = story.question("Asia/Tokyo");
    ASSERT_EQ(answer(asked.question(), *state), expected_answer(asked, list, 0));
  }
}

TEST_F(EngineTest, ProjectsDoNotMix) {
  story.tell(list, 100);
  const auto rows = list.rows(0, 100);
  rollup->apply({ProjectId{7}, rows});
  const auto state = visible();
  const contract::Asked asked = story.question("UTC");
  query::Question question = asked.question();
  EXPECT_EQ(answer(question, *state), expected_answer(asked, list, 0));
  std::visit([](auto& any) { any.scope.project = ProjectId{7}; }, question);
  EXPECT_EQ(answer(question, *state), expected_answer(asked, list, 100));
}

TEST_F(EngineTest, RowsBelowThePositionAreSkipped) {
  story.tell(list, 300);
  apply_all();
  rollup->apply({ProjectId::Default, list.rows(0, 200)});
  EXPECT_EQ(rollup->position(), 300U);
  story.tell(list, 10);
  rollup->apply({ProjectId::Default, list.rows(150, 310)});
  const auto state = visible();
  for (int i = 0; i < 30; ++i) {
    const contract::Asked asked = story.question("UTC");
    ASSERT_EQ(answer(asked.question(), *state), expected_answer(asked, list, 310));
  }
}

TEST_F(EngineTest, ManyUsersAreCountedInShares) {
  // More than seven blocks, so that every kind of question is shared by two threads.
  const std::size_t users = 7 * kBlockUsers + 1'000;
  const auto noon = [](std::size_t day) {
    return event::Micros(20'000 + static_cast<std::int64_t>(day)) * base::kMicrosPerDay;
  };
  for (std::size_t user = 0; user < users; ++user) {
    const auto name = std::to_string(user);
    list.add({name, "t" + std::to_string(user % 9), noon(user % 5)});
    if (story.below(4) == 0) list.add({name, "see", noon(user % 5 + 1 + story.below(3))});
  }
  apply_all();
  const auto state = visible();
  const contract::Asked range{.what = "wau",
                              .fields = {{"from", "2024-10-04"}, {"to", "2024-10-13"}}};
  contract::Asked top = range;
  top.what = "top-events";
  contract::Asked stickiness = range;
  stickiness.what = "stickiness";
  const contract::Asked retention{.what = "retention",
                                  .fields = {{"start_date", "2024-10-04"},
                                             {"cohort", "first_seen"},
                                             {"mode", "on_or_after"},
                                             {"windows", "3"},
                                             {"cohorts", "3"}}};
  for (const auto& asked : {range, top, stickiness, retention}) {
    ASSERT_EQ(answer(asked.question(), *state), expected_answer(asked, list, state->position));
  }
  cancellation.cancel();
  EXPECT_FALSE(engine.answer(range.question(), *state, cancellation, false));
}

/// Two projects side by side: every type of the small one is rarer than any of the large one.
struct SmallAndLarge {
  static constexpr ProjectId kSmall{1};
  static constexpr ProjectId kLarge{2};
  static constexpr int kTypes = 6;

  EventList small;
  EventList large;

  SmallAndLarge(std::size_t small_users, std::size_t large_users, int days) {
    fill(small, small_users, days, "small-");
    fill(large, large_users, days, "large-");
  }

  void apply_to(Rollup& rollup) const {
    rollup.apply({kSmall, small.rows(0, small.events().size())});
    auto after = large.rows(0, large.events().size());
    for (auto& row : after) row.sequence += small.events().size();
    rollup.apply({kLarge, after});
  }

  /// Whether the rollup still has the sets of this type's users.
  static bool has_users(Rollup& rollup, ProjectId project, const std::string& type) {
    query::ActiveUsers question{.scope = {.project = project, .zone = event::utc(), .segment = {}},
                                .range = {{20'000}, {20'009}}};
    question.scope.segment.conditions.push_back({.field = query::Field::EventType,
                                                 .path = {},
                                                 .op = query::Operator::Equal,
                                                 .values = {type}});
    query::Visible state;
    state.position = rollup.position();
    state.views = {{&rollup, rollup.root()}};
    return RollupEngine(rollup).can_answer(question, state);
  }

 private:
  /// Each user has one event of each type on each day. As bitsets, the users of a type on a day
  /// take far more than their names.
  static void fill(EventList& events, std::size_t users, int days, const std::string& prefix) {
    for (std::size_t user = 0; user < users; ++user) {
      for (int day = 0; day < days; ++day) {
        for (int type = 0; type < kTypes; ++type) {
          events.add({std::to_string(user), prefix + std::to_string(type),
                      event::Micros(20'000 + day) * base::kMicrosPerDay});
        }
      }
    }
  }
};

TEST_F(EngineTest, WhereMemoryIsShortTheLargestProjectGivesFirst) {
  const SmallAndLarge projects(10, 2'100, 20);
  const std::size_t before = MemoryGauge::bytes();
  projects.apply_to(*rollup);
  const std::size_t grown = MemoryGauge::bytes() - before;

  RollupOptions options;
  options.memory_bytes_max = MemoryGauge::bytes() + before + grown / 4 * 3;
  const auto bounded = *Rollup::open(files::posix_files(), options);
  projects.apply_to(*bounded);
  EXPECT_GT(bounded->counts().types_without_sets, 0U);
  bounded->tend(*bounded->root());
  const auto weighed = bounded->largest_projects();
  ASSERT_EQ(weighed.size(), 2U);
  EXPECT_EQ(weighed[0].project, SmallAndLarge::kLarge);
  EXPECT_GT(weighed[0].bytes, weighed[1].bytes);
  for (int type = 0; type < SmallAndLarge::kTypes; ++type) {
    EXPECT_TRUE(
        projects.has_users(*bounded, SmallAndLarge::kSmall, "small-" + std::to_string(type)))
        << type;
  }
}

TEST_F(EngineTest, AProjectAboveItsOwnBoundGivesWhileMemoryIsFree) {
  const SmallAndLarge projects(10, 9'000, 1);
  RollupOptions options;
  options.project_bytes_max = std::size_t{4} << 10U;
  const auto bounded = *Rollup::open(files::posix_files(), options);
  projects.apply_to(*bounded);
  EXPECT_EQ(bounded->counts().types_without_sets, 0U) << "nobody has weighed them yet";
  bounded->tend(*bounded->root());
  const auto weighed = bounded->largest_projects();
  ASSERT_EQ(weighed.size(), 2U);
  ASSERT_GT(weighed[0].bytes, options.project_bytes_max);
  ASSERT_LT(weighed[1].bytes, options.project_bytes_max);

  EventList last;
  last.add({"1", "small-1", event::Micros(20'000) * base::kMicrosPerDay});
  auto rows = last.rows(0, 1);
  rows.front().sequence = bounded->position();
  bounded->apply({SmallAndLarge::kSmall, rows});
  EXPECT_GT(bounded->counts().types_without_sets, 0U);
  for (int type = 0; type < SmallAndLarge::kTypes; ++type) {
    EXPECT_TRUE(
        projects.has_users(*bounded, SmallAndLarge::kSmall, "small-" + std::to_string(type)))
        << type;
  }
  EXPECT_FALSE(projects.has_users(*bounded, SmallAndLarge::kLarge, "large-0"));
}

TEST_F(EngineTest, SegmentsBeyondTheTypeAreNotItsBusiness) {
  const auto state = visible();
  for (const auto field : {query::Field::UserId, query::Field::Property}) {
    query::ActiveUsers question{.scope = {.zone = event::utc(), .segment = {}}, .range = {}};
    question.scope.segment.conditions.push_back(
        {.field = field, .path = {"a"}, .op = query::Operator::Equal, .values = {"x"}});
    EXPECT_FALSE(engine.can_answer(question, *state));
    auto refused = engine.answer(question, *state, cancellation, true);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), base::ErrorCode::CannotAnswer);
  }
}

TEST_F(EngineTest, ACancelledQuestionIsGivenUp) {
  story.tell(list, 100);
  apply_all();
  cancellation.cancel();
  auto given_up = engine.answer(query::ActiveUsers{.scope = {.zone = event::utc(), .segment = {}},
                                                   .range = {{20'000}, {20'400}},
                                                   .trailing_days = 7},
                                *visible(), cancellation, false);
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().code(), base::ErrorCode::TimedOut);
}

}  // namespace
}  // namespace tidemark::views::rollup
