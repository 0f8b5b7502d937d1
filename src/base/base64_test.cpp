// Bytes to text and back; what nobody can have written is told from what somebody has.

#include "base/base64.hpp"

#include <gtest/gtest.h>

namespace tidemark::base {
namespace {

TEST(Base64, WritesWhatTheSpecificationDoesWithoutPadding) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
  EXPECT_EQ(to_base64("\xfb\xff"), "-_8");
}

TEST(Base64, EveryByteComesBack) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
}

TEST(Base64, WhatNobodyCanHaveWrittenIsNothing) {
  for (const char* text : {"Z", "Zm9vY", "Zg==", "Zh", "Zm+v", "Zm/v", "Z m", "Zm9v\n"}) {
    EXPECT_FALSE(from_base64(text)) << text;
  }
}

}  // namespace
}  // namespace tidemark::base
