// Which engine answers: the cheapest that can, or the one that was named.

#include "query/router.hpp"

#include <gtest/gtest.h>

#include "query/bounds.hpp"

namespace tidemark::query {
namespace {

class FakeEngine final : public Engine {
 public:
  explicit FakeEngine(std::string_view name) : name_(name) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] bool can_answer(const Question&, const Visible&) const override { return can; }
  base::Result<Answer> answer(const Question&, const Visible&, const Cancellation&,
                              bool patient) override {
    was_patient = patient;
    if (fails) return base::Error{*fails, "no"};
    return answer_of(TopEventsRows{{.event_type = std::string(name_), .count = 1}});
  }

  [[nodiscard]] Cost cost(const Question&, const Visible&) const override { return takes; }

  bool can = true;
  Cost takes = Cost::Reading;
  bool was_patient = false;
  std::optional<base::ErrorCode> fails;

 private:
  std::string_view name_;
};

struct RouterTest : testing::Test {
  base::Result<Answered> ask(std::optional<std::string_view> forced = std::nullopt) {
    Visible visible;
    visible.position = 42;
    return engines.answer(TopEvents{}, visible, cancellation, forced);
  }
  std::string who(std::optional<std::string_view> forced = std::nullopt) {
    auto answered = ask(forced);
    if (!answered) return answered.error().message();
    EXPECT_EQ(answered->answer.data.values<std::string>("event_type")[0], answered->engine);
    EXPECT_EQ(answered->as_of, 42U);
    return std::string(answered->engine);
  }
  FakeEngine rollup{"rollup"};
  FakeEngine columnar{"columnar"};
  Engines engines{{&rollup, &columnar}};
  Cancellation cancellation;
};

TEST_F(RouterTest, TheFirstThatCanAnswers) {
  EXPECT_EQ(who(), "rollup");
  rollup.can = false;
  EXPECT_EQ(who(), "columnar");
}

TEST_F(RouterTest, OneThatIsNotReadyIsPassedOver) {
  rollup.fails = base::ErrorCode::Overloaded;
  EXPECT_EQ(who(), "columnar");
  rollup.fails = base::ErrorCode::CannotAnswer;
  EXPECT_EQ(who(), "columnar");
  EXPECT_FALSE(rollup.was_patient);
}

TEST_F(RouterTest, AFaultIsNotHiddenByTheNextEngine) {
  rollup.fails = base::ErrorCode::Corrupt;
  auto answered = ask();
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code(), base::ErrorCode::Corrupt);
}

TEST_F(RouterTest, ANamedEngineIsWaitedForAndNotReplaced) {
  EXPECT_EQ(who("columnar"), "columnar");
  EXPECT_TRUE(columnar.was_patient);
  rollup.fails = base::ErrorCode::Overloaded;
  auto answered = ask("rollup");
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code(), base::ErrorCode::Overloaded);
}

TEST_F(RouterTest, ANameIsUnknownOrNotPresent) {
  for (const char* name : {"postgres", "clickhouse"}) {
    auto answered = ask(name);
    ASSERT_FALSE(answered);
    EXPECT_EQ(answered.error().code(), base::ErrorCode::CannotAnswer);
  }
  for (const char* name : {"", "Rollup", "duckdb"}) {
    auto answered = ask(name);
    ASSERT_FALSE(answered);
    EXPECT_EQ(answered.error().code(), base::ErrorCode::InvalidInput);
  }
}

TEST_F(RouterTest, OnlyAnEngineThatIsReadyAndCostsNoMoreAnswers) {
  const auto cheaply = [this](std::optional<std::string_view> forced = std::nullopt) {
    return engines.answer_within(Cost::Lookup, TopEvents{}, Visible{}, cancellation, forced);
  };
  EXPECT_FALSE(cheaply()) << "neither is cheap";
  rollup.takes = Cost::Memory;
  EXPECT_FALSE(cheaply());
  EXPECT_TRUE(engines.answer_within(Cost::Memory, TopEvents{}, Visible{}, cancellation));
  rollup.takes = Cost::Lookup;
  ASSERT_TRUE(cheaply());
  EXPECT_EQ((**cheaply()).engine, "rollup");
  EXPECT_FALSE(rollup.was_patient);
  ASSERT_TRUE(cheaply("rollup"));
  EXPECT_FALSE(cheaply("columnar")) << "it reads events";

  rollup.can = false;
  EXPECT_FALSE(cheaply()) << "the next one is not cheap";
  EXPECT_FALSE(cheaply("rollup")) << "it would have to be waited for";
  rollup.can = true;
  rollup.fails = base::ErrorCode::Overloaded;
  EXPECT_FALSE(cheaply());
}

TEST_F(RouterTest, WhatNoEngineCanMendIsToldAtOnce) {
  rollup.takes = Cost::Lookup;
  rollup.fails = base::ErrorCode::Corrupt;
  const auto told = engines.answer_within(Cost::Lookup, TopEvents{}, Visible{}, cancellation);
  ASSERT_TRUE(told);
  ASSERT_FALSE(*told);
  EXPECT_EQ(told->error().code(), base::ErrorCode::Corrupt);
  const auto unknown =
      engines.answer_within(Cost::Lookup, TopEvents{}, Visible{}, cancellation, "clickhouse");
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->error().code(), base::ErrorCode::CannotAnswer);
}

TEST(Bounds, AreTheOnesOfApiMd) {
  const event::LocalDay day{20'000};
  EXPECT_FALSE(check_range({day, day}));
  EXPECT_FALSE(check_range({day, day.plus(3'659)}));
  EXPECT_TRUE(check_range({day, day.plus(3'660)}));
  EXPECT_EQ(check_range({day, day.plus(-1)}, "from_date", "to_date")->field, "to_date");
  EXPECT_EQ(check_range({event::LocalDay{-2}, day})->field, "from");
  EXPECT_FALSE(check_day(event::LocalDay{-1}, "from")) << "in the west of UTC";
  EXPECT_FALSE(check_day(*event::parse_day("2201-01-01"), "from")) << "in the east of UTC";
  EXPECT_TRUE(check_day(*event::parse_day("2201-01-02"), "from"));
}

}  // namespace
}  // namespace tidemark::query
