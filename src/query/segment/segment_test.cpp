// Which events a condition matches, by type of value: the rules of api.md section 2 one by one.

#include "query/segment/segment.hpp"

#include <gtest/gtest.h>

namespace tidemark::query {
namespace {

bool matches(std::string_view condition, std::string_view properties,
             std::string_view event_type = "purchase", std::string_view user_id = "u1") {
  auto parsed = parse_condition(condition);
  EXPECT_TRUE(parsed) << condition << ": " << (parsed ? "" : parsed.error().message());
  if (!parsed) return false;
  return Segment{{*parsed}}.matches(event_type, user_id, properties);
}

TEST(Segment, AnEmptyOneMatchesEverything) {
  EXPECT_TRUE(Segment{}.matches("a", "b", "{}"));
  EXPECT_TRUE(Segment{}.only_event_type());
}

TEST(Segment, EqualMatchesAStringByItsBytesAndANumberAsANumber) {
  for (const char* properties :
       {R"({"k":112})", R"({"k":112.0})", R"({"k":"112"})", R"({"k":1.12e2})"}) {
    EXPECT_TRUE(matches("properties.k=112", properties)) << properties;
    EXPECT_FALSE(matches("properties.k!=112", properties)) << properties;
  }
  EXPECT_FALSE(matches("properties.k=112", R"({"k":"112.0"})"));
  EXPECT_FALSE(matches("properties.k=112", R"({"k":112.00000000000000000001})"));
  EXPECT_FALSE(matches("properties.k=9007199254740993", R"({"k":9007199254740992})"));
  EXPECT_TRUE(matches("properties.k=0.1", R"({"k":0.10})"));
  EXPECT_FALSE(matches("properties.k=0112", R"({"k":112})"));
  EXPECT_TRUE(matches("properties.k=0112", R"({"k":"0112"})"));
  EXPECT_TRUE(matches("properties.k=0", R"({"k":-0.0})"));
  EXPECT_TRUE(matches("properties.k=a\"b", R"({"k":"a\"b"})"));
  EXPECT_TRUE(matches("properties.k=é", R"({"k":"\u00e9"})"));
  EXPECT_TRUE(matches("properties.k=", R"({"k":""})"));
  EXPECT_FALSE(matches("properties.k=", R"({})"));
}

TEST(Segment, TrueFalseAndNullMatchAsSuchAndAsStrings) {
  for (const std::string word : {"true", "false", "null"}) {
    EXPECT_TRUE(matches("properties.k=" + word, R"({"k":)" + word + "}"));
    EXPECT_TRUE(matches("properties.k=" + word, R"({"k":")" + word + "\"}"));
    EXPECT_FALSE(matches("properties.k=" + word, R"({"k":1})"));
  }
  EXPECT_FALSE(matches("properties.k=true", R"({"k":false})"));
  EXPECT_FALSE(matches("properties.k=null", R"({})"));
  EXPECT_FALSE(matches("properties.k=1", R"({"k":true})"));
}

TEST(Segment, ArraysAndObjectsNeverEqual) {
  EXPECT_FALSE(matches("properties.k=[1]", R"({"k":[1]})"));
  EXPECT_FALSE(matches("properties.k=1", R"({"k":[1]})"));
  EXPECT_FALSE(matches("properties.k={}", R"({"k":{}})"));
  EXPECT_TRUE(matches("properties.k!=1", R"({"k":[1]})"));
  EXPECT_FALSE(matches("properties.k~1", R"({"k":[1]})"));
  EXPECT_FALSE(matches("properties.k<x", R"({"k":[1]})"));
  EXPECT_TRUE(matches("properties.k exists", R"({"k":[]})"));
}

TEST(Segment, NotEqualAlsoMatchesEventsWithoutTheProperty) {
  EXPECT_TRUE(matches("properties.k!=1", R"({})"));
  EXPECT_TRUE(matches("properties.k!=1", R"({"k":null})"));
  EXPECT_TRUE(matches("properties.a.b!=1", R"({"a":1})"));
  EXPECT_FALSE(matches("properties.k!=1", R"({"k":1.0})"));
}

TEST(Segment, ANumberIsComparedWithNumbersAndNoStringMatches) {
  EXPECT_TRUE(matches("properties.k<5", R"({"k":4.99})"));
  EXPECT_TRUE(matches("properties.k<10", R"({"k":9})"));
  EXPECT_FALSE(matches("properties.k<5", R"({"k":"4"})"));
  EXPECT_TRUE(matches("properties.k<=5", R"({"k":5.0})"));
  EXPECT_FALSE(matches("properties.k<5", R"({"k":5.0})"));
  EXPECT_TRUE(matches("properties.k>-1", R"({"k":-0.5})"));
  EXPECT_TRUE(matches("properties.k>=1e3", R"({"k":1000})"));
  EXPECT_FALSE(matches("properties.k>0", R"({"k":true})"));
  EXPECT_FALSE(matches("properties.k>0", R"({"k":null})"));
  EXPECT_FALSE(matches("properties.k>0", R"({})"));
}

TEST(Segment, AValueThatIsNoNumberIsComparedWithStringsByBytes) {
  EXPECT_TRUE(matches("properties.k<b", R"({"k":"a"})"));
  EXPECT_TRUE(matches("properties.k<a", R"({"k":"Z"})"));
  EXPECT_TRUE(matches("properties.k>z", R"({"k":"é"})"));
  EXPECT_TRUE(matches("properties.k>=2025-08-01", R"({"k":"2025-08-01"})"));
  EXPECT_FALSE(matches("properties.k<b", R"({"k":1})"));
  EXPECT_TRUE(matches("properties.k<b", R"({"k":"\u0061"})"));
}

TEST(Segment, ContainsLooksIntoStringsOnly) {
  EXPECT_TRUE(matches("properties.k~ell", R"({"k":"hello"})"));
  EXPECT_TRUE(matches("properties.k~\"", R"({"k":"a\"b"})"));
  EXPECT_FALSE(matches("properties.k~u00", R"({"k":"\u00e9"})"));
  EXPECT_FALSE(matches("properties.k~1", R"({"k":112})"));
  EXPECT_FALSE(matches("properties.k~a", R"({})"));
}

TEST(Segment, InMatchesWhatEqualWouldMatch) {
  EXPECT_TRUE(matches("properties.k in (1,2)", R"({"k":2.0})"));
  EXPECT_TRUE(matches(R"(properties.k in ("x,y",z))", R"({"k":"x,y"})"));
  EXPECT_FALSE(matches("properties.k in (1,2)", R"({"k":3})"));
  EXPECT_FALSE(matches("properties.k in (1,2)", R"({})"));
  EXPECT_TRUE(matches("event_type in (login,purchase)", "{}"));
}

TEST(Segment, ExistsMeansThereAndNotNull) {
  EXPECT_TRUE(matches("properties.k exists", R"({"k":false})"));
  EXPECT_FALSE(matches("properties.k exists", R"({"k":null})"));
  EXPECT_FALSE(matches("properties.k exists", R"({})"));
  EXPECT_TRUE(matches("user_id exists", "{}"));
}

TEST(Segment, APathGoesIntoObjectsAndAQuotedKeyDoesNot) {
  EXPECT_TRUE(matches("properties.a.b=1", R"({"a":{"b":1}})"));
  EXPECT_FALSE(matches("properties.a.b=1", R"({"a.b":1})"));
  EXPECT_TRUE(matches(R"(properties."a.b"=1)", R"({"a.b":1})"));
  EXPECT_FALSE(matches("properties.a.b=1", R"({"a":[{"b":1}]})"));
  EXPECT_TRUE(matches("properties.b=2", R"({"a":{"b":1},"b":2})"));
}

TEST(Segment, TypeAndUserAreStrings) {
  EXPECT_TRUE(matches("event_type:purchase", "{}"));
  EXPECT_FALSE(matches("event_type:purchas", "{}"));
  EXPECT_TRUE(matches("user_id!=u2", "{}"));
  EXPECT_TRUE(matches("user_id~1", "{}"));
  EXPECT_TRUE(matches("user_id<u2", "{}"));
  EXPECT_FALSE(matches("user_id=1", "{}", "t", "1.0"));
  EXPECT_FALSE(matches("user_id=1", "{}", "t", "01"));
  EXPECT_FALSE(matches("user_id<5", "{}", "t", "1"));
}

TEST(Segment, ConditionsAreJoinedByAnd) {
  Segment segment;
  for (const char* text : {"properties.k=1", "event_type:a", "user_id=u"}) {
    segment.conditions.push_back(*parse_condition(text));
  }
  EXPECT_TRUE(segment.matches("a", "u", R"({"k":1})"));
  EXPECT_FALSE(segment.matches("b", "u", R"({"k":1})"));
  EXPECT_FALSE(segment.matches("a", "v", R"({"k":1})"));
  EXPECT_FALSE(segment.matches("a", "u", R"({"k":2})"));
  EXPECT_TRUE(segment.matches_type("a"));
  EXPECT_FALSE(segment.matches_type("b"));
  EXPECT_FALSE(segment.only_event_type());
  EXPECT_TRUE(segment.asks_properties());
}

}  // namespace
}  // namespace tidemark::query
