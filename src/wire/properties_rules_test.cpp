// What becomes of properties: their bounds, and what they look like when they are stored.
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "event/limits.hpp"
#include "wire/decode_testing.hpp"

namespace tidemark::wire {
namespace {

using testing::ElementsAre;

std::string event_with(std::string_view properties) {
  return R"({"event_id":"a","occurred_at":1754042400000,"user_id":"u","event_type":"t",)"
         R"("properties":)" +
         std::string(properties) + "}";
}

std::string stored(std::string_view properties) {
  const auto decoded = decode_json(event_with(properties));
  if (!decoded) return decoded.error().message();
  if (decoded->batch.rows.empty()) return faults_of(*decoded)[0];
  return std::string(decoded->batch.rows[0].properties);
}

std::vector<std::string> faults_with(std::string_view properties) {
  const auto decoded = decode_json(event_with(properties));
  if (!decoded) return {decoded.error().message()};
  return faults_of(*decoded);
}

TEST(Properties, ComeBackAsSentButForWhiteSpace) {
  for (const std::string same : {R"({})", R"({"a":1.50,"b":-0,"c":1e400,"d":[1,"x",null,true]})",
                                 R"({"a b":"c d\u00fc\/ü","":{"x":[{}]}})",
                                 R"({"n":123456789012345678901234567890.1234567890})"}) {
    EXPECT_EQ(stored(same), same);
  }
  EXPECT_EQ(stored("{ \"a b\" : [ 1 , { } , \"x y\" ] ,\r\n\t\"c\":\t{\n} }"),
            R"({"a b":[1,{},"x y"],"c":{}})");
  EXPECT_EQ(stored("null"), "{}");
  EXPECT_EQ(stored(R"({"\" } ":" \\"} )"), R"({"\" } ":" \\"})");
}

TEST(Properties, OfARepeatedKeyTheLastStaysWhereItStands) {
  EXPECT_EQ(stored(R"({"a":1,"b":2,"a":3})"), R"({"b":2,"a":3})");
  EXPECT_EQ(stored(R"({"a":1,"\u0061":2})"), R"({"\u0061":2})");
  EXPECT_EQ(stored(R"({"x":{"a":1,"a":2},"y":[{"b":[],"b":{}}]})"),
            R"({"x":{"a":2},"y":[{"b":{}}]})");
  EXPECT_EQ(stored(R"({"a":{"b":1},"b":{"a":1}})"), R"({"a":{"b":1},"b":{"a":1}})");
  EXPECT_EQ(stored(R"({"a": 1, "b": "x, y", "a" : [ 2 ]})"), R"({"b":"x, y","a":[2]})");
  EXPECT_EQ(stored(R"({"":1,"":2})"), R"({"":2})");
  // Keys that only look alike to a quick glance.
  EXPECT_EQ(stored(R"({"prefix_0_of_suffix":1,"prefix_1_of_suffix":2})"),
            R"({"prefix_0_of_suffix":1,"prefix_1_of_suffix":2})");
  EXPECT_EQ(stored(R"({"\n":1,"\u000a":2,"\\n":3})"), R"({"\u000a":2,"\\n":3})");
}

TEST(Properties, ManyKeysAreStillToldApart) {
  std::string many = "{";
  for (int i = 0; i < 500; ++i)
    many += "\"key" + std::to_string(i) + "\":" + std::to_string(i) + ",";
  EXPECT_EQ(stored(many + "\"last\":1}"), many + "\"last\":1}");
  const std::string repeated = stored(many + "\"key0\":1}");
  EXPECT_EQ(repeated, "{" + many.substr(10) + "\"key0\":1}");
}

TEST(Properties, MustBeAnObject) {
  for (const auto* bad : {"[]", "\"x\"", "1", "1.5", "true", "[{}]"}) {
    EXPECT_THAT(faults_with(bad), ElementsAre("0 properties not_an_object")) << bad;
  }
}

TEST(Properties, AreBoundedAsSent) {
  const auto of_size = [](std::size_t bytes) {
    return R"({"a":")" + std::string(bytes - 8, 'x') + R"("})";
  };
  EXPECT_EQ(stored(of_size(event::kPropertiesBytesMax)), of_size(event::kPropertiesBytesMax));
  EXPECT_THAT(faults_with(of_size(event::kPropertiesBytesMax + 1)),
              ElementsAre("0 properties too_large"));
  const std::string spaces(event::kPropertiesBytesMax, ' ');
  EXPECT_THAT(faults_with("{" + spaces + "}"), ElementsAre("0 properties too_large"));
}

std::string nested(int levels, char open, char close) {
  std::string json = R"({"a":)";
  for (int i = 1; i < levels; ++i)
    json += open == '{' && i + 1 < levels ? R"({"a":)" : std::string(1, open);
  for (int i = 1; i < levels; ++i) json += close;
  return json + "}";
}

TEST(Properties, HaveSixteenLevelsItselfTheFirst) {
  EXPECT_EQ(stored(nested(16, '[', ']')), nested(16, '[', ']'));
  EXPECT_EQ(stored(nested(16, '{', '}')), nested(16, '{', '}'));
  EXPECT_THAT(faults_with(nested(17, '[', ']')), ElementsAre("0 properties too_deep"));
  EXPECT_THAT(faults_with(nested(17, '{', '}')), ElementsAre("0 properties too_deep"));
  EXPECT_THAT(faults_with(nested(20'000, '{', '}')),
              ElementsAre("0 properties too_large", "0 properties too_deep"));
  EXPECT_EQ(
      stored(R"({"a":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]],"b":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]})").size(),
      71U);
}

TEST(Properties, BadTextInThemIsTold) {
  for (const auto* bad : {R"({"a":"\u0000"})", R"({"\u0000":1})", R"({"a":[{"b":["\ud800"]}]})",
                          R"({"a":{"\udfff":1}})", R"({"a":"\ud83d\u0020"})"}) {
    EXPECT_THAT(faults_with(bad), ElementsAre("0 properties bad_text")) << bad;
  }
  EXPECT_EQ(stored(R"({"a":"\\u0000"})"), R"({"a":"\\u0000"})");
}

TEST(Properties, ThatNeedNoChangeAreNotCopied) {
  const std::string text = event_with(R"({"a":1})");
  const Body body = body_of(text);
  const char* const begin = body.text.data();
  const auto decoded = decode(body, Format::Json, test_options());
  ASSERT_TRUE(decoded);
  const char* const at = decoded->batch.rows[0].properties.data();
  EXPECT_TRUE(at > begin && at < begin + text.size());
  EXPECT_EQ(decoded->batch.owners.size(), 1U);
}

}  // namespace
}  // namespace tidemark::wire
