// Looking into stored properties: by what keys, texts and numbers mean, not by how they are
// written.
#include "wire/property.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tidemark::wire {
namespace {

using Path = std::vector<std::string>;

constexpr std::string_view kProperties =
    R"({"country":"PL","n":1.50,"deep":{"a":{"b":[1,{"c":2}]},"a.b":true},"quote\"d":"x\"},{\"y",)"
    R"("none":null,"off":false,"list":["country"],"":"empty","\u0061scii":"\u00fc\\"})";

Property find(const Path& path) { return find_property(kProperties, path); }

TEST(FindProperty, GivesTheValueUnderAPath) {
  EXPECT_EQ(find({"country"}).kind, PropertyKind::String);
  EXPECT_EQ(find({"country"}).text, "PL");
  EXPECT_EQ(find({"n"}).kind, PropertyKind::Number);
  EXPECT_EQ(find({"n"}).text, "1.50");
  EXPECT_EQ(find({"deep"}).kind, PropertyKind::Object);
  EXPECT_EQ(find({"deep", "a", "b"}).kind, PropertyKind::Array);
  EXPECT_EQ(find({"deep", "a", "b"}).text, R"([1,{"c":2}])");
  EXPECT_EQ(find({"deep", "a.b"}).kind, PropertyKind::True);
  EXPECT_EQ(find({"none"}).kind, PropertyKind::Null);
  EXPECT_EQ(find({"off"}).kind, PropertyKind::False);
  EXPECT_EQ(find({"quote\"d"}).text, R"(x\"},{\"y)");
  EXPECT_EQ(find({""}).text, "empty");
  EXPECT_EQ(find({"ascii"}).text, R"(\u00fc\\)");
}

TEST(FindProperty, WhatIsNotThereIsAbsent) {
  EXPECT_EQ(find({"Country"}).kind, PropertyKind::Absent);
  EXPECT_EQ(find({"PL"}).kind, PropertyKind::Absent);
  EXPECT_EQ(find({"country", "x"}).kind, PropertyKind::Absent);
  EXPECT_EQ(find({"deep", "a", "b", "c"}).kind, PropertyKind::Absent);
  EXPECT_EQ(find({"list", "0"}).kind, PropertyKind::Absent);
  EXPECT_EQ(find({R"(\u0061scii)"}).kind, PropertyKind::Absent);
  EXPECT_EQ(find_property("{}", Path{"a"}).kind, PropertyKind::Absent);
  EXPECT_EQ(find_property(R"({"a":{}})", Path{"a", "a"}).kind, PropertyKind::Absent);
}

TEST(Text, IsComparedByWhatItMeans) {
  std::string scratch;
  EXPECT_EQ(unescaped(R"(\u00fc\\)", scratch), "ü\\");
  EXPECT_EQ(unescaped("plain", scratch), "plain");
  EXPECT_TRUE(text_equals("PL", "PL"));
  EXPECT_FALSE(text_equals("PL", "P"));
  EXPECT_FALSE(text_equals("P", "PL"));
  EXPECT_TRUE(text_equals(R"(\u0050L)", "PL"));
  EXPECT_FALSE(text_equals(R"(\u0050L)", R"(\u0050L)"));
  EXPECT_TRUE(text_equals(R"(\ud83d\ude00)", "\xF0\x9F\x98\x80"));
}

TEST(Number, IsOneNumberAndNothingElse) {
  for (const auto* good :
       {"0", "-0", "10", "1.5", "-1e3", "1E+3", "0.0e-0", "123456789012345678901"}) {
    EXPECT_TRUE(is_number(good)) << good;
  }
  for (const auto* bad : {"", "-", "01", "+1", ".5", "1.", "1e", "1e+", "1 ", " 1", "0x1", "NaN",
                          "1.5.5", "--1", "1e5.5"}) {
    EXPECT_FALSE(is_number(bad)) << bad;
  }
}

TEST(Numbers, AreOrderedExactly) {
  // Each line holds equal numbers, and the lines rise.
  const std::vector<std::vector<std::string>> rising = {
      {"-1e100000000000000000000001"},
      {"-1e100000000000000000000000", "-10e99999999999999999999999"},
      {"-1e400"},
      {"-112.5", "-1.125e2"},
      {"-112", "-112.0", "-1120e-1"},
      {"-1e-400"},
      {"0", "-0", "0.000", "0e999", "-0.0e-5", "0e99999999999999999999999999"},
      {"1e-100000000000000000000001"},
      {"1e-100000000000000000000000", "0.1e-99999999999999999999999"},
      {"1e-400"},
      {"0.1", "1e-1", "0.10", "0.001e2"},
      {"0.10000000000000000000000000000000001"},
      {"1"},
      {"112", "112.0", "1.12e2", "11200e-2", "0.0112e+4"},
      {"112.00000000000000000000000000000000001"},
      {"9007199254740992"},
      {"9007199254740993", "9007199254740993.0"},
      {"999999999999999999"},
      {"1000000000000000000", "1e18"},
      {"123456789012345678901234567890"},
      {"123456789012345678901234567891", "1.23456789012345678901234567891e29"},
      {"1e400", "10e399"},
      {"1e100000000000000000000000", "0.01e100000000000000000000002"},
      {"1e100000000000000000000001"},
  };
  for (std::size_t i = 0; i < rising.size(); ++i) {
    for (std::size_t j = 0; j < rising.size(); ++j) {
      for (const std::string& a : rising[i]) {
        for (const std::string& b : rising[j]) {
          EXPECT_EQ(compare_numbers(a, b), i <=> j) << a << ' ' << b;
        }
      }
    }
  }
}

TEST(Json, IsComparedByValue) {
  const auto same = [](std::string_view a, std::string_view b) {
    EXPECT_EQ(same_json(a, b), same_json(b, a));
    return same_json(a, b);
  };
  EXPECT_TRUE(
      same(R"({"a":1,"b":[1,{"c":"x"}]})", R"({"b" : [1.0, {"c":"\u0078"}], "\u0061":10e-1})"));
  EXPECT_TRUE(same("{}", "{ }"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"a":1,"b":null})"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"b":1})"));
  EXPECT_FALSE(same(R"({"a":1})", R"({"a":"1"})"));
  EXPECT_FALSE(same(R"({"a":true})", R"({"a":false})"));
  EXPECT_FALSE(same(R"({"a":null})", R"({"a":false})"));
  EXPECT_FALSE(same(R"({"a":[1,2]})", R"({"a":[2,1]})"));
  EXPECT_FALSE(same(R"({"a":[1]})", R"({"a":[1,1]})"));
  EXPECT_FALSE(same(R"({"a":[]})", R"({"a":{}})"));
  EXPECT_FALSE(same(R"({"a":9007199254740992})", R"({"a":9007199254740993})"));
}

}  // namespace
}  // namespace tidemark::wire
