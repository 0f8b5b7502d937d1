// Whatever bytes a client puts into what is logged, a line stays one line, of UTF-8 without a
// control character, and in JSON it stays JSON.

#include "telemetry/log.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace tidemark::telemetry {
namespace {

std::string text(std::string_view value) {
  return text_of(Format::Text, "request", {{"target", value}});
}

std::string json(std::string_view value) {
  return text_of(Format::Json, "request", {{"target", value}});
}

TEST(Log, PlainValuesStandAsTheyAreAndOthersInQuotes) {
  EXPECT_EQ(text("/events?limit"), "request target=/events?limit");
  EXPECT_EQ(text("a b"), "request target=\"a b\"");
  EXPECT_EQ(text("a=b"), "request target=\"a=b\"");
  EXPECT_EQ(text(""), "request target=\"\"");
  EXPECT_EQ(json("a b"), R"("message":"request","target":"a b")");
}

TEST(Log, WhatIsNotUtf8OrActsOnAScreenIsShown) {
  EXPECT_EQ(text("/caf\xe9"), "request target=\"/caf\\\\xe9\"");
  EXPECT_EQ(json("/caf\xe9"), R"("message":"request","target":"/caf\\xe9")");
  EXPECT_EQ(json("\xff\x1b[2J\u202e\xc2\x9b"),
            R"("message":"request","target":"\\xff\u001b[2J\u202e\u009b")");
  EXPECT_EQ(text("a\nforged"), "request target=\"a\\nforged\"");
  EXPECT_EQ(text_of(Format::Text, "of a file \x1b]0;x\x07\n"), "of a file \\x1b]0;x\\x07\\n");
  EXPECT_EQ(text_of(Format::Json, "caf\xe9 \"x\""), R"("message":"caf\\xe9 \"x\"")");
}

TEST(Log, WhatIsNotANumberIsNullInJson) {
  EXPECT_EQ(text_of(Format::Json, "m", {{"a", std::nan("")}, {"b", 1.5}, {"c", true}}),
            R"("message":"m","a":null,"b":1.5,"c":true)");
}

TEST(Log, OfAnyBytesOneLineOfPrintableTextComesOut) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (auto left = random() % 30; left > 0; --left) bytes += static_cast<char>(random());
    for (const std::string& line :
         {text(bytes), json(bytes), text_of(Format::Text, bytes), text_of(Format::Json, bytes)}) {
      for (const char c : line) {
        ASSERT_FALSE(static_cast<unsigned char>(c) < 0x20 || c == 0x7f) << line;
      }
      ASSERT_EQ(line.find("\xc2\x80"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace tidemark::telemetry
