// A form is read as the events that it means, or refused in words.

#include "wire/form.hpp"

#include <random>

#include <gtest/gtest.h>

namespace tidemark::wire {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded;charset=UTF-8";
constexpr std::string_view kParts = "multipart/form-data; boundary=----B0";

std::string read(std::string_view content_type, const std::string& bytes) {
  const auto kind = form_kind_of(content_type);
  if (!kind) return "another kind";
  const auto owner = std::make_shared<std::string>(bytes);
  const auto events = events_of_form(*kind, content_type, {.text = *owner, .owner = owner});
  return events ? std::string(events->text) : "error: " + events.error().message();
}

std::string part(const std::string& lines, const std::string& content) {
  return "------B0\r\n" + lines + "\r\n\r\n" + content + "\r\n";
}

std::string named(const std::string& name, const std::string& content) {
  return part("Content-Disposition: form-data; name=\"" + name + "\"", content);
}

TEST(Form, KindsAreToldByTheirNames) {
  EXPECT_EQ(form_kind_of("Multipart/Form-Data; boundary=x"), FormKind::Multipart);
  EXPECT_EQ(form_kind_of("application/x-www-form-urlencoded"), FormKind::UrlEncoded);
  for (const char* other : {"", "application/json", "text/plain", "multipart/mixed"}) {
    EXPECT_FALSE(form_kind_of(other)) << other;
  }
}

TEST(Form, AFormHasItsEventsInAField) {
  EXPECT_EQ(read(kForm, "events=%5B%7B%22a%22%3A%22b+c%22%7D%5D"), "[{\"a\":\"b c\"}]");
  EXPECT_EQ(read(kForm, "x=1&event=%7B%7D&y"), "{}");
  EXPECT_EQ(read(kForm, "data={}&data={}"), "{}\n{}");
  EXPECT_EQ(read(kForm, " [{\"a\":\"b&c=d\"}]"), " [{\"a\":\"b&c=d\"}]") << "of curl -d";
  EXPECT_EQ(read(kForm, "payload={}"), "{}") << "the only field, whatever its name";
  EXPECT_EQ(read(kForm, "events=100%&a=%4"), "100%");
  EXPECT_EQ(read(kParts, named("x", "1") + named("events", "[{\r\n}]") + "------B0--\r\n"),
            "[{\r\n}]");
  EXPECT_EQ(read(kParts, part("content-type: application/json\r\nContent-Disposition: form-data; "
                              "name=\"events\"; filename=\"blob\"",
                              "{}") +
                             "------B0--"),
            "{}");
  EXPECT_EQ(read("multipart/form-data; charset=utf-8; boundary=\"----B0\"",
                 "preamble\r\n" + named("events", "{}") + "------B0--epilogue"),
            "{}");
}

TEST(Form, AFormMayBeOneEvent) {
  EXPECT_EQ(read(kForm,
                 "event_id=1&occurred_at=2025-08-01T10%3A00%3A00%2B00%3A00&user_id=42&event_type="
                 "a%22b%0A&properties=%7B%22n%22%3A1%7D"),
            R"({"event_id":"1","occurred_at":"2025-08-01T10:00:00+00:00","user_id":"42",)"
            R"("event_type":"a\"b\u000a","properties":{"n":1}})");
  EXPECT_EQ(read(kForm, "event_id=1&occurred_at=1754042400000&properties="),
            R"({"event_id":"1","occurred_at":1754042400000})");
  EXPECT_EQ(read(kParts, named("event_id", "1") + named("user_id", "{}") + "------B0--"),
            R"({"event_id":"1","user_id":"{}"})");
}

TEST(Form, WhatCannotBeReadIsToldInWords) {
  for (const auto& bytes :
       std::vector<std::string>{"", "a=1&b=2", "a=1", "events=", "event_id=1&x=2"}) {
    EXPECT_TRUE(read(kForm, bytes).starts_with("error: the form has no events")) << bytes;
  }
  for (const auto& bytes : std::vector<std::string>{
           "", "{}", "------B0", "------B0\r\n", "------B0 x\r\n", named("events", "{}"),
           part("Content-Disposition: form-data", "{}") + "------B0--", "------B0\r\nx: y"}) {
    EXPECT_TRUE(read(kParts, bytes).starts_with("error: the form cannot be read")) << bytes;
  }
  for (const char* type : {"multipart/form-data",
                           "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a"}) {
    EXPECT_TRUE(read(type, "--\r\n").starts_with("error: ")) << type;
  }
  std::string many;
  for (int i = 0; i < 1'001; ++i) many += "a&";
  EXPECT_NE(read(kForm, many).find("1000 fields"), std::string::npos);
}

TEST(Form, AFormHasABound) {
  const std::string large(1'048'577, 'a');
  const auto owner = std::make_shared<std::string>("events=" + large);
  const auto form = events_of_form(FormKind::UrlEncoded, kForm, {.text = *owner, .owner = owner});
  ASSERT_FALSE(form);
  EXPECT_EQ(form.error().code(), base::ErrorCode::TooLarge);
}

TEST(Form, OfAnyBytesSomethingComes) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::string whole = named("events", "{}") + named("a", "b") + "------B0--\r\n";
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = whole.substr(0, random() % (whole.size() + 1));
    for (auto left = random() % 4; left > 0 && !bytes.empty(); --left) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    std::ignore = read(kParts, bytes);
    std::ignore = read(kForm, bytes);
    std::ignore = read("multipart/form-data;" + bytes.substr(0, 30), whole);
  }
}

}  // namespace
}  // namespace tidemark::wire
