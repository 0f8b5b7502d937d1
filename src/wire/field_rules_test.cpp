// Each rule of api.md section 1 for each field, kept and broken, in JSON.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "event/limits.hpp"
#include "wire/decode_testing.hpp"

namespace tidemark::wire {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// An event whose one member is replaced; an empty value leaves the member out.
std::string event_with(std::string_view field, std::string_view value) {
  std::string json = "{";
  const auto add = [&](std::string_view name, std::string_view usual) {
    const std::string_view text = name == field ? value : usual;
    if (text.empty()) return;
    if (json.size() > 1) json += ',';
    json += '"' + std::string(name) + "\":" + std::string(text);
  };
  add("event_id", R"("e1")");
  add("occurred_at", R"("2025-08-01T10:00:00Z")");
  add("user_id", R"("u1")");
  add("event_type", R"("login")");
  add("properties", "{}");
  return json + "}";
}

std::vector<std::string> faults_with(std::string_view field, std::string_view value) {
  const auto decoded = decode_json(event_with(field, value));
  if (!decoded) return {decoded.error().message()};
  return faults_of(*decoded);
}

std::string message_with(std::string_view field, std::string_view value) {
  const auto decoded = decode_json(event_with(field, value));
  return decoded && !decoded->faults.empty() ? decoded->faults[0].message : "";
}

event::Row row_with(std::string_view field, std::string_view value) {
  static std::vector<Decoded> kept;  // rows point into them
  auto decoded = decode_json(event_with(field, value));
  EXPECT_TRUE(decoded) << decoded.error().message();
  if (!decoded || decoded->batch.rows.size() != 1) {
    ADD_FAILURE() << event_with(field, value) << " gave no row";
    return {};
  }
  kept.push_back(std::move(*decoded));
  return kept.back().batch.rows[0];
}

std::string quoted(std::size_t bytes) { return '"' + std::string(bytes, 'x') + '"'; }

TEST(FieldRules, AGoodEventBecomesARow) {
  const event::Row row = row_with("", "");
  EXPECT_EQ(row.id, "e1");
  EXPECT_EQ(row.user_id, "u1");
  EXPECT_EQ(row.event_type, "login");
  EXPECT_EQ(row.properties, "{}");
  EXPECT_EQ(row.occurred_at, kTestNow);
  EXPECT_EQ(row.id_hash, test_hasher().hash(event::ProjectId::Default, "e1"));
}

TEST(FieldRules, ARequiredFieldThatIsNotThereIsMissing) {
  EXPECT_THAT(faults_with("event_id", ""), ElementsAre("0 event_id missing_field"));
  EXPECT_THAT(faults_with("occurred_at", ""), ElementsAre("0 occurred_at missing_field"));
  EXPECT_THAT(faults_with("user_id", ""), ElementsAre("0 user_id missing_field"));
  EXPECT_THAT(faults_with("event_type", ""), ElementsAre("0 event_type missing_field"));
  EXPECT_EQ(row_with("properties", "").properties, "{}");
}

TEST(FieldRules, AValueOfAnotherTypeIsTold) {
  for (const auto* field : {"event_id", "occurred_at", "user_id", "event_type"}) {
    for (const auto* value : {"true", "false", "null", "[]", "{}", "[1]"}) {
      EXPECT_THAT(faults_with(field, value), ElementsAre("0 " + std::string(field) + " wrong_type"))
          << value;
    }
  }
  EXPECT_THAT(faults_with("event_id", "1"), ElementsAre("0 event_id wrong_type"));
  EXPECT_THAT(faults_with("event_type", "1"), ElementsAre("0 event_type wrong_type"));
  EXPECT_THAT(faults_with("user_id", "1.0"), ElementsAre("0 user_id wrong_type"));
  EXPECT_THAT(faults_with("user_id", "1e3"), ElementsAre("0 user_id wrong_type"));
  EXPECT_THAT(message_with("user_id", "null"), HasSubstr("is null; a string of 1 to 256 bytes"));
}

TEST(FieldRules, TextsHaveTheirBounds) {
  EXPECT_THAT(faults_with("event_id", R"("")"), ElementsAre("0 event_id empty"));
  EXPECT_THAT(faults_with("user_id", R"("")"), ElementsAre("0 user_id empty"));
  EXPECT_THAT(faults_with("event_type", R"("")"), ElementsAre("0 event_type empty"));
  EXPECT_THAT(faults_with("event_id", quoted(201)), ElementsAre("0 event_id too_long"));
  EXPECT_THAT(faults_with("user_id", quoted(257)), ElementsAre("0 user_id too_long"));
  EXPECT_THAT(faults_with("event_type", quoted(129)), ElementsAre("0 event_type too_long"));
  EXPECT_THAT(faults_with("user_id", std::string(257, '1')), ElementsAre("0 user_id too_long"));
  EXPECT_EQ(row_with("event_id", quoted(200)).id.size(), 200U);
  EXPECT_EQ(row_with("user_id", quoted(256)).user_id.size(), 256U);
  EXPECT_EQ(row_with("event_type", quoted(128)).event_type.size(), 128U);
}

TEST(FieldRules, BoundsAreInBytesOfWhatTheTextMeans) {
  std::string umlauts = "\"";
  for (int i = 0; i < 65; ++i) umlauts += "ü";
  EXPECT_THAT(faults_with("event_type", umlauts + '"'), ElementsAre("0 event_type too_long"));
  std::string escapes = "\"";
  for (int i = 0; i < 128; ++i) escapes += R"(\u0061)";
  EXPECT_EQ(row_with("event_type", escapes + '"').event_type, std::string(128, 'a'));
}

TEST(FieldRules, AUuidIsStoredSmallAndAnotherIdAsSent) {
  const event::Row row = row_with("event_id", R"("7B5ED1EB-83df-4255-A283-87FD4140B95E")");
  EXPECT_EQ(row.id, "7b5ed1eb-83df-4255-a283-87fd4140b95e");
  EXPECT_EQ(row.id_hash, test_hasher().hash(event::ProjectId::Default, row.id));
  EXPECT_EQ(row_with("event_id", R"("Order-A")").id, "Order-A");
  EXPECT_EQ(row_with("event_id", R"("{7B5ED1EB-83df-4255-A283-87FD4140B95E}")").id,
            "{7B5ED1EB-83df-4255-A283-87FD4140B95E}");
  EXPECT_EQ(row_with("event_id", R"(" ")").id, " ");
}

TEST(FieldRules, AnIntegerUserKeepsItsDigits) {
  for (const std::string digits : {"0", "1", "-5", "-0", "12345678901234567890123456789012345"}) {
    EXPECT_EQ(row_with("user_id", digits).user_id, digits);
  }
  EXPECT_EQ(row_with("user_id", R"("00001")").user_id, "00001");
}

TEST(FieldRules, AnInstantIsRfc3339OrMilliseconds) {
  EXPECT_EQ(row_with("occurred_at", "1754042400123").occurred_at, kTestNow + 123'000);
  EXPECT_EQ(row_with("occurred_at", R"("2025-08-01 13:00:00+03:00")").occurred_at, kTestNow);
  EXPECT_EQ(row_with("occurred_at", R"("2025-08-01T10:00:00\u005a")").occurred_at, kTestNow);
  for (const auto* bad :
       {R"("")", R"("2025-08-01")", R"("2025-08-01T10:00Z")", R"("tomorrow")", "1754042400",
        "1754042400000.5", "1.75e12", "-1754042400000", "0", R"("1754042400000")"}) {
    EXPECT_THAT(faults_with("occurred_at", bad), ElementsAre("0 occurred_at bad_timestamp")) << bad;
  }
  for (const auto* bad : {R"("1969-12-31T23:59:59Z")", R"("2201-01-01T00:00:00Z")",
                          "9999999999999999999999", R"("2025-08-02T10:00:00.000001Z")"}) {
    EXPECT_THAT(faults_with("occurred_at", bad), ElementsAre("0 occurred_at out_of_range")) << bad;
  }
  EXPECT_EQ(row_with("occurred_at", R"("2025-08-02T10:00:00Z")").occurred_at,
            kTestNow + base::kMicrosPerDay);
  EXPECT_THAT(message_with("occurred_at", "1754042400"), HasSubstr("seconds?"));
  EXPECT_THAT(message_with("occurred_at", R"("tomorrow")"), HasSubstr(R"(received "tomorrow")"));
}

TEST(FieldRules, ATextThatNoTextCanHoldIsBadText) {
  for (const auto* field : {"event_id", "occurred_at", "user_id", "event_type"}) {
    for (const auto* bad : {R"("\u0000")", R"("a\ud800")", R"("\udc00b")",
                            R"("\ud800\ud800\udc00")", R"("\ud83dx\ude00")"}) {
      EXPECT_THAT(faults_with(field, bad), ElementsAre("0 " + std::string(field) + " bad_text"))
          << bad;
    }
  }
  EXPECT_EQ(row_with("user_id", R"("\ud83d\ude00\u00fc\"\\\/\b\f\n\r\t")").user_id,
            "\xF0\x9F\x98\x80\xC3\xBC\"\\/\b\f\n\r\t");
}

TEST(FieldRules, UnknownAndRepeatedFieldsAreTold) {
  EXPECT_THAT(faults_of(*decode_json(R"({"event_id":"a","occurred_at":1754042400000,"user_id":"u",
      "event_type":"t","user_id":"v","userId":"w","":1})")),
              ElementsAre("0 user_id repeated_field", "0 userId unknown_field", "0 unknown_field"));
  const auto decoded = decode_json(R"({"event_id":"a","timestamp":1754042400000})");
  EXPECT_THAT(decoded->faults[0].message, HasSubstr("did you mean occurred_at?"));
}

TEST(FieldRules, AKeyIsKnownByWhatItMeans) {
  const auto decoded = decode_json(R"({"event\u005fid":"a","\u006fccurred_at":1754042400000,)"
                                   R"("user_i\u0064":"u","event_type":"t"})");
  ASSERT_TRUE(decoded);
  ASSERT_EQ(decoded->batch.rows.size(), 1U);
  EXPECT_EQ(decoded->batch.rows[0].id, "a");
  EXPECT_THAT(faults_of(*decode_json(R"({"event_id":"a","occurred_at":1754042400000,"user_id":"u",
      "event_type":"t","event\u005fid":"b","\ud800":1})")),
              ElementsAre("0 event_id repeated_field", R"(0 \ud800 bad_text)",
                          R"(0 \ud800 unknown_field)"));
}

TEST(FieldRules, EachFaultOfAnEventIsToldWithItsId) {
  const auto decoded = decode_json(
      R"([{"event_id":"a","occurred_at":"x","user_id":"","event_type":7,"properties":[]},
          {"occurred_at":1754042400000,"user_id":"u","event_type":"t"}])");
  ASSERT_TRUE(decoded);
  EXPECT_THAT(
      faults_of(*decoded),
      ElementsAre("0 occurred_at bad_timestamp", "0 user_id empty", "0 event_type wrong_type",
                  "0 properties not_an_object", "1 event_id missing_field"));
  EXPECT_EQ(decoded->faults[3].event_id, "a");
  EXPECT_EQ(decoded->faults[4].event_id, "");
}

}  // namespace
}  // namespace tidemark::wire
