// A day is written in one form, and months are those of the calendar.

#include "event/local_day.hpp"

#include <gtest/gtest.h>

namespace tidemark::event {
namespace {

LocalDay day(std::string_view text) {
  auto parsed = parse_day(text);
  EXPECT_TRUE(parsed) << text;
  return parsed ? *parsed : LocalDay{};
}

TEST(LocalDayTest, ADayReadsBackAsWritten) {
  for (const auto* text : {"1970-01-01", "1969-12-31", "2000-02-29", "2024-02-29", "2025-08-01",
                           "2200-12-31", "0000-01-01", "9999-12-31"}) {
    EXPECT_EQ(to_string(day(text)), text);
  }
  EXPECT_EQ(day("1970-01-01").days, 0);
  EXPECT_EQ(day("2025-08-01").days, 20'301);
}

TEST(LocalDayTest, AnotherFormIsRefused) {
  for (const auto* text :
       {"", "2025", "2025-8-1", "2025-08-01 ", " 2025-08-01", "2025-08-01T00:00:00Z", "20250801",
        "2025/08/01", "01-08-2025", "2025-08-0x", "+025-08-01", "-025-08-01", "today"}) {
    auto parsed = parse_day(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code(), base::ErrorCode::InvalidInput);
  }
}

TEST(LocalDayTest, ADayThatDoesNotExistIsRefused) {
  for (const auto* text : {"2025-02-29", "2100-02-29", "2025-13-01", "2025-00-10", "2025-04-31",
                           "2025-01-00", "2025-01-32"}) {
    EXPECT_FALSE(parse_day(text)) << text;
  }
}

TEST(LocalDayTest, MonthsAreThoseOfTheCalendar) {
  EXPECT_EQ(to_string(month_of(day("2024-02-29"))), "2024-02-01");
  EXPECT_EQ(to_string(add_months(day("2024-11-01"), 3)), "2025-02-01");
  EXPECT_EQ(to_string(add_months(day("2024-01-01"), 0)), "2024-01-01");
  EXPECT_EQ(to_string(add_months(day("2024-01-01"), -1)), "2023-12-01");
  EXPECT_EQ(to_string(add_months(day("2024-01-01"), 366)), "2054-07-01");
}

TEST(LocalDayTest, BothEndsOfARangeAreInside) {
  EXPECT_EQ((DayRange{day("2025-08-01"), day("2025-08-01")}.days()), 1);
  EXPECT_EQ((DayRange{day("2025-08-01"), day("2025-08-31")}.days()), 31);
}

}  // namespace
}  // namespace tidemark::event
