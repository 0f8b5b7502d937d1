// Local days follow the system's rules of each zone, whatever a zone has done to its clocks.

#include "event/zone.hpp"

#include <gtest/gtest.h>

#include "event/limits.hpp"

namespace tidemark::event {
namespace {

using base::kMicrosPerDay;
using base::Micros;
constexpr Micros kHour = 3'600 * base::kMicrosPerSecond;

ZonePtr zone(std::string_view name) {
  auto found = find_zone(name);
  EXPECT_TRUE(found) << name;
  return found ? *found : utc();
}

LocalDay day(std::string_view text) { return *parse_day(text); }

/// An instant, as a day of UTC and a time of day in hours.
Micros at(std::string_view utc_day, double hours) {
  return day(utc_day).days * kMicrosPerDay + static_cast<Micros>(hours * double(kHour));
}

Micros length(const ZonePtr& where, std::string_view text) {
  Micros total = 0;
  for (const auto& piece : where->pieces_of({day(text), day(text)}))
    total += piece.end - piece.begin;
  return total;
}

TEST(ZoneTest, UtcNeedsNoRules) {
  EXPECT_TRUE(utc()->is_utc());
  EXPECT_EQ(zone("UTC"), utc());
  EXPECT_EQ(utc()->day_of(at("2025-08-01", 0)), day("2025-08-01"));
  EXPECT_EQ(utc()->day_of(at("2025-08-01", 0) - 1), day("2025-07-31"));
  EXPECT_EQ(utc()->day_of(-1), day("1969-12-31"));
}

TEST(ZoneTest, OnlyNamesOfIanaAreZones) {
  for (const auto* name : {"",
                           "utc",
                           "europe/kyiv",
                           "EUROPE/KYIV",
                           "Europe/Atlantis",
                           "Mars",
                           "../../etc/passwd",
                           "/etc/localtime",
                           "/usr/share/zoneinfo/Europe/Kyiv",
                           "Europe/../Europe/Kyiv",
                           "Europe/",
                           "Europe//Kyiv",
                           "./UTC",
                           "Fixed/UTC+03:00:00",
                           "Fixed/UTC",
                           "localtime",
                           "posixrules",
                           "posix/Europe/Kyiv",
                           "right/Europe/Kyiv",
                           "tzdata.zi",
                           "zone.tab",
                           "leapseconds",
                           "Europe",
                           "UTC+3",
                           "+03:00",
                           ":Europe/Kyiv",
                           "file:Europe/Kyiv",
                           "EST5EDT4,M3.2.0,M11.1.0",
                           "Europe/Kyiv\n",
                           "Europe/Kyiv "}) {
    auto found = find_zone(name);
    ASSERT_FALSE(found) << name;
    EXPECT_EQ(found.error().code(), base::ErrorCode::InvalidInput);
  }
  EXPECT_FALSE(find_zone(std::string(1'000'000, 'A')));
  EXPECT_FALSE(find_zone(std::string_view("UTC\0x", 5)));
  for (const auto* name : {"Etc/UTC", "Etc/GMT+12", "GMT", "EST5EDT", "US/Eastern", "Europe/Kiev",
                           "America/Argentina/ComodRivadavia", "America/Port-au-Prince"}) {
    EXPECT_EQ(zone(name)->name(), name);
  }
}

TEST(ZoneTest, AZoneIsFoundOnce) {
  EXPECT_EQ(zone("Europe/Kyiv"), zone("Europe/Kyiv"));
  EXPECT_TRUE(zone("Etc/UTC")->is_utc());
}

TEST(ZoneTest, RulesAreToldApartByTheirHash) {
  EXPECT_EQ(zone("Europe/Kyiv")->rules_hash(), zone("Europe/Kiev")->rules_hash());
  EXPECT_NE(zone("Europe/Kyiv")->rules_hash(), zone("Europe/Berlin")->rules_hash());
  EXPECT_EQ(zone("Etc/UTC")->rules_hash(), utc()->rules_hash());
  EXPECT_NE(zone("Etc/GMT+1")->rules_hash(), utc()->rules_hash());
}

TEST(ZoneTest, DaysWhereClocksChangeAreShorterOrLonger) {
  const ZonePtr new_york = zone("America/New_York");
  EXPECT_EQ(length(new_york, "2025-03-09"), 23 * kHour);
  EXPECT_EQ(length(new_york, "2025-11-02"), 25 * kHour);
  EXPECT_EQ(length(new_york, "2025-11-03"), 24 * kHour);
  EXPECT_EQ(new_york->day_of(at("2025-03-10", 4) - 1), day("2025-03-09"));
  EXPECT_EQ(new_york->day_of(at("2025-03-10", 4)), day("2025-03-10"));

  const ZonePtr lord_howe = zone("Australia/Lord_Howe");
  EXPECT_EQ(length(lord_howe, "2025-10-05"), 24 * kHour - kHour / 2);
  EXPECT_EQ(length(lord_howe, "2025-04-06"), 24 * kHour + kHour / 2);
}

TEST(ZoneTest, OffsetsNeedNotBeWholeHours) {
  const ZonePtr kathmandu = zone("Asia/Kathmandu");
  EXPECT_EQ(kathmandu->day_of(at("2025-07-31", 18.25)), day("2025-08-01"));
  EXPECT_EQ(kathmandu->day_of(at("2025-07-31", 18.25) - 1), day("2025-07-31"));
  const auto& periods = kathmandu->periods();
  EXPECT_EQ(periods.back().offset_seconds, 5 * 3600 + 45 * 60);
  EXPECT_EQ(periods.front().offset_seconds, 5 * 3600 + 30 * 60);  // until 1986

  // Until 1972 Liberia was 44 minutes and 30 seconds behind.
  EXPECT_EQ(zone("Africa/Monrovia")->periods().front().offset_seconds, -(44 * 60 + 30));
}

TEST(ZoneTest, ASkippedDayHoldsNoInstant) {
  const ZonePtr apia = zone("Pacific/Apia");
  EXPECT_TRUE(apia->pieces_of({day("2011-12-30"), day("2011-12-30")}).empty());
  const Micros skip = at("2011-12-30", 10);
  EXPECT_EQ(apia->day_of(skip - 1), day("2011-12-29"));
  EXPECT_EQ(apia->day_of(skip), day("2011-12-31"));
  EXPECT_EQ(apia->pieces_of({day("2011-12-29"), day("2011-12-31")}).size(), 1U);
}

TEST(ZoneTest, ADayMayHaveNoMidnight) {
  const ZonePtr sao_paulo = zone("America/Sao_Paulo");  // 2017-10-15 began at 01:00
  EXPECT_EQ(length(sao_paulo, "2017-10-15"), 23 * kHour);
  EXPECT_EQ(sao_paulo->day_of(at("2017-10-15", 3) - 1), day("2017-10-14"));
  EXPECT_EQ(sao_paulo->day_of(at("2017-10-15", 3)), day("2017-10-15"));
}

TEST(ZoneTest, ADayMayBeTwoPieces) {
  // On 1987-10-25 at 00:01 Newfoundland went back to 23:01 of the day before.
  const ZonePtr st_johns = zone("America/St_Johns");
  const auto pieces = st_johns->pieces_of({day("1987-10-24"), day("1987-10-24")});
  ASSERT_EQ(pieces.size(), 2U);
  EXPECT_EQ(pieces[1].begin - pieces[0].end, kHour / 60);
  EXPECT_EQ(length(st_johns, "1987-10-24"), 25 * kHour - kHour / 60);
  EXPECT_EQ(st_johns->day_of(pieces[0].end), day("1987-10-25"));
  EXPECT_EQ(st_johns->day_of(pieces[1].begin), day("1987-10-24"));
}

TEST(ZoneTest, RulesGoOnAfter2037) {
  const ZonePtr berlin = zone("Europe/Berlin");
  EXPECT_EQ(length(berlin, "2038-03-28"), 23 * kHour);
  EXPECT_EQ(length(berlin, "2199-10-27"), 25 * kHour);
  // Morocco is an hour behind during Ramadan, listed year by year up to 2087.
  const ZonePtr casablanca = zone("Africa/Casablanca");
  EXPECT_EQ(casablanca->day_of(at("2025-03-10", 23.5)), day("2025-03-10"));
  EXPECT_EQ(casablanca->day_of(at("2025-04-10", 23.5)), day("2025-04-11"));
}

TEST(ZoneTest, EveryInstantIsOnExactlyOneDay) {
  for (const auto* name : {"UTC", "Pacific/Apia", "America/St_Johns", "America/Sao_Paulo",
                           "Asia/Kathmandu", "Africa/Casablanca", "Asia/Manila", "Europe/Berlin"}) {
    const ZonePtr where = zone(name);
    const auto& periods = where->periods();
    EXPECT_EQ(periods.front().begin, kOccurredAtMin);
    EXPECT_EQ(periods.back().end, kOccurredAtEnd);

    Micros covered = 0;
    for (LocalDay d = day("1969-12-31"); d <= day("2201-01-01"); d = d.plus(1)) {
      for (const auto& piece : where->pieces_of({d, d})) {
        covered += piece.end - piece.begin;
        ASSERT_EQ(where->day_of(piece.begin), d) << name;
        ASSERT_EQ(where->day_of(piece.end - 1), d) << name;
      }
    }
    EXPECT_EQ(covered, kOccurredAtEnd - kOccurredAtMin) << name;
  }
}

}  // namespace
}  // namespace tidemark::event
