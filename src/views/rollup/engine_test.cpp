// The rollup answers what a plain list of the events answers, at every position, while older roots
// are held.

#include "views/rollup/engine.hpp"

#include <iostream>
#include <random>

#include <gtest/gtest.h>

#include "views/rollup/ordinal_block.hpp"
#include "views/rollup/random_story.hpp"

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
    state->rollup = rollup->root();
    return state;
  }
  query::Answer answer(const query::Question& question, const query::Visible& from) {
    EXPECT_TRUE(engine.can_answer(question, from));
    auto answered = engine.answer(question, from, cancellation, false);
    EXPECT_TRUE(answered);
    return answered ? *answered : query::Answer();
  }
};

TEST_F(EngineTest, AnswersWhatAPlainListAnswers) {
  for (int round = 0; round < 25; ++round) {
    story.tell(list, 40);
    apply_all();
    const auto state = visible();
    for (int i = 0; i < 20; ++i) {
      const query::Question question = story.question(event::utc());
      ASSERT_EQ(answer(question, *state), naive_answer(question, list, state->position));
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
      const query::Question question = story.question(event::utc());
      ASSERT_EQ(answer(question, *state), naive_answer(question, list, state->position));
    }
  }
}

TEST_F(EngineTest, WithoutEventsEveryDayIsZeroAndNoWindowHasBegun) {
  const auto state = visible();
  const auto zone = *event::find_zone("Asia/Tokyo");
  for (int i = 0; i < 50; ++i) {
    const query::Question question = story.question(zone);
    ASSERT_EQ(answer(question, *state), naive_answer(question, list, 0));
  }
}

TEST_F(EngineTest, ProjectsDoNotMix) {
  story.tell(list, 100);
  const auto rows = list.rows(0, 100);
  rollup->apply({ProjectId{7}, rows});
  const auto state = visible();
  query::Question question = story.question(event::utc());
  EXPECT_EQ(answer(question, *state), naive_answer(question, list, 0));
  std::visit([](auto& asked) { asked.scope.project = ProjectId{7}; }, question);
  EXPECT_EQ(answer(question, *state), naive_answer(question, list, 100));
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
    const query::Question question = story.question(event::utc());
    ASSERT_EQ(answer(question, *state), naive_answer(question, list, 310));
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
  const query::Scope scope{.zone = event::utc(), .segment = {}};
  const std::vector<query::Question> questions{
      query::ActiveUsers{.scope = scope, .range = {{20'000}, {20'009}}, .trailing_days = 3},
      query::TopEvents{.scope = scope, .range = {{20'000}, {20'009}}, .limit = 10},
      query::Retention{.scope = scope,
                       .start = {20'000},
                       .cohort = query::CohortKind::FirstSeen,
                       .mode = query::ReturnMode::OnOrAfter,
                       .windows = 3,
                       .cohorts = 3}};
  for (const auto& question : questions) {
    ASSERT_EQ(answer(question, *state), naive_answer(question, list, state->position));
  }
  cancellation.cancel();
  EXPECT_FALSE(engine.answer(questions[0], *state, cancellation, false));
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
