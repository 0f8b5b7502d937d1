#include "query/answer_cache.hpp"

#include <map>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "query/question_key.hpp"

namespace tidemark::query {
namespace {

/// Answers with how often it was asked.
class CountingEngine final : public Engine {
 public:
  [[nodiscard]] std::string_view name() const override { return "rollup"; }
  [[nodiscard]] bool can_answer(const Question&, const Visible&) const override { return true; }
  base::Result<Answer> answer(const Question&, const Visible&, const Cancellation&,
                              bool /*patient*/) override {
    if (fails) return base::Error{base::ErrorCode::Unavailable, "no"};
    return answer_of(TopEventsRows(rows, {.event_type = "e", .count = ++asked}));
  }
  [[nodiscard]] Cost cost(const Question&, const Visible&) const override { return takes; }
  std::atomic<std::uint64_t> asked{0};
  std::size_t rows = 1;
  bool fails = false;
  Cost takes = Cost::Reading;
};

Scope scope(const std::string& zone) {
  Scope made;
  made.zone = *event::find_zone(zone);
  return made;
}

/// What another process would see as well.
class SharedInMemory final : public SharedAnswerCache {
 public:
  std::optional<Answered> find(std::string_view key, event::Sequence position) override {
    const auto at = kept.find({std::string(key), position});
    if (at == kept.end()) return std::nullopt;
    return at->second;
  }
  void keep(std::string_view key, const Answered& answered) override {
    kept.insert_or_assign({std::string(key), answered.as_of}, answered);
  }
  std::map<std::pair<std::string, event::Sequence>, Answered> kept;
};

struct AnswerCacheTest : testing::Test {
  static Question top(std::uint32_t limit, std::string zone = "UTC") {
    return TopEvents{.scope = scope(zone), .range = {}, .limit = limit};
  }
  std::uint64_t ask(AnswerCache& answers, const Question& question, event::Sequence position,
                    std::optional<std::string_view> forced = std::nullopt, bool anew = false) {
    Visible visible;
    visible.position = position;
    visible.epoch = epoch;
    auto answered =
        answers.answer(question, visible, cancellation, {.forced = forced, .anew = anew});
    if (!answered) return 0;
    EXPECT_EQ((*answered)->as_of, position);
    return (*answered)->answer.data.values<std::uint64_t>("count")[0];
  }
  std::string epoch;
  CountingEngine engine;
  Engines engines{{&engine}};
  Cancellation cancellation;
  AnswerCache kept{engines, 1U << 20U};
};

TEST_F(AnswerCacheTest, TheSameQuestionAtTheSamePositionIsAskedOnce) {
  EXPECT_EQ(ask(kept, top(10), 7), 1U);
  EXPECT_EQ(ask(kept, top(10), 7), 1U);
  EXPECT_EQ(kept.figures().hits, 1U);
  EXPECT_EQ(kept.figures().misses, 1U);
  EXPECT_GT(kept.figures().bytes, 0U);
}

TEST_F(AnswerCacheTest, WhatIsKeptIsCheapWhoeverHasAnsweredIt) {
  Visible visible;
  visible.position = 7;
  const auto cheaply = [&] {
    return kept.answer_within(Cost::Lookup, top(10), visible, cancellation, {});
  };
  EXPECT_FALSE(cheaply()) << "events would have to be read";
  EXPECT_EQ(kept.figures().misses, 0U) << "it is counted where it is answered";
  EXPECT_EQ(ask(kept, top(10), 7), 1U);
  ASSERT_TRUE(cheaply());
  EXPECT_EQ(engine.asked, 1U);
  EXPECT_EQ(kept.figures().hits, 1U);
  EXPECT_EQ(kept.figures().misses, 1U);

  engine.takes = Cost::Lookup;
  visible.position = 8;
  ASSERT_TRUE(cheaply());
  ASSERT_TRUE(cheaply());
  EXPECT_EQ(engine.asked, 2U);
  EXPECT_EQ(kept.figures().hits, 2U);
  EXPECT_EQ(kept.figures().misses, 2U);
}

TEST_F(AnswerCacheTest, WhatIsKeptAndLongIsNotLookedUp) {
  engine.rows = AnswerCache::kLookupBytesMax / sizeof(TopEventsRow) + 1;
  EXPECT_EQ(ask(kept, top(10), 7), 1U);
  Visible visible;
  visible.position = 7;
  const auto within = [&](Cost cost_max) {
    return kept.answer_within(cost_max, top(10), visible, cancellation, {});
  };
  EXPECT_FALSE(within(Cost::Lookup));
  EXPECT_TRUE(within(Cost::Memory));
  EXPECT_EQ(engine.asked, 1U);
}

TEST_F(AnswerCacheTest, EveryNewPositionIsAskedAnewAndAnOlderOneIsNotGivenForIt) {
  EXPECT_EQ(ask(kept, top(10), 7), 1U);
  EXPECT_EQ(ask(kept, top(10), 8), 2U);
  EXPECT_EQ(ask(kept, top(10), 7), 3U);  // somebody who still holds the older state
  EXPECT_EQ(ask(kept, top(10), 8), 2U);
}

TEST_F(AnswerCacheTest, AnotherQuestionOrEngineIsAnotherAnswer) {
  EXPECT_EQ(ask(kept, top(10), 7), 1U);
  EXPECT_EQ(ask(kept, top(11), 7), 2U);
  EXPECT_EQ(ask(kept, top(10, "Asia/Kathmandu"), 7), 3U);
  EXPECT_EQ(ask(kept, top(10), 7, "rollup"), 4U);
  EXPECT_EQ(ask(kept, top(10), 7), 1U);
}

TEST_F(AnswerCacheTest, OnDemandItIsAskedAnewAndKeptForTheNext) {
  EXPECT_EQ(ask(kept, top(10), 7), 1U);
  EXPECT_EQ(ask(kept, top(10), 7, std::nullopt, /*anew=*/true), 2U);
  EXPECT_EQ(ask(kept, top(10), 7), 2U);
}

TEST_F(AnswerCacheTest, AnotherEpochIsAnotherAnswer) {
  EXPECT_EQ(ask(kept, top(10), 7), 1U);
  epoch = "1/5";
  EXPECT_EQ(ask(kept, top(10), 7), 2U);
  EXPECT_EQ(ask(kept, top(10), 7), 2U);
}

TEST_F(AnswerCacheTest, WhatOneHasCalculatedTheOthersNeedNot) {
  SharedInMemory shared;
  AnswerCache one(engines, 1U << 20U, &shared);
  AnswerCache other(engines, 1U << 20U, &shared);
  EXPECT_EQ(ask(one, top(10), 7), 1U);
  EXPECT_EQ(ask(other, top(10), 7), 1U);
  EXPECT_EQ(ask(other, top(10), 8), 2U);
  EXPECT_EQ(ask(other, top(10), 8, "rollup"), 3U);
  EXPECT_EQ(ask(one, top(10), 8, std::nullopt, /*anew=*/true), 4U);
  epoch = "1/5";
  EXPECT_EQ(ask(other, top(10), 7), 5U);
}

TEST_F(AnswerCacheTest, WhatWasSharedIsKeptHereToo) {
  SharedInMemory shared;
  AnswerCache one(engines, 1U << 20U, &shared);
  AnswerCache other(engines, 1U << 20U, &shared);
  EXPECT_EQ(ask(one, top(10), 7), 1U);
  EXPECT_EQ(ask(other, top(10), 7), 1U);
  shared.kept.clear();
  EXPECT_EQ(ask(other, top(10), 7), 1U);
  EXPECT_EQ(other.figures().hits, 1U);
}

TEST_F(AnswerCacheTest, AFailureIsNotShared) {
  SharedInMemory shared;
  AnswerCache one(engines, 1U << 20U, &shared);
  engine.fails = true;
  EXPECT_EQ(ask(one, top(10), 7), 0U);
  EXPECT_TRUE(shared.kept.empty());
}

TEST_F(AnswerCacheTest, AFailureIsNotKept) {
  engine.fails = true;
  EXPECT_EQ(ask(kept, top(10), 7), 0U);
  engine.fails = false;
  EXPECT_EQ(ask(kept, top(10), 7), 1U);
}

TEST_F(AnswerCacheTest, ItsBytesAreBoundedAndTheLeastUsedGoFirst) {
  AnswerCache few(engines, 2'000);
  EXPECT_EQ(ask(few, top(1), 7), 1U);
  for (std::uint32_t limit = 2; limit < 100; ++limit) {
    ask(few, top(limit), 7);
    EXPECT_LE(few.figures().bytes, 2'000U);
    EXPECT_EQ(ask(few, top(1), 7), 1U);  // used again and again, so it stays
  }
  const auto before = engine.asked.load();
  ask(few, top(2), 7);
  EXPECT_EQ(engine.asked, before + 1);
  AnswerCache none(engines, 0);
  ask(none, top(1), 7);
  EXPECT_NE(ask(none, top(1), 7), ask(none, top(1), 7));
  EXPECT_EQ(none.figures().bytes, 0U);
}

TEST_F(AnswerCacheTest, ManyThreadsMayAsk) {
  std::vector<std::thread> threads;
  AnswerCache few(engines, 4'000);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::uint32_t i = 0; i < 500; ++i) {
        EXPECT_GT(ask(few, top(1 + i % 20), i / 100 + static_cast<event::Sequence>(t % 2)), 0U);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_LE(few.figures().bytes, 4'000U);
}

TEST(QuestionKeyTest, EveryFieldCounts) {
  const Scope utc = scope("UTC");
  const auto with = [&](const std::vector<std::string>& conditions) {
    Scope made = utc;
    for (const auto& text : conditions) {
      made.segment.conditions.push_back(*parse_condition(text));
    }
    return made;
  };
  const Retention retention{.scope = utc, .start = {5}};
  auto weekly = retention;
  weekly.period = Period::Week;
  auto first = retention;
  first.cohort = CohortKind::FirstSeen;
  auto later = retention;
  later.mode = ReturnMode::OnOrAfter;
  auto windows = retention;
  windows.windows = 4;
  auto cohorts = retention;
  cohorts.cohorts = 2;
  auto start = retention;
  start.start = {6};
  Scope project = utc;
  project.project = event::ProjectId{1};
  const std::vector<Question> all{
      ActiveUsers{.scope = utc, .range = {{1}, {2}}, .trailing_days = 1},
      ActiveUsers{.scope = utc, .range = {{1}, {2}}, .trailing_days = 7},
      ActiveUsers{.scope = utc, .range = {{1}, {3}}, .trailing_days = 1},
      ActiveUsers{.scope = utc, .range = {{0}, {2}}, .trailing_days = 1},
      ActiveUsers{.scope = project, .range = {{1}, {2}}, .trailing_days = 1},
      ActiveUsers{.scope = with({"event_type:a"}), .range = {{1}, {2}}},
      ActiveUsers{.scope = with({"event_type:a", "user_id=b"}), .range = {{1}, {2}}},
      ActiveUsers{.scope = with({"event_type:a 12:user_id=b"}), .range = {{1}, {2}}},
      ActiveUsers{.scope = scope("Asia/Kathmandu"), .range = {{1}, {2}}},
      TopEvents{.scope = utc, .range = {{1}, {2}}, .limit = 1},
      TopEvents{.scope = utc, .range = {{1}, {2}}, .limit = 7},
      retention,
      weekly,
      first,
      later,
      windows,
      cohorts,
      start};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < all.size(); ++j) {
      EXPECT_EQ(key_of(all[i]) == key_of(all[j]), i == j) << key_of(all[i]) << " " << i << " " << j;
    }
  }
}

}  // namespace
}  // namespace tidemark::query
