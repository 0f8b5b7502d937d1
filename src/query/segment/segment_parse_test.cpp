// How a condition is read: every form of api.md section 2, what is taken as it stands, and what is
// refused and in which words.

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "query/segment/segment.hpp"

namespace tidemark::query {
namespace {

using testing::HasSubstr;

Condition parsed(std::string_view text) {
  auto condition = parse_condition(text);
  EXPECT_TRUE(condition) << text << ": " << (condition ? "" : condition.error().message());
  return condition ? *condition : Condition{};
}

Condition property(std::vector<std::string> path, Operator op, std::vector<std::string> values) {
  return {Field::Property, std::move(path), op, std::move(values)};
}

std::string fault(std::string_view text) {
  auto condition = parse_condition(text);
  EXPECT_FALSE(condition) << text << " was taken as " << (condition ? to_string(*condition) : "");
  if (condition) return "";
  EXPECT_EQ(condition.error().code(), base::ErrorCode::InvalidInput);
  return condition.error().message();
}

TEST(SegmentParse, TheNameAfterEventTypeAndColonIsAllTheRest) {
  for (const std::string name : {"purchase", "a:b/c", "a=b", "x in (a,b)", " spaced ", "\"q\""}) {
    EXPECT_EQ(parsed("event_type:" + name),
              (Condition{Field::EventType, {}, Operator::Equal, {name}}));
  }
}

TEST(SegmentParse, EveryOperatorIsKnown) {
  EXPECT_EQ(parsed("properties.k=v"), property({"k"}, Operator::Equal, {"v"}));
  EXPECT_EQ(parsed("properties.k!=v"), property({"k"}, Operator::NotEqual, {"v"}));
  EXPECT_EQ(parsed("properties.k<5"), property({"k"}, Operator::Less, {"5"}));
  EXPECT_EQ(parsed("properties.k<=5"), property({"k"}, Operator::LessOrEqual, {"5"}));
  EXPECT_EQ(parsed("properties.k>5"), property({"k"}, Operator::Greater, {"5"}));
  EXPECT_EQ(parsed("properties.k>=5"), property({"k"}, Operator::GreaterOrEqual, {"5"}));
  EXPECT_EQ(parsed("properties.k~v"), property({"k"}, Operator::Contains, {"v"}));
  EXPECT_EQ(parsed("properties.k in (a,b)"), property({"k"}, Operator::In, {"a", "b"}));
  EXPECT_EQ(parsed("properties.k exists"), property({"k"}, Operator::Exists, {}));
  EXPECT_EQ(parsed("user_id!=7"), (Condition{Field::UserId, {}, Operator::NotEqual, {"7"}}));
  EXPECT_EQ(parsed("event_type in (a)"), (Condition{Field::EventType, {}, Operator::In, {"a"}}));
}

TEST(SegmentParse, TheFieldEndsAtTheFirstOperatorAndTheValueIsTheRest) {
  EXPECT_EQ(parsed("properties.url=https://a.b/c?d=e"),
            property({"url"}, Operator::Equal, {"https://a.b/c?d=e"}));
  EXPECT_EQ(parsed("properties.city=New York "),
            property({"city"}, Operator::Equal, {"New York "}));
  EXPECT_EQ(parsed("properties.k==5"), property({"k"}, Operator::Equal, {"=5"}));
  EXPECT_EQ(parsed("properties.k= in (a)"), property({"k"}, Operator::Equal, {" in (a)"}));
  EXPECT_EQ(parsed("properties.k=x exists"), property({"k"}, Operator::Equal, {"x exists"}));
  EXPECT_EQ(parsed("properties.k=\"v\""), property({"k"}, Operator::Equal, {"\"v\""}));
  EXPECT_EQ(parsed("properties.k=a,b"), property({"k"}, Operator::Equal, {"a,b"}));
  EXPECT_EQ(parsed("properties.k="), property({"k"}, Operator::Equal, {""}));
}

TEST(SegmentParse, ASpaceBeforeTheOperatorTakesOneAfterItAlong) {
  EXPECT_EQ(parsed("properties.k >= 5"), property({"k"}, Operator::GreaterOrEqual, {"5"}));
  EXPECT_EQ(parsed("properties.k =  v"), property({"k"}, Operator::Equal, {" v"}));
  EXPECT_EQ(parsed("properties.k= v"), property({"k"}, Operator::Equal, {" v"}));
  EXPECT_EQ(parsed(" properties.k=v"), property({"k"}, Operator::Equal, {"v"}));
}

TEST(SegmentParse, KeysArePathsAndQuotedOnesAreOne) {
  EXPECT_EQ(parsed("properties.a.b=1"), property({"a", "b"}, Operator::Equal, {"1"}));
  EXPECT_EQ(parsed(R"(properties."a.b"=1)"), property({"a.b"}, Operator::Equal, {"1"}));
  EXPECT_EQ(parsed(R"(properties.a."x=y".c=1)"),
            property({"a", "x=y", "c"}, Operator::Equal, {"1"}));
  EXPECT_EQ(parsed(R"(properties."" exists)"), property({""}, Operator::Exists, {}));
  EXPECT_EQ(parsed(R"(properties."\u00e9\n\"\ud83d\ude00"=1)"),
            property({"é\n\"😀"}, Operator::Equal, {"1"}));
  EXPECT_EQ(parsed("properties.first name=x"), property({"first name"}, Operator::Equal, {"x"}));
  EXPECT_EQ(parsed("properties.a:b=x"), property({"a:b"}, Operator::Equal, {"x"}));
  EXPECT_EQ(parsed("properties.signed in=x"), property({"signed in"}, Operator::Equal, {"x"}));
  EXPECT_EQ(parsed("properties.it exists=x"), property({"it exists"}, Operator::Equal, {"x"}));
  EXPECT_EQ(parsed("properties.say\"s=x"), property({"say\"s"}, Operator::Equal, {"x"}));
}

TEST(SegmentParse, ItemsOfAListMayBeQuoted) {
  EXPECT_EQ(parsed(R"(properties."a.b" in ("x,y",z))"),
            property({"a.b"}, Operator::In, {"x,y", "z"}));
  EXPECT_EQ(parsed("properties.k in( a , b c )"), property({"k"}, Operator::In, {"a", "b c"}));
  EXPECT_EQ(parsed("event_type in (en.wikipedia,a=b)"),
            (Condition{Field::EventType, {}, Operator::In, {"en.wikipedia", "a=b"}}));
  EXPECT_EQ(parsed(R"x(properties.k in ("","(",")") )x"),
            property({"k"}, Operator::In, {"", "(", ")"}));
}

TEST(SegmentParse, WhatIsMalformedIsRefusedWithTheReason) {
  for (const char* text : {"",
                           " ",
                           "purchase",
                           "event_type",
                           "event_type:",
                           "event_type=",
                           "user_id=",
                           "user_id",
                           "country=UA",
                           "properties=1",
                           "properties.=1",
                           "properties",
                           "properties.k",
                           "=1",
                           "properties.a..b=1",
                           "properties.k<",
                           "properties.k~",
                           "properties.k in ()",
                           "properties.k in (a",
                           "properties.k in (a,)",
                           "properties.k in (a,,b)",
                           "properties.k in (\"a)",
                           "properties.k in (\"a\"b)",
                           "properties.k in (a)b)",
                           "properties.k in (a) b",
                           "properties.\"k=1",
                           "properties.\"k\"x=1",
                           "properties.\"\\q\"=1",
                           "properties.\"\\ud800\"=1",
                           "properties.a[0]=1",
                           "properties.a,b=1",
                           "properties.f(x)=1",
                           "properties.k not in (a)",
                           "propertiesk=1",
                           "properties.k not exists",
                           "event_types=1",
                           "Event_type=x"}) {
    EXPECT_THAT(fault(text), HasSubstr(": expected ")) << text;
    EXPECT_THAT(fault(text), HasSubstr(", received '")) << text;
  }
  EXPECT_THAT(fault("properties.K:V"), HasSubstr("expected properties.K=VALUE"));
  EXPECT_THAT(fault("user_id:5"), HasSubstr("expected user_id=VALUE"));
}

TEST(SegmentParse, AListHasABound) {
  std::string list = "properties.k in (0";
  for (std::size_t i = 1; i < kInValuesMax; ++i) list += "," + std::to_string(i);
  EXPECT_EQ(parsed(list + ")").values.size(), kInValuesMax);
  EXPECT_THAT(fault(list + ",x)"), HasSubstr("at most 1000"));
}

TEST(SegmentParse, ALongMessageIsCutBetweenCharacters) {
  std::string text = "x";
  for (int i = 0; i < 200; ++i) text += "é";
  const auto message = fault(text);
  EXPECT_LT(message.size(), 500U);
  EXPECT_THAT(message, testing::EndsWith("é…'"));
}

TEST(SegmentParse, TheCanonicalFormReadsBackAsTheSameCondition) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::vector<std::string> pieces = {
      "a",  "b",  " ",   "=",  "!",     "<", ">",  "~", ".", ",", "(", ")",    "[",
      "\"", "\\", "in ", "in", " in (", "é", "\n", "{", ":", "/", "1", "true", "exists"};
  const auto word = [&](std::size_t least) {
    std::string text;
    const std::size_t count = least + random() % 4;
    for (std::size_t i = 0; i < count; ++i) text += pieces[random() % pieces.size()];
    return text;
  };
  for (int round = 0; round < 20'000; ++round) {
    Condition condition;
    condition.field = static_cast<Field>(random() % 3);
    condition.op = static_cast<Operator>(random() % 9);
    if (condition.field == Field::Property) {
      for (std::size_t i = 0; i <= random() % 3; ++i) condition.path.push_back(word(0));
    }
    const std::size_t values = condition.op == Operator::Exists
                                   ? 0
                                   : (condition.op == Operator::In ? 1 + random() % 3 : 1);
    for (std::size_t i = 0; i < values; ++i) {
      condition.values.push_back(word(condition.op == Operator::In ? 0 : 1));
    }
    const auto text = to_string(condition);
    auto again = parse_condition(text);
    ASSERT_TRUE(again) << text << ": " << again.error().message();
    ASSERT_EQ(*again, condition) << text << " became " << to_string(*again);
  }
}

}  // namespace
}  // namespace tidemark::query
