// A long `in` list means what comparing one value after another means, however values and events
// are written.

#include "query/segment/value_set.hpp"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "query/segment/segment.hpp"
#include "wire/property.hpp"

namespace tidemark::query {
namespace {

/// Texts and numbers in the many ways in which one is written, close enough to meet often.
class Values {
 public:
  explicit Values(unsigned seed) : random_(seed) {}

  std::string number() {
    const auto digits =
        std::to_string(1 + below(20));  // with zeros behind it a number all the same
    switch (below(10)) {
      case 9:
        return below(2) == 0 ? "0" : "-0.0e5";
      case 0:
        return digits + ".0";
      case 1:
        return digits + "e0";
      case 2:
        return digits + "0E-1";
      case 3:
        return "-" + digits;
      case 4:
        return digits + ".5";
      case 5:
        return digits + "00000000000000000000.000";
      case 6:
        return digits + "e20";
      case 7:
        return "1e" + std::string(17, '9') + digits;
      default:
        return digits;
    }
  }
  std::string word() {
    static const std::vector<std::string> words{"true", "false", "null", "",     "012", "+1",
                                                "1.",   ".5",    "é",    "x\"y", "a",   "1 "};
    return words[below(words.size())];
  }
  std::string value() { return below(3) == 0 ? word() : number(); }
  /// A property's value as JSON.
  std::string json() {
    switch (below(6)) {
      case 0:
        return below(2) == 0 ? "true" : "false";
      case 1:
        return below(2) == 0 ? "null" : "[1]";
      case 2:
        return '"' + number() + '"';
      case 3:
        return below(2) == 0 ? R"("\u00e9")" : R"("x\"y")";
      default:
        return number();
    }
  }
  std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }

 private:
  std::mt19937 random_;
};

TEST(ValueSet, ALongListMatchesWhatItsValuesMatchOneByOne) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Values values(seed);
  std::size_t matched = 0;
  for (int round = 0; round < 300; ++round) {
    Condition plain{.field = Field::Property, .path = {"k"}, .op = Operator::In, .values = {}};
    const auto count = ValueSet::kWorthwhile + values.below(40);
    while (plain.values.size() < count) plain.values.push_back(values.value());
    auto with_set = plain;
    with_set.set = ValueSet::of(plain.values);
    ASSERT_TRUE(with_set.set);
    for (int event = 0; event < 100; ++event) {
      const auto properties = R"({"k":)" + values.json() + "}";
      const bool expected = Segment{{plain}}.matches("t", "u", properties);
      matched += expected ? 1 : 0;
      ASSERT_EQ(Segment{{with_set}}.matches("t", "u", properties), expected)
          << to_string(plain) << " on " << properties;
    }
    for (const auto field : {Field::EventType, Field::UserId}) {
      plain.field = with_set.field = field;
      const auto text = values.value();
      ASSERT_EQ(Segment{{with_set}}.matches(text, text, "{}"),
                Segment{{plain}}.matches(text, text, "{}"))
          << to_string(plain) << " on " << text;
    }
  }
  EXPECT_GT(matched, 1'000U) << "values that never meet show nothing";
  EXPECT_LT(matched, 29'000U);
}

TEST(ValueSet, NumbersHaveOneCanonicalTextExactlyWhereTheyAreTheSame) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Values values(seed);
  std::size_t same = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto a = values.number();
    const auto b = values.number();
    const bool expected = wire::same_number(a, b);
    same += expected ? 1 : 0;
    ASSERT_EQ(wire::canonical_number(a) == wire::canonical_number(b), expected) << a << " " << b;
  }
  EXPECT_GT(same, 500U);
}

TEST(ValueSet, AParsedListHasItsSetAndAShortOneNeedsNone) {
  std::string list;
  for (int i = 0; i < 900; ++i) list += (i == 0 ? "" : ",") + std::to_string(i);
  const auto parsed = parse_condition("properties.n in (" + list + ")");
  ASSERT_TRUE(parsed);
  ASSERT_TRUE(parsed->set);
  EXPECT_TRUE(Segment{{*parsed}}.matches("t", "u", R"({"n":899.0})"));
  EXPECT_FALSE(Segment{{*parsed}}.matches("t", "u", R"({"n":900})"));
  EXPECT_FALSE(parse_condition("properties.n in (1,2)")->set);
  EXPECT_EQ(*parsed, *parse_condition(to_string(*parsed)));
}

}  // namespace
}  // namespace tidemark::query
