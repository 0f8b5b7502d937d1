// Every form of an instant that api.md section 1 names, taken or refused, and back to text.
#include "event/timestamp.hpp"

#include <chrono>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "event/limits.hpp"

namespace tidemark::event {
namespace {

using Outcome = ParsedTimestamp::Outcome;

constexpr base::Micros kTen = 1'754'042'400 * base::kMicrosPerSecond;  // 2025-08-01T10:00:00Z

struct Case {
  std::string_view text;
  base::Micros micros;
};

TEST(Timestamp, AFormThatIsPromisedIsRead) {
  for (const auto& [text, micros] : std::initializer_list<Case>{
           {"2025-08-01T10:00:00Z", kTen},
           {"2025-08-01t10:00:00z", kTen},
           {"2025-08-01 10:00:00", kTen},
           {"2025-08-01 10:00:00Z", kTen},
           {"2025-08-01T10:00:00", kTen},
           {"2025-08-01T13:00:00+03:00", kTen},
           {"2025-08-01T10:00:00-00:00", kTen},
           {"2025-08-01T10:00:00+00:00", kTen},
           {"2025-08-02T09:59:00+23:59", kTen},
           {"2025-07-31T10:01:00-23:59", kTen},
           {"2025-08-01T15:45:00+05:45", kTen},
           // As PostgreSQL, Python and BigQuery print it.
           {"2025-08-01 10:00:00+00", kTen},
           {"2025-08-01 12:30:00.5+0230", kTen + 500'000},
           {"2025-08-01 12:00:00 +0200", kTen},
           {"2025-08-01 07:00:00-03", kTen},
           {"2025-08-01 10:00:00 UTC", kTen},
           {"2025-08-01 10:00:00.000001 UTC", kTen + 1},
           {"2025-08-01T10:00:00UTC", kTen},
           {"2025-08-01 13:00:00 +03:00", kTen},
           {"2025-08-01T10:00:00 Z", kTen},
           {"2025-08-01T10:00:00.1Z", kTen + 100'000},
           {"2025-08-01T10:00:00.000001", kTen + 1},
           {"2025-08-01T10:00:00.1234569Z", kTen + 123'456},
           {"2025-08-01T10:00:00.999999999999999999999999999999999999Z", kTen + 999'999},
           {"2025-08-01T13:00:00.5+03:00", kTen + 500'000},
           {"1970-01-01T00:00:00Z", 0},
           {"1969-12-31T23:30:00-01:00", 1800 * base::kMicrosPerSecond},
           {"2200-12-31T23:59:59.999999Z", kOccurredAtEnd - 1},
           {"2201-01-01T00:59:59+01:00", kOccurredAtEnd - base::kMicrosPerSecond},
           {"2024-02-29T00:00:00Z", 1'709'164'800 * base::kMicrosPerSecond},
           {"2000-02-29T00:00:00Z", 951'782'400 * base::kMicrosPerSecond},
       }) {
    const auto parsed = parse_timestamp(text);
    EXPECT_EQ(parsed.outcome, Outcome::Read) << text << ' ' << parsed.message;
    EXPECT_EQ(parsed.micros, micros) << text;
  }
}

TEST(Timestamp, AnotherFormIsMalformed) {
  for (const std::string_view text : {"",
                                      "now",
                                      "2025-08-01",
                                      "2025-08-01T",
                                      "2025-08-01T10",
                                      "2025-08-01T10:00",
                                      "2025-08-01T10:00Z",
                                      "2025-08-01T10:00+03:00",
                                      "2025-08-01T10:00:60Z",
                                      "2025-08-01T10:60:00Z",
                                      "2025-08-01T24:00:00Z",
                                      "2025-08-01T10:00:00+24:00",
                                      "2025-08-01T10:00:00-24:00",
                                      "2025-08-01T10:00:00+23:60",
                                      "2025-08-01T10:00:00ZZ",
                                      "2025-08-01 10:00:00+3",
                                      "2025-08-01 10:00:00+030",
                                      "2025-08-01 10:00:00+2400",
                                      "2025-08-01 10:00:00+0060",
                                      "2025-08-01 10:00:00+00:0",
                                      "2025-08-01 10:00:00  UTC",
                                      "2025-08-01 10:00:00 utc",
                                      "2025-08-01 10:00:00 CEST",
                                      "2025-08-01 10:00:00 ",
                                      "2025-08-01 10:00:00 UTC+3",
                                      "2025-08-01T10:00:00.Z",
                                      "2025-08-01T10:00:00.",
                                      "2025-08-01T10:00:00,5Z",
                                      "2025-08-01T10:00:00.5.5Z",
                                      "2025-08-01_10:00:00Z",
                                      "2025-08-01  10:00:00",
                                      " 2025-08-01T10:00:00Z",
                                      "2025-08-01T10:00:00Z ",
                                      "2025/08/01T10:00:00Z",
                                      "20250801T100000Z000",
                                      "2025-13-01T10:00:00Z",
                                      "2025-00-01T10:00:00Z",
                                      "2025-08-00T10:00:00Z",
                                      "2025-08-32T10:00:00Z",
                                      "2025-04-31T10:00:00Z",
                                      "2025-02-29T10:00:00Z",
                                      "2100-02-29T10:00:00Z",
                                      "+025-08-01T10:00:00Z",
                                      "2025-08-01T1a:00:00Z",
                                      "1754042400000",
                                      "+12025-08-01T10:00:00Z"}) {
    const auto parsed = parse_timestamp(text);
    EXPECT_EQ(parsed.outcome, Outcome::Malformed) << text;
    EXPECT_NE(std::string_view(parsed.message), "") << text;
  }
}

TEST(Timestamp, AWrongCharacterAnywhereIsMalformed) {
  // Every place takes any digit here, so that only what is not a digit can be refused.
  constexpr std::string_view kText = "2011-11-11T11:11:11";
  for (std::size_t at = 0; at < kText.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text(kText);
      text[at] = static_cast<char>(byte);
      const bool digit = byte >= '0' && byte <= '9';
      const std::string_view allowed = kText[at] == 'T' ? "Tt " : kText.substr(at, 1);
      const bool fits = kText[at] >= '0' && kText[at] <= '9'
                            ? digit
                            : allowed.find(static_cast<char>(byte)) != std::string_view::npos;
      const auto parsed = parse_timestamp(text);
      if (!fits) {
        EXPECT_EQ(parsed.outcome, Outcome::Malformed) << text;
        EXPECT_EQ(std::string_view(parsed.message), parse_timestamp("nothing").message) << text;
      } else if (!digit) {
        EXPECT_TRUE(parsed) << text;
      }
    }
  }
}

TEST(Timestamp, TheYearsBoundsHoldForTheInstantInUtc) {
  for (const std::string_view text :
       {"1969-12-31T23:59:59.999999Z", "2201-01-01T00:00:00Z", "1970-01-01T00:59:59+01:00",
        "2200-12-31T23:00:00-01:00", "0000-01-01T00:00:00Z", "0000-02-29T00:00:00Z",
        "9999-12-31T23:59:59Z"}) {
    EXPECT_EQ(parse_timestamp(text).outcome, Outcome::OutOfRange) << text;
  }
}

TEST(Timestamp, MillisecondsAreWholeAndNotSeconds) {
  EXPECT_EQ(parse_milliseconds("1754042400000").micros, kTen);
  EXPECT_EQ(parse_milliseconds("100000000000").micros, 100'000'000'000'000);
  EXPECT_EQ(parse_milliseconds("7289654399999").micros, kOccurredAtEnd - 1000);
  EXPECT_EQ(parse_milliseconds("7289654400000").outcome, Outcome::OutOfRange);
  EXPECT_EQ(parse_milliseconds("1754042400000000000000000000").outcome, Outcome::OutOfRange);
  for (const std::string_view text :
       {"", "99999999999", "1754042400", "0", "-1754042400000", "-", "1754042400000.0", "1.754e12",
        "1754042400000e0", " 1", "x"}) {
    EXPECT_EQ(parse_milliseconds(text).outcome, Outcome::Malformed) << text;
  }
  EXPECT_NE(std::string_view(parse_milliseconds("1754042400").message).find("seconds?"),
            std::string_view::npos);
}

/// Never taken: which unit was meant is the sender's to say.
TEST(Timestamp, DigitsThatAreNoMillisecondsAreToldWhatTheySeemToCount) {
  const auto told = [](const ParsedTimestamp& parsed) {
    EXPECT_FALSE(parsed);
    return std::string(parsed.message);
  };
  for (const auto& [digits, unit] : std::initializer_list<std::pair<std::string, std::string>>{
           {"1754042400", "seconds"},
           {"1754042400.123", "seconds"},
           {"1754042400000", "milliseconds"},
           {"1754042400000000", "microseconds"},
           {"1754042400000000000", "nanoseconds"}}) {
    EXPECT_NE(told(parse_timestamp(digits)).find("seem to be " + unit), std::string::npos)
        << digits;
    EXPECT_EQ(told(parse_timestamp(digits)).find("no time"), std::string::npos) << digits;
  }
  EXPECT_NE(told(parse_milliseconds("1754042400000000")).find("microseconds"), std::string::npos);
  EXPECT_NE(told(parse_milliseconds("1754042400000000000")).find("nanoseconds"), std::string::npos);
  EXPECT_NE(told(parse_timestamp("2025-08-01")).find("no time"), std::string::npos);
  EXPECT_EQ(told(parse_timestamp("20250801")), told(parse_timestamp("soon")));
}

TEST(Timestamp, TheTextOmitsAFractionOfZero) {
  EXPECT_EQ(to_string(kTen), "2025-08-01T10:00:00Z");
  EXPECT_EQ(to_string(kTen + 123'456), "2025-08-01T10:00:00.123456Z");
  EXPECT_EQ(to_string(kTen + 1), "2025-08-01T10:00:00.000001Z");
  EXPECT_EQ(to_string(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(to_string(kOccurredAtEnd - 1), "2200-12-31T23:59:59.999999Z");
}

TEST(Timestamp, AnInstantThatNoEventMayHaveHasATextTooThatIsOutOfRange) {
  const std::pair<base::Micros, std::string_view> cases[] = {
      {kTen + 5, "2025-08-01T10:00:00.000005Z"},
      {-1, "1969-12-31T23:59:59.999999Z"},
      {kOccurredAtEnd, "2201-01-01T00:00:00Z"},
      {16'725'225'600'000'000, "2500-01-01T00:00:00Z"},
      {-62'167'219'200'000'000, "0000-01-01T00:00:00Z"},
      {253'402'300'799'999'999, "9999-12-31T23:59:59.999999Z"},
      {-62'167'219'200'000'001, "-62167219200001"},
      {253'402'300'800'000'000, "253402300800000"},
      {std::numeric_limits<base::Micros>::max(), "9223372036854775"},
      {std::numeric_limits<base::Micros>::min(), "-9223372036854776"}};
  for (const auto& [instant, text] : cases) {
    EXPECT_EQ(to_string_of_any(instant), text);
    if (text.ends_with('Z') && instant != kTen + 5) {
      EXPECT_EQ(parse_timestamp(text).outcome, Outcome::OutOfRange) << text;
    }
  }
  EXPECT_EQ(parse_milliseconds("253402300800000").outcome, Outcome::OutOfRange);
}

TEST(Timestamp, EveryDayIsTheCalendarsAndComesBack) {
  using namespace std::chrono;
  for (sys_days day{1970y / January / 1}; day < sys_days{2201y / January / 1}; day += days{1}) {
    const year_month_day date{day};
    char text[32];
    std::snprintf(text, sizeof text, "%04d-%02u-%02uT00:00:00Z", int{date.year()},
                  unsigned{date.month()}, unsigned{date.day()});
    const auto parsed = parse_timestamp(text);
    ASSERT_TRUE(parsed) << text;
    ASSERT_EQ(parsed.micros, duration_cast<microseconds>(day.time_since_epoch()).count());
    ASSERT_EQ(to_string(parsed.micros), text);
  }
}

TEST(Timestamp, AnyInstantComesBack) {
  const auto seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<base::Micros> instants(kOccurredAtMin, kOccurredAtEnd - 1);
  for (int i = 0; i < 20'000; ++i) {
    const base::Micros instant = instants(random);
    ASSERT_EQ(parse_timestamp(to_string(instant)).micros, instant) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tidemark::event
