// That a renewed request has other ids, users within bounds, and its length still fits.

#include "app/bench/request_template.hpp"

#include <set>

#include <gtest/gtest.h>

namespace tidemark::app::bench {
namespace {

std::vector<std::string> values_of(const std::string& text, const std::string& field) {
  const std::string mark = "\"" + field + "\":\"";
  std::vector<std::string> values;
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + 1)) {
    const auto begin = at + mark.size();
    values.push_back(text.substr(begin, text.find('"', begin) - begin));
  }
  return values;
}

struct RequestTemplateTest : testing::Test {
  Generator events{{.events = 1'000, .users = 50}};
  UserPicker users{50, 1};
};

TEST_F(RequestTemplateTest, EverySendingHasIdsOfItsOwn) {
  RequestTemplate first({.batch_events = 20, .number = 1}, events, users);
  RequestTemplate second({.batch_events = 20, .number = 2}, events, users);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    for (auto* request : {&first, &second}) {
      request->renew();
      for (const auto& id : values_of(request->bytes(), "event_id")) {
        EXPECT_EQ(id.size(), 36U);
        EXPECT_TRUE(seen.insert(id).second) << id;
      }
    }
  }
  EXPECT_EQ(seen.size(), 100U * 2 * 20);
}

TEST_F(RequestTemplateTest, IdsLieAllOverTheirRange) {
  RequestTemplate request({.batch_events = 100}, events, users);
  request.renew();
  std::set<char> first_digits;
  for (const auto& id : values_of(request.bytes(), "event_id")) first_digits.insert(id.front());
  EXPECT_GT(first_digits.size(), 12U);
}

TEST_F(RequestTemplateTest, UsersChangeAndStayBelowTheirNumber) {
  RequestTemplate request({.batch_events = 100}, events, users);
  std::set<std::string> seen;
  for (int i = 0; i < 20; ++i) {
    request.renew();
    for (const auto& user : values_of(request.bytes(), "user_id")) {
      EXPECT_LT(std::stoul(user.substr(1)), 50U) << user;
      seen.insert(user);
    }
  }
  EXPECT_GT(seen.size(), 25U);
}

TEST_F(RequestTemplateTest, TheLengthIsThatOfTheBody) {
  for (const auto format : {BodyFormat::Array, BodyFormat::Lines}) {
    RequestTemplate request({.format = format, .batch_events = 3}, events, users);
    request.renew();
    const auto& bytes = request.bytes();
    const auto head = bytes.find("\r\n\r\n");
    const std::string mark = "Content-Length: ";
    EXPECT_EQ(std::stoul(bytes.substr(bytes.find(mark) + mark.size())), bytes.size() - head - 4);
    EXPECT_EQ(bytes[head + 4], format == BodyFormat::Array ? '[' : '{');
  }
}

}  // namespace
}  // namespace tidemark::app::bench
