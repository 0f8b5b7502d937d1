// Numbers of the command line: what is no such number is refused in words, and nothing wraps.

#include "app/commands/command.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tidemark::app {
namespace {

TEST(Numbers, AreTakenWithinTheirBoundsAndOnlyThere) {
  const auto whole = [](const std::string& text) { return fault_of_whole_number(text, 1, 1'000); };
  for (const std::string good : {"1", "1000"}) EXPECT_EQ(whole(good), "") << good;
  for (const std::string bad : {"0", "1001", "-1", "-999", "+5", "5x", "010", "0x10", "1e2", "1.5",
                                " 5", "", "18446744073709551617"}) {
    EXPECT_NE(whole(bad), "") << bad;
  }
  const auto plain = [](const std::string& text) { return fault_of_plain_number(text, 0.5, 60); };
  for (const std::string good : {"0.5", "60", "1e1"}) EXPECT_EQ(plain(good), "") << good;
  for (const std::string bad : {"0.4", "61", "-1", "nan", "inf", "1s", ""}) {
    EXPECT_NE(plain(bad), "") << bad;
  }
}

TEST(Numbers, ARefusalSaysWhatWasExpectedAndReceived) {
  EXPECT_EQ(fault_of_whole_number("-1", 0, 1'000'000'000'000),
            "expected a whole number from 0 to 1000000000000, received \"-1\"");
}

}  // namespace
}  // namespace tidemark::app
