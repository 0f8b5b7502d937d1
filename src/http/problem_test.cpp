// Problems and the JSON they are written in: always well-formed, whatever bytes a client sent.

#include "http/problem.hpp"

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "http/json_writer.hpp"
#include "http/percent.hpp"

namespace tidemark::http {
namespace {

TEST(Problem, CarriesItsErrorsAndMoreMembers) {
  Problem problem{.status = 422, .code = "all_rejected", .title = "No event was accepted"};
  problem.members = R"("accepted":0,"position":null)";
  problem.errors = {{"occurred_at", "bad_timestamp", "no", R"("index":3,"event_id":"a")"}};
  EXPECT_EQ(render(problem, "r1"),
            R"({"type":"urn:tidemark:problem:all_rejected","title":"No event was accepted",)"
            R"("status":422,"code":"all_rejected","request_id":"r1","accepted":0,"position":null,)"
            R"("errors":[{"index":3,"event_id":"a","field":"occurred_at","code":"bad_timestamp",)"
            R"("message":"no"}]})");
}

TEST(Json, AnyBytesBecomeWellFormedText) {
  for (const std::string bad : {"\xff", "a\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\xaf"}) {
    EXPECT_FALSE(is_utf8(bad));
    std::string out;
    append_json_string(out, bad);
    EXPECT_TRUE(is_utf8(out)) << out;
  }
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "é€😀";
  std::string out;
  append_json_string(out, all);
  EXPECT_EQ(boost::json::parse(out).as_string(), all);
}

TEST(Json, NumbersReadBackTheSame) {
  JsonWriter json;
  json.begin_array().value(1.0).value(0.3889).value(1e300).value(0.0 / 0.0).value(-7).value(true);
  json.value(std::uint64_t{18446744073709551615ULL}).end_array();
  EXPECT_EQ(json.text(), "[1.0,0.3889,1e+300,null,-7,true,18446744073709551615]");
}

TEST(Percent, WhatCannotBeDecodedIsRefused) {
  for (const char* bad : {"%", "%4", "%zz", "a%2"}) EXPECT_FALSE(percent_decode(bad)) << bad;
  EXPECT_EQ(percent_decode("%41+%2b", true), "A +");
  EXPECT_EQ(percent_decode(percent_encode("a/b c\xff+~")), "a/b c\xff+~");
}

}  // namespace
}  // namespace tidemark::http
