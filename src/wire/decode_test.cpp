// Bodies as a whole: which forms are taken, what stops one, and where it says that it stopped.
#include "wire/decode.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/decode_testing.hpp"

namespace tidemark::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string good(std::string_view id) {
  return R"({"event_id":")" + std::string(id) +
         R"(","occurred_at":1754042400000,"user_id":"u","event_type":"t"})";
}

std::vector<std::string> ids_of(const Decoded& decoded) {
  std::vector<std::string> ids;
  for (const event::Row& row : decoded.batch.rows) ids.emplace_back(row.id);
  return ids;
}

std::string refusal(std::string_view text) {
  const auto decoded = decode_json(text);
  if (decoded) return "taken";
  EXPECT_EQ(decoded.error().code(), base::ErrorCode::InvalidInput);
  return decoded.error().message();
}

TEST(JsonBody, TakesOneEventAnArrayOrABatch) {
  EXPECT_THAT(ids_of(*decode_json(good("a"))), ElementsAre("a"));
  EXPECT_THAT(ids_of(*decode_json(" [ " + good("a") + " , " + good("b") + " ] \n")),
              ElementsAre("a", "b"));
  EXPECT_THAT(ids_of(*decode_json(R"({ "events" : [)" + good("a") + "," + good("b") + "] }")),
              ElementsAre("a", "b"));
  EXPECT_THAT(ids_of(*decode_json(R"({"\u0065vents":[)" + good("a") + "]}")), ElementsAre("a"));
  EXPECT_THAT(ids_of(*decode_json("\xEF\xBB\xBF" + good("a"))), ElementsAre("a"));
  EXPECT_EQ(decode_json("[]")->events_count, 0U);
  EXPECT_EQ(decode_json(R"({"events":[]})")->events_count, 0U);
}

TEST(JsonBody, GoodRowsKeepTheirPlaceInTheRequest) {
  const auto decoded = decode_json("[" + good("a") + R"(,5,{"event_id":"x"},)" + good("b") + "]");
  ASSERT_TRUE(decoded);
  EXPECT_THAT(ids_of(*decoded), ElementsAre("a", "b"));
  EXPECT_THAT(decoded->index, ElementsAre(0U, 3U));
  EXPECT_EQ(decoded->events_count, 4U);
  ASSERT_EQ(decoded->rejected.size(), 2U);
  EXPECT_EQ(decoded->rejected[0].raw, "5");
  EXPECT_EQ(decoded->rejected[1].index, 2U);
  EXPECT_EQ(decoded->rejected[1].raw, R"({"event_id":"x"})");
  EXPECT_EQ(decoded->rejected[1].first_fault, 1U);
  EXPECT_EQ(decoded->rejected[1].fault_count, 3U);
  EXPECT_EQ(decoded->batch.received_at, kTestNow);
}

TEST(JsonBody, WhatIsNoObjectIsOneBadEvent) {
  for (const auto* value : {"5", "null", "true", "\"text\"", "-1.5e3"}) {
    EXPECT_THAT(faults_of(*decode_json(value)), ElementsAre("0 not_an_object")) << value;
  }
  EXPECT_THAT(faults_of(*decode_json("[[],null]")),
              ElementsAre("0 not_an_object", "1 not_an_object"));
}

TEST(JsonBody, ABatchWithSomethingBesideItIsABadEvent) {
  const auto decoded = decode_json(R"({"events":[)" + good("a") + R"(],"more":1})");
  ASSERT_TRUE(decoded);
  EXPECT_THAT(faults_of(*decoded),
              ElementsAre("0 events unknown_field", "0 more unknown_field",
                          "0 event_id missing_field", "0 occurred_at missing_field",
                          "0 user_id missing_field", "0 event_type missing_field"));
  EXPECT_EQ(decoded->batch.rows.size(), 0U);
  EXPECT_EQ(decoded->events_count, 1U);
  EXPECT_EQ(decode_json(R"({"events":5})")->rejected.size(), 1U);
  EXPECT_EQ(decode_json(R"({"events":[],"events":[]})")->rejected.size(), 1U);
}

TEST(JsonBody, ThatIsNotJsonSaysWhereAndWhatWasExpected) {
  EXPECT_THAT(refusal(""), StartsWith("byte 0: the body is empty"));
  EXPECT_THAT(refusal(" \r\n\t"), StartsWith("byte 4: the body is empty"));
  EXPECT_EQ(refusal("[1,]"), "byte 3: expected a value, found ']'");
  EXPECT_EQ(refusal("[1 2]"), "byte 3: expected a comma or ], found '2'");
  EXPECT_EQ(refusal("[1"), "byte 2: expected a comma or ], found the end");
  EXPECT_EQ(refusal("[] x"), "byte 3: expected the end of the body, found 'x'");
  EXPECT_EQ(refusal("{\"a\" 1}"), "byte 5: expected a colon after the key, found '1'");
  EXPECT_EQ(refusal("{\"a\":1,}"), "byte 7: expected a key in quotes, found '}'");
  EXPECT_EQ(refusal("{a:1}"), "byte 1: expected a key in quotes, found 'a'");
  EXPECT_EQ(refusal("{\"a\":'b'}"), "byte 5: expected a value, found '''");
  EXPECT_EQ(refusal("{\"a\":NaN}"), "byte 5: expected a value, found 'N'");
  EXPECT_EQ(refusal("{\"a\":tru}"), "byte 5: expected a value, found 't'");
  EXPECT_EQ(refusal("{\"a\":01}"), "byte 6: expected no digit after a leading zero, found '1'");
  EXPECT_EQ(refusal("{\"a\":1.}"), "byte 7: expected a digit after the decimal point, found '}'");
  EXPECT_EQ(refusal("{\"a\":1e}"), "byte 7: expected a digit in the exponent, found '}'");
  EXPECT_EQ(refusal("{\"a\":-}"), "byte 6: expected a digit, found '}'");
  EXPECT_EQ(refusal("{\"a\":\"b"),
            "byte 7: expected a quote at the end of the string, found the end");
  EXPECT_EQ(refusal("{\"a\":\"b\nc\"}"),
            "byte 7: expected a control character in a string to be escaped, found the byte 0x0a");
  EXPECT_EQ(refusal(R"({"a":"\x"})"),
            R"(byte 7: expected one of "\/bfnrtu after a backslash, found 'x')");
  EXPECT_EQ(refusal(R"({"a":"\u12g4"})"),
            R"(byte 10: expected four hexadecimal digits after \u, found 'g')");
  EXPECT_EQ(refusal(R"({"a":")"
                    "\xFF"
                    R"("})"),
            "byte 6: expected UTF-8, found a byte that is not UTF-8");
  EXPECT_THAT(refusal(good("a") + " " + good("b")), HasSubstr("application/x-ndjson"));
  EXPECT_THAT(refusal("event_id=1&user_id=2"), StartsWith("byte 0: expected a value"));
  EXPECT_THAT(refusal("[1][2]"), StartsWith("byte 3"));
  EXPECT_THAT(refusal("/* c */ []"), StartsWith("byte 0"));
  EXPECT_THAT(refusal(std::string("\0", 1)), StartsWith("byte 0"));
}

TEST(JsonBody, CutAnywhereItIsRefused) {
  const std::string whole =
      "[" + good("a") + R"(,{"properties":{"a":[1.5e3,"\u00fc",true,null]}}])";
  ASSERT_TRUE(decode_json(whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(refusal(whole.substr(0, size)), "taken") << size;
  }
}

TEST(JsonBody, DeepNestingIsAnErrorAndNoCrash) {
  const std::string deep(200'000, '[');
  EXPECT_THAT(refusal(deep), StartsWith("byte 200000: expected a value"));
  EXPECT_THAT(refusal(R"({"properties":)" + deep), HasSubstr("expected a value"));
  const std::string closed = deep + std::string(200'000, ']');
  EXPECT_THAT(faults_of(*decode_json(closed)), ElementsAre("0 not_an_object"));
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += R"({"a":)";
  EXPECT_THAT(refusal(objects), HasSubstr("expected a value"));
  EXPECT_THAT(refusal(deep + std::string(199'000, ']') + "}"), HasSubstr("expected a comma or ]"));
}

TEST(JsonBody, TooManyEventsOrBytesAreRefusedWhole) {
  DecodeOptions options = test_options();
  options.limits.events_max = 2;
  options.limits.body_bytes_max = 500;
  const std::string two = good("a") + "," + good("b");
  EXPECT_TRUE(decode(body_of("[" + two + "]"), Format::Json, options));
  for (const std::string& three : {"[" + two + ",1]", R"({"events":[)" + two + ",1]}"}) {
    const auto decoded = decode(body_of(three), Format::Json, options);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().code(), base::ErrorCode::TooLarge);
    EXPECT_EQ(decoded.error().message(),
              "the request has more than 2 events; send fewer events at a time");
  }
  const auto lines = decode(body_of("1\n\n2\n3\n"), Format::Ndjson, options);
  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().code(), base::ErrorCode::TooLarge);
  const auto bytes = decode(body_of("[" + std::string(500, ' ') + "]"), Format::Json, options);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code(), base::ErrorCode::TooLarge);
}

TEST(NdjsonBody, EachLineStandsAlone) {
  const auto decoded = decode_ndjson("\xEF\xBB\xBF" + good("a") + "\r\n\n  \t\r\n" + "{\"broken\n" +
                                     good("\xFF") + "\n" + good("b") + " x\n7\n[]\n " + good("c"));
  ASSERT_TRUE(decoded) << decoded.error().message();
  EXPECT_THAT(ids_of(*decoded), ElementsAre("a", "c"));
  EXPECT_THAT(decoded->index, ElementsAre(0U, 6U));
  EXPECT_THAT(faults_of(*decoded), ElementsAre("1 bad_json", "2 bad_json", "3 bad_json",
                                               "4 not_an_object", "5 not_an_object"));
  EXPECT_EQ(decoded->faults[0].message,
            "line 4, byte 8: expected a quote at the end of the string, found the end");
  EXPECT_THAT(decoded->faults[1].message, HasSubstr("expected UTF-8"));
  EXPECT_THAT(decoded->faults[2].message, HasSubstr("expected the end of the line, found 'x'"));
  EXPECT_EQ(decoded->rejected[0].raw, "{\"broken");
  EXPECT_EQ(decoded->events_count, 7U);
}

TEST(NdjsonBody, AFaultyLineThatIsAlsoBrokenIsBrokenOnly) {
  const auto decoded = decode_ndjson(R"({"event_id":"a","what":1,"user_id":})");
  ASSERT_TRUE(decoded);
  EXPECT_THAT(faults_of(*decoded), ElementsAre("0 bad_json"));
}

TEST(NdjsonBody, OfBlankLinesAloneIsEmpty) {
  EXPECT_FALSE(decode_ndjson("\n\r\n"));
  EXPECT_FALSE(decode_ndjson(""));
}

TEST(DecodedFaults, AreBoundedAndEachRejectedEventHasOne) {
  DecodeOptions options = test_options();
  options.limits.faults_described_max = 3;
  std::string body = "[";
  for (int i = 0; i < 5; ++i) body += R"({"a":1,"b":2,"c":3},)";
  body += "1]";
  const auto decoded = decode(body_of(body), Format::Json, options);
  ASSERT_TRUE(decoded);
  EXPECT_THAT(faults_of(*decoded),
              ElementsAre("0 a unknown_field", "0 b unknown_field", "0 c unknown_field",
                          "1 a unknown_field", "2 a unknown_field", "3 a unknown_field",
                          "4 a unknown_field", "5 not_an_object"));
  EXPECT_EQ(decoded->rejected.size(), 6U);
}

/// Shippers of logs send lines as application/json.
TEST(JsonBody, ObjectsOnLinesOfTheirOwnAreLinesWhateverTheyAreCalled) {
  for (const std::string between : {"\n", "\r\n", "\n\n", " \n "}) {
    const auto decoded = decode_json(good("a") + between + good("b") + between + "{broken\n");
    ASSERT_TRUE(decoded) << decoded.error().message();
    EXPECT_EQ(decoded->events_count, 3U);
    EXPECT_EQ(decoded->batch.rows.size(), 2U);
    EXPECT_THAT(faults_of(*decoded), ElementsAre("2 bad_json"));
  }
  // What is not a line is JSON that is broken, told with its place.
  EXPECT_THAT(refusal("{\n}\n" + good("b")), HasSubstr("expected the end of the body"));
  EXPECT_THAT(refusal("[" + good("a") + "]\n" + good("b")), HasSubstr("the end of the body"));
  EXPECT_THAT(refusal(good("a") + "\n[]"), HasSubstr("the end of the body"));
  EXPECT_THAT(refusal("{broken\n" + good("b")), HasSubstr("expected a key"));
}

/// How many events are read in steps of so many bytes, or why none is; and how many steps it took.
std::string in_steps(std::string_view text, Format format, std::size_t bytes, std::size_t& steps) {
  DecodeOptions options = test_options();
  options.limits.events_max = 100;
  Decoding decoding(body_of(text), format, options);
  for (steps = 1; !decoding.step(bytes);) ++steps;
  const auto decoded = decoding.take();
  if (!decoded) return decoded.error().message();
  std::string told;
  for (const event::Row& row : decoded->batch.rows) told += std::string(row.id) + ' ';
  for (const std::string& fault : faults_of(*decoded)) told += fault + ' ';
  return told;
}

TEST(Decoding, InStepsGivesWhatItGivesAtOnce) {
  std::string array = "[";
  std::string lines;
  for (int i = 0; i < 100; ++i) {
    const std::string event = i % 7 == 3 ? "{\"a\":1}" : good("e" + std::to_string(i));
    array += (i == 0 ? "" : " ,") + event;
    lines += event + "\n" + (i % 5 == 0 ? "\n" : "");
  }
  const std::string objects = R"({"events":)" + array + "]";
  for (const std::string& text :
       {array + "]", array, array + ",1]", array + "]x", objects + "}", objects + R"(,"a":1})",
        objects + "]", lines, lines + "1", lines + "{", good("a"), std::string("[]"),
        std::string("[ "), std::string(R"({"events":[]})"), std::string(" ")}) {
    for (const Format format : {Format::Json, Format::Ndjson}) {
      std::size_t steps = 0;
      const std::string whole = in_steps(text, format, text.size() + 1, steps);
      EXPECT_EQ(steps, 1U) << text;
      for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{1'000}}) {
        EXPECT_EQ(in_steps(text, format, bytes, steps), whole) << text;
      }
    }
  }
}

TEST(Decoding, AStepReadsAboutAsMuchAsItIsTold) {
  std::string array = "[" + good("e");
  for (int i = 1; i < 100; ++i) array += "," + good("e");
  std::size_t steps = 0;
  in_steps(array + "]", Format::Json, 1, steps);
  EXPECT_EQ(steps, 100U);
  in_steps(array + "]", Format::Json, array.size() / 10, steps);
  EXPECT_GE(steps, 9U);
  EXPECT_LE(steps, 11U);
  in_steps(std::string(10'000, '\n') + "1", Format::Ndjson, 1'000, steps);
  EXPECT_GE(steps, 10U);
}

}  // namespace
}  // namespace tidemark::wire
