// How long a refusal of events is told by /readyz.

#include "app/wiring/intake.hpp"

#include <gtest/gtest.h>

namespace tidemark::app {
namespace {

using namespace std::chrono_literals;

struct IntakeTest : testing::Test {
  Intake intake;
  Intake::Clock::time_point now = Intake::Clock::time_point(1'000s);
};

TEST_F(IntakeTest, ARefusalIsToldUntilAnEventIsTaken) {
  EXPECT_TRUE(intake.status(now));
  intake.refused("the queue is full", now);
  const auto told = intake.status(now + 1s);
  ASSERT_FALSE(told);
  EXPECT_NE(told.error().message().find("the queue is full"), std::string::npos);
  intake.taken(now + 1s);
  EXPECT_TRUE(intake.status(now + 1s));
}

TEST_F(IntakeTest, WithoutAnotherRefusalItIsForgotten) {
  intake.refused("one", now);
  intake.refused("two", now + 2s);
  EXPECT_FALSE(intake.status(now + 4s));
  EXPECT_TRUE(intake.status(now + 2s + Intake::kHeld + 1ms));
}

}  // namespace
}  // namespace tidemark::app
