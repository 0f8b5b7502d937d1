// Which heads leave no doubt where their request ends and whom it asks.

#include "http/network/head_check.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace tidemark::http::network {
namespace {

using Fields = std::vector<HeaderField>;

/// The status of the refusal, 0 where there is none.
int fault(const Fields& fields, bool http_1_0 = false) {
  Request request;
  request.http_1_0 = http_1_0;
  request.fields = fields;
  const auto problem = fault_of_lines(request);
  return problem ? problem->status : 0;
}

/// What is left of a target; the status where it is refused.
std::string cut(std::string_view target, Method method = Method::Get) {
  Request request;
  request.method = method;
  request.target = target;
  const auto problem = fault_of_target(request, 200);
  return problem ? std::to_string(problem->status) : std::string(request.target);
}

TEST(Authority, IsANameOrAnAddressWithOrWithoutAPort) {
  for (const char* good :
       {"x", "localhost", "example.org", "example.org.", "a-b_c.example", "127.0.0.1",
        "127.0.0.1:8080", "example.org:0", "example.org:65535", "example.org:", "[::1]",
        "[::1]:8080", "[2001:db8::ffff:1.2.3.4]", "xn--bcher-kva.example", "a%2db", "UPPER"}) {
    EXPECT_TRUE(is_authority(good)) << good;
  }
  const std::string long_name(256, 'a');
  for (const std::string& bad : std::vector<std::string>{
           "",       " ",       "a b",           "a b/c@d",       "a/b",  "user@host", "a@b",
           "a?b",    "a#b",     "a\\b",          "a:b",           "a:-1", "a:+1",      "a:65536",
           "a:1:2",  "a:1 ",    "a:99999999999", ":80",           "[",    "[]",        "[::1",
           "[::1]x", "[::1]:x", "[1.2.3.4]",     "[::1%eth0]",    "::1",  "a%2",       "a%zz",
           "a%",     "<a>",     "a\"b",          "b\xc3\xbc.org", "a\tb", "http://a",  "a,b c",
           long_name}) {
    EXPECT_FALSE(is_authority(bad)) << bad;
  }
}

TEST(Lines, ARequestHasOneHostThatCouldBeOne) {
  EXPECT_EQ(fault({{"Host", "a:80"}}), 0);
  EXPECT_EQ(fault({{"hOST", "a"}}), 0);
  EXPECT_EQ(fault({}), 400);
  EXPECT_EQ(fault({}, true), 0) << "HTTP/1.0 knew none";
  EXPECT_EQ(fault({{"Host", ""}}), 400);
  EXPECT_EQ(fault({{"Host", "a b/c@d"}}), 400);
  EXPECT_EQ(fault({{"Host", "a b/c@d"}}, true), 400);
  EXPECT_EQ(fault({{"Host", "a"}, {"Host", "a"}}), 400);
  EXPECT_EQ(fault({{"Host", "a"}, {"host", "b"}}, true), 400);
}

TEST(Lines, TheEndOfABodyIsSaidOnceAndPlainly) {
  const auto with = [](Fields fields, bool http_1_0 = false) {
    fields.push_back({"Host", "a"});
    return fault(fields, http_1_0);
  };
  const std::string_view te = "Transfer-Encoding";
  const std::string_view cl = "Content-Length";
  EXPECT_EQ(with({{te, "chunked"}}), 0);
  EXPECT_EQ(with({{"TRANSFER-ENCODING", "Chunked"}}), 0);
  EXPECT_EQ(with({{cl, "0"}}), 0);
  EXPECT_EQ(with({{cl, "0012"}}), 0);
  for (const char* bad : {"", ",", "chunked,", ",chunked", "chunked, chunked", "chunked, gzip",
                          "gzip,, chunked", " , "}) {
    EXPECT_EQ(with({{te, bad}}), 400) << bad;
  }
  for (const char* unknown : {"gzip", "gzip, chunked", "identity", "xchunked", "chunked;q=1",
                              "\"chunked\"", "chunked\x0b"}) {
    EXPECT_EQ(with({{te, unknown}}), 501) << unknown;
  }
  EXPECT_EQ(with({{te, "chunked"}}, true), 501);
  EXPECT_EQ(with({{te, "chunked"}, {te, "chunked"}}), 400);
  EXPECT_EQ(with({{te, ""}, {cl, "4"}}), 400);
  EXPECT_EQ(with({{cl, "4"}, {te, "chunked"}}), 400);
  EXPECT_EQ(with({{te, "chunked"}, {cl, "4"}}), 400);
  EXPECT_EQ(with({{te, "identity"}, {cl, "4"}}), 400);
  EXPECT_EQ(with({{cl, "4"}, {cl, "4"}}), 400);
  for (const char* bad :
       {"", "4, 4", "4,4", "4 4", "+4", "-4", "0x4", "4.0", "4e1", "four", "4;"}) {
    EXPECT_EQ(with({{cl, bad}}), 400) << bad;
  }
}

TEST(Target, TheAbsoluteFormIsCutDownToItsPath) {
  EXPECT_EQ(cut("/a?b"), "/a?b");
  EXPECT_EQ(cut("//a"), "//a");
  EXPECT_EQ(cut("http://host/a?b=http://c/d"), "/a?b=http://c/d");
  EXPECT_EQ(cut("HTTPS://host:443/a"), "/a");
  EXPECT_EQ(cut("http://[::1]:80/a"), "/a");
  EXPECT_EQ(cut("http://host"), "/");
  EXPECT_EQ(cut("http://host?a=1"), "?a=1");
  EXPECT_EQ(cut("*", Method::Options), "*");
  EXPECT_EQ(cut("http://host", Method::Options), "*");
  EXPECT_EQ(cut("http://host/", Method::Options), "/");
}

TEST(Target, WhatNamesNoHostOrNoPathIsRefused) {
  for (const char* bad : {"https://", "http://", "http:///a", "http://?a", "http://a b/c",
                          "http://user@host/a", "http://user:secret@host/a", "http://host:port/a",
                          "http://[::1/a", "http://:80/a", "http:/a", "http:a", "ftp://host/a",
                          "host:80", "host", "*", "?a=1", "/a#b", "http://host/a#b"}) {
    EXPECT_EQ(cut(bad), "400") << bad;
  }
  EXPECT_EQ(cut("/" + std::string(200, 'a')), "414");
}

}  // namespace
}  // namespace tidemark::http::network
