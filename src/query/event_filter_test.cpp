// What a filter lets through: days of its zone, instants, conditions; and which filters are one.

#include "query/event_filter.hpp"

#include <gtest/gtest.h>

#include "event/timestamp.hpp"

namespace tidemark::query {
namespace {

ListEvents asked(const std::string& zone = "UTC") {
  ListEvents question;
  question.scope.zone = *event::find_zone(zone);
  return question;
}

constexpr auto kOurs = event::ProjectId::Default;

event::Row row_at(const std::string& when, std::string_view type = "login") {
  event::Row row;
  row.user_id = "ann";
  row.event_type = type;
  row.properties = R"({"plan":"pro"})";
  row.occurred_at = event::parse_timestamp(when).micros;
  return row;
}

TEST(EventFilter, EventsOfAnotherProjectNeverMatch) {
  auto theirs = asked();
  theirs.scope.project = event::ProjectId{7};
  const EventFilter filter(theirs);
  EXPECT_FALSE(filter.matches(kOurs, row_at("2025-08-01T00:00:00Z")));
  EXPECT_TRUE(filter.matches(event::ProjectId{7}, row_at("2025-08-01T00:00:00Z")));
  EXPECT_NE(filter.key(), EventFilter(asked()).key());
}

TEST(EventFilter, WithoutFiltersEveryEventMatches) {
  const EventFilter filter(asked());
  EXPECT_TRUE(filter.matches(kOurs, row_at("1970-01-01T00:00:00Z")));
  EXPECT_TRUE(filter.matches(kOurs, row_at("2200-12-31T23:59:59Z")));
}

TEST(EventFilter, DaysAreThoseOfTheZoneAndBothIncluded) {
  auto question = asked("Europe/Kyiv");
  question.from_day = question.to_day = *event::parse_day("2025-08-01");
  const EventFilter filter(question);
  EXPECT_FALSE(filter.matches(kOurs, row_at("2025-07-31T20:59:59Z")));
  EXPECT_TRUE(filter.matches(kOurs, row_at("2025-07-31T21:00:00Z")));
  EXPECT_TRUE(filter.matches(kOurs, row_at("2025-08-01T20:59:59Z")));
  EXPECT_FALSE(filter.matches(kOurs, row_at("2025-08-01T21:00:00Z")));
}

TEST(EventFilter, AnInstantIsIncludedAtTheBeginningAndNotAtTheEnd) {
  auto question = asked();
  question.from = event::parse_timestamp("2025-08-01T10:00:00Z").micros;
  question.to = event::parse_timestamp("2025-08-01T11:00:00Z").micros;
  const EventFilter filter(question);
  EXPECT_FALSE(filter.matches(kOurs, row_at("2025-08-01T09:59:59Z")));
  EXPECT_TRUE(filter.matches(kOurs, row_at("2025-08-01T10:00:00Z")));
  EXPECT_FALSE(filter.matches(kOurs, row_at("2025-08-01T11:00:00Z")));
}

TEST(EventFilter, ConditionsAreJoinedByAnd) {
  auto question = asked();
  question.scope.segment.conditions = {*parse_condition("event_type:login"),
                                       *parse_condition("properties.plan=pro")};
  EXPECT_TRUE(EventFilter(question).matches(kOurs, row_at("2025-08-01T10:00:00Z")));
  EXPECT_FALSE(EventFilter(question).matches(kOurs, row_at("2025-08-01T10:00:00Z", "view")));
  question.scope.segment.conditions.push_back(*parse_condition("user_id=bob"));
  EXPECT_FALSE(EventFilter(question).matches(kOurs, row_at("2025-08-01T10:00:00Z")));
}

TEST(EventFilter, BoundsThatExcludeEachOtherLeaveNothing) {
  auto question = asked();
  question.from = 10;
  question.to = 10;
  EXPECT_TRUE(EventFilter(question).pieces().empty());
}

TEST(EventFilter, OneKeyMeansTheSameFilter) {
  auto by_day = asked();
  by_day.from_day = *event::parse_day("2025-08-01");
  auto by_instant = asked();
  by_instant.from = event::parse_timestamp("2025-08-01T00:00:00Z").micros;
  EXPECT_EQ(EventFilter(by_day).key(), EventFilter(by_instant).key());
  EXPECT_NE(EventFilter(by_day).key(), EventFilter(asked()).key());
  auto in_kyiv = asked("Europe/Kyiv");
  in_kyiv.from_day = by_day.from_day;
  EXPECT_NE(EventFilter(by_day).key(), EventFilter(in_kyiv).key());
  auto one = asked();
  one.scope.segment.conditions = {*parse_condition("user_id=a")};
  auto other = asked();
  other.scope.segment.conditions = {*parse_condition("user_id=b")};
  EXPECT_NE(EventFilter(one).key(), EventFilter(other).key());
}

}  // namespace
}  // namespace tidemark::query
