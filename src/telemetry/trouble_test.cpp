// How often a trouble that lasts, or comes and goes, is told in the log.

#include "telemetry/trouble.hpp"

#include <gtest/gtest.h>

namespace tidemark::telemetry {
namespace {

using namespace std::chrono_literals;
using Line = Trouble::Line;

base::Status away(const std::string& why = "nobody answers") {
  return base::Error(base::ErrorCode::Unavailable, why);
}

struct TroubleTest : testing::Test {
  Trouble trouble{"it fails", "it works again"};
  Trouble::Clock::time_point now = Trouble::Clock::time_point(1'000s);
};

TEST_F(TroubleTest, ItsBeginningAndItsEndAreTold) {
  EXPECT_EQ(trouble.note(base::ok, now), Line::None);
  EXPECT_EQ(trouble.note(away(), now), Line::Begins);
  EXPECT_EQ(trouble.note(base::ok, now + 1s), Line::Ends);
  EXPECT_EQ(trouble.note(base::ok, now + 2s), Line::None);
}

TEST_F(TroubleTest, OneThatLastsIsToldTwiceAMinute) {
  int lines = 0;
  for (int tenths = 0; tenths < 6'000; ++tenths) {
    if (trouble.note(away(), now + tenths * 100ms) != Line::None) ++lines;
  }
  EXPECT_EQ(lines, 20);
}

TEST_F(TroubleTest, AnotherReasonIsToldSooner) {
  EXPECT_EQ(trouble.note(away("one"), now), Line::Begins);
  EXPECT_EQ(trouble.note(away("two"), now + 1s), Line::None);
  EXPECT_EQ(trouble.note(away("two"), now + 6s), Line::GoesOn);
  EXPECT_EQ(trouble.note(away("two"), now + 12s), Line::None);
}

TEST_F(TroubleTest, OneThatComesAndGoesIsToldAtABoundedRate) {
  int begun = 0;
  int ended = 0;
  for (int tenths = 0; tenths < 600; ++tenths) {
    const auto line =
        trouble.note(tenths % 2 == 0 ? away() : base::Status(base::ok), now + tenths * 100ms);
    if (line == Line::Begins) ++begun;
    if (line == Line::Ends) ++ended;
  }
  EXPECT_EQ(begun, 12);
  EXPECT_EQ(ended, begun);
}

}  // namespace
}  // namespace tidemark::telemetry
