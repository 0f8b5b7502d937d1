// A body may be read beyond its end, by a parser that looks ahead, however it has grown.

#include "http/body.hpp"

#include <gtest/gtest.h>

namespace tidemark::http {
namespace {

void expect_padded(const Body& body) {
  for (std::size_t i = 0; i < Body::kPadding; ++i) EXPECT_EQ(body.data()[body.size() + i], 0);
}

TEST(Body, IsPaddedHoweverItGrew) {
  Body body;
  body.append("");
  expect_padded(body);
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    const std::string piece(static_cast<std::size_t>(i), static_cast<char>('a' + i % 26));
    body.append(piece);
    expected += piece;
    expect_padded(body);
  }
  EXPECT_EQ(body.view(), expected);
  body.reserve(10'000);
  std::memcpy(body.data() + body.size(), "xyz", 3);
  body.grow_by(3);
  EXPECT_EQ(body.view(), expected + "xyz");
  expect_padded(body);
}

TEST(Body, KeepsItsAddressWhenItMoves) {
  Body body{"abc"};
  const char* const address = body.data();
  const Body taken = std::move(body);
  EXPECT_EQ(taken.data(), address);
  EXPECT_EQ(taken.view(), "abc");
}

}  // namespace
}  // namespace tidemark::http
