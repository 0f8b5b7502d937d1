// One text for all who are being given it, and none when nobody is.

#include "query/shared_texts.hpp"

#include <gtest/gtest.h>

namespace tidemark::query {
namespace {

TEST(SharedTexts, WhoAsksWhileItIsGivenGetsTheSameText) {
  SharedTexts texts;
  EXPECT_EQ(texts.find("a"), nullptr);
  const auto first = texts.put("a", "text");
  EXPECT_EQ(texts.find("a"), first);
  EXPECT_EQ(texts.put("a", "text"), first);
  EXPECT_EQ(texts.find("b"), nullptr);
}

TEST(SharedTexts, NothingIsKeptThatNobodyIsBeingGiven) {
  SharedTexts texts;
  {
    const auto given = texts.put("a", "old");
  }
  EXPECT_EQ(texts.find("a"), nullptr);
  EXPECT_EQ(*texts.put("a", "new"), "new");
}

}  // namespace
}  // namespace tidemark::query
