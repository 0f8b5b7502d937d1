// Whatever comes in, no control character goes out to a screen, and what goes out is UTF-8.

#include "base/printable.hpp"

#include <random>

#include <gtest/gtest.h>

namespace tidemark::base {
namespace {

TEST(Printable, OrdinaryTextStaysAsItIs) {
  for (const char* text :
       {"", "purchase", "a b\\c\"d", "Öl für 12 €", "покупка", "購入", "👩‍👩‍👧"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, WhatActsOnATerminalIsShown) {
  EXPECT_EQ(printable("\x1b]0;owned\x07"), "\\x1b]0;owned\\x07");
  EXPECT_EQ(printable("a\nb\r\tc"), "a\\nb\\r\\tc");
  EXPECT_EQ(printable(std::string_view("\0\x7f", 2)), "\\x00\\x7f");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\u009b31m")
      << "C1 as a code point";
  EXPECT_EQ(printable("\x9b"
                      "31m"),
            "\\x9b31m")
      << "C1 as a byte";
}

TEST(Printable, WhatTurnsOrBreaksLinesIsShown) {
  const struct {
    const char* text;
    const char* shown;
  } cases[] = {{"\u202e", "\\u202e"}, {"\u202a", "\\u202a"}, {"\u2066", "\\u2066"},
               {"\u2069", "\\u2069"}, {"\u200e", "\\u200e"}, {"\u200f", "\\u200f"},
               {"\u061c", "\\u061c"}, {"\u2028", "\\u2028"}, {"\u2029", "\\u2029"}};
  for (const auto& [text, shown] : cases) EXPECT_EQ(printable(text), shown);
}

TEST(Printable, BytesThatAreNotUtf8AreShown) {
  EXPECT_EQ(printable("caf\xe9"), "caf\\xe9");
  EXPECT_EQ(printable("\xff\xfe"), "\\xff\\xfe");
  EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "overlong";
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "a surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "beyond Unicode";
  EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82") << "cut short";
  EXPECT_EQ(printable("\xe2(\xa1"), "\\xe2(\\xa1");
}

TEST(Printable, LinesStayWhereTheyMay) {
  EXPECT_EQ(printable_lines("a\nb\x1b\r\n"), "a\nb\\x1b\\r\n");
}

TEST(Printable, JsonMeansTheSame) {
  EXPECT_EQ(printable_json("{\"a\":\"\xc2\x9b\x7f\u202eö\\n\"}"),
            "{\"a\":\"\\u009b\\u007f\\u202eö\\n\"}");
  EXPECT_EQ(printable_json("{\n\t\"a\": \"\xff\"}"), "{  \"a\": \"\\ufffd\"}");
}

TEST(Printable, JsonTextShowsWhatJsonCannotSay) {
  std::string out;
  append_json_escaped(out, "a\"b\\c\x1b\n\x7f\xff\xc2\x85é");
  EXPECT_EQ(out, "a\\\"b\\\\c\\u001b\\n\\u007f\\\\xff\\u0085é");
}

TEST(Printable, AColumnCountsCharacters) {
  EXPECT_EQ(width_of("Öl für"), 6U);
  EXPECT_EQ(width_of(""), 0U);
}

/// The slow way to see whether a text is UTF-8 without anything that acts.
::testing::AssertionResult is_harmless(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) {
      return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    const unsigned lead = byte(i);
    const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    unsigned long point = bytes == 1 ? lead : lead & ((1U << (7 - bytes)) - 1);
    for (std::size_t k = 1; k < bytes; ++k) {
      if (byte(i + k) >> 6U != 2) return ::testing::AssertionFailure() << "no UTF-8 at " << i;
      point = point * 64 + byte(i + k) % 64;
    }
    const bool least = (bytes < 2 || point >= 0x80) && (bytes < 3 || point >= 0x800) &&
                       (bytes < 4 || point >= 0x10000);
    if ((lead >= 0x80 && lead < 0xc0) || lead > 0xf4 || !least || point > 0x10ffff ||
        (point >= 0xd800 && point <= 0xdfff)) {
      return ::testing::AssertionFailure() << "no UTF-8 at " << i;
    }
    if (point < 32 || (point >= 127 && point <= 0x9f) || (point >= 0x202a && point <= 0x202e) ||
        (point >= 0x2066 && point <= 0x2069) || point == 0x200e || point == 0x200f ||
        point == 0x61c || point == 0x2028 || point == 0x2029) {
      return ::testing::AssertionFailure() << "U+" << std::hex << point << " at " << std::dec << i;
    }
    i += bytes;
  }
  return ::testing::AssertionSuccess();
}

/// Any bytes, with the interesting ones more often than chance has it.
std::string any_bytes(std::mt19937_64& random) {
  constexpr std::string_view kPieces[] = {"\x1b[31m",         "\xc2\x9b", "\xe2\x80\xae",
                                          "\xe2\x81\xa6",     "\xd8\x9c", "\xe2\x80\xa8",
                                          "\xf0\x9f\x91\xa9", "\xe2\x80", "\xed\xa0\x80",
                                          "\xf4\x90\x80\x80", "\r\n",     "\"\\"};
  std::string text;
  for (auto left = random() % 40; left > 0; --left) {
    if (random() % 3 == 0) {
      text += kPieces[random() % std::size(kPieces)];
    } else {
      text += static_cast<char>(random());
    }
  }
  return text;
}

TEST(Printable, OfAnyBytesNothingThatActsGoesOut) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = any_bytes(random);
    ASSERT_TRUE(is_harmless(printable(bytes)));
    ASSERT_TRUE(is_harmless(printable_json(bytes)));
    std::string json;
    append_json_escaped(json, bytes);
    ASSERT_TRUE(is_harmless(json));
    std::string lines = printable_lines(bytes);
    std::erase(lines, '\n');
    ASSERT_TRUE(is_harmless(lines));
    ASSERT_EQ(printable(printable(bytes)), printable(bytes)) << "it is printable already";
  }
}

}  // namespace
}  // namespace tidemark::base
