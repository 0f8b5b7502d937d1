// What an error reply means to the caller, and what of it is told.

#include "clients/redis/reply.hpp"

#include <gtest/gtest.h>

namespace tidemark::clients::redis {
namespace {

using base::ErrorCode;

base::Error error_of(std::string text) {
  return error_from({.kind = Reply::Kind::Error, .text = std::move(text)});
}

TEST(ReplyTest, TheFirstWordTellsWhatToDo) {
  EXPECT_EQ(error_of("OOM command not allowed").code(), ErrorCode::Overloaded);
  EXPECT_EQ(error_of("NOGROUP No such key").code(), ErrorCode::NotFound);
  EXPECT_EQ(error_of("NOSCRIPT No matching script").code(), ErrorCode::NotFound);
  EXPECT_EQ(error_of("BUSYGROUP exists").code(), ErrorCode::Conflict);
  EXPECT_EQ(error_of("WRONGTYPE Operation").code(), ErrorCode::Conflict);
  for (const auto* text : {"LOADING dataset", "READONLY replica", "MISCONF disk", "NOAUTH needed",
                           "WRONGPASS invalid", "ERR syntax error", "OOMPH", ""}) {
    EXPECT_EQ(error_of(text).code(), ErrorCode::Unavailable) << text;
  }
}

TEST(ReplyTest, TheServersWordsAreToldButNotTheArgumentsThatItRepeats) {
  EXPECT_EQ(error_of("LOADING Redis is loading").message(), "Redis: LOADING Redis is loading");
  EXPECT_EQ(error_of("ERR unknown command 'AUTH', with args beginning with: 'secret' ").message(),
            "Redis: ERR unknown command 'AUTH'");
}

TEST(ReplyTest, ALongTextIsCutAndABreakInItIsNone) {
  const auto message = error_of("ERR a\r\nb" + std::string(1'000, 'x')).message();
  EXPECT_LE(message.size(), kErrorBytesMax + 10);
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST(ReplyTest, AnErrorIsKnownByItsWholeFirstWord) {
  const Reply reply{.kind = Reply::Kind::Error, .text = "NOSCRIPT No matching script"};
  EXPECT_TRUE(reply.is_error("NOSCRIPT"));
  EXPECT_FALSE(reply.is_error("NO"));
  EXPECT_FALSE((Reply{.kind = Reply::Kind::Text, .text = "NOSCRIPT"}.is_error("NOSCRIPT")));
}

}  // namespace
}  // namespace tidemark::clients::redis
