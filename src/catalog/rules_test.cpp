// Which texts the catalog takes.

#include "catalog/rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "catalog/catalog.hpp"
#include "catalog/json_text.hpp"

namespace tidemark::catalog {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(CatalogRules, AProjectsNameStandsInAPath) {
  for (const auto* good : {"a", "web", "web-2", "a--"}) {
    EXPECT_THAT(fault_of_project_name(good), IsEmpty()) << good;
  }
  EXPECT_THAT(fault_of_project_name(std::string(64, 'a')), IsEmpty());
  for (const auto* bad : {"", "2web", "-web", "Web", "we b", "we_b", "wéb", "web/", "web\n"}) {
    EXPECT_THAT(fault_of_project_name(bad), HasSubstr("1 to 64 of a-z, 0-9 and -")) << bad;
  }
  EXPECT_THAT(fault_of_project_name(std::string(65, 'a')), Not(IsEmpty()));
}

TEST(CatalogRules, WhatIsRefusedIsShownWithoutHarmAndNotWhole) {
  EXPECT_THAT(fault_of_project_name("\x1b[2J"), HasSubstr("received \"\\x1b[2J\""));
  EXPECT_LT(fault_of_project_name(std::string(100'000, 'A')).size(), 300U);
}

TEST(CatalogRules, ATextIsUtf8OfOneLine) {
  for (const auto* good : {"", "The web", "Ünïcode – 統計", "\"quotes\" \\"}) {
    EXPECT_THAT(fault_of_text("a title", good), IsEmpty()) << good;
  }
  for (const auto* bad : {"a\nb", "\x7f", "\xff", "\xed\xa0\x80", "\xe2\x80\xae"}) {
    EXPECT_THAT(fault_of_text("a title", bad), HasSubstr("expected a title in UTF-8")) << bad;
  }
  EXPECT_THAT(fault_of_text("a title", std::string_view("a\0b", 3)), Not(IsEmpty()));
  EXPECT_THAT(fault_of_text("a title", std::string(kTextMax, 'x')), IsEmpty());
  EXPECT_THAT(fault_of_text("a title", std::string(kTextMax + 1, 'x')), HasSubstr("200 bytes"));
}

TEST(CatalogRules, AZoneIsKnownOrEmpty) {
  EXPECT_THAT(fault_of_timezone(""), IsEmpty());
  EXPECT_THAT(fault_of_timezone("America/New_York"), IsEmpty());
  for (const auto* bad : {"+03:00", "europe/kyiv", "../etc/passwd"}) {
    EXPECT_THAT(fault_of_timezone(bad), HasSubstr("expected an IANA time zone")) << bad;
  }
}

TEST(CatalogRules, AnOriginIsWhatABrowserSends) {
  for (const auto* good :
       {"*", "https://app.example", "http://localhost:8080", "https://[2001:db8::1]:8443",
        "chrome-extension://abcdefgh", "https://xn--mnchen-3ya.example"}) {
    EXPECT_THAT(fault_of_origin(good), IsEmpty()) << good;
  }
  for (const auto* bad :
       {"", "null", "app.example", "https://", "://app.example", "https://app.example/",
        "https://app.example/path", "https://App.example", "https://*.example", "https://a b",
        "https://user@app.example", "https://app.example?x", "https://münchen.example"}) {
    EXPECT_THAT(fault_of_origin(bad), HasSubstr("such as https://app.example")) << bad;
  }
  EXPECT_THAT(fault_of_origin("https://" + std::string(kTextMax, 'a')), Not(IsEmpty()));
}

TEST(CatalogJson, AListComesBackAsItWas) {
  const Texts list{"", "a\"b\\", "ü\n", "\xf0\x9f\x8c\x8a"};
  EXPECT_EQ(list_of_text(text_of_list(list)), list);
  EXPECT_EQ(text_of_list({}), "[]");
  for (const auto* bad : {"", "{}", "[1]", "[\"a\"", "[null]", "[\"a\"] x"}) {
    EXPECT_FALSE(list_of_text(bad)) << bad;
  }
}

TEST(CatalogJson, MembersKeepTheirOrder) {
  EXPECT_EQ(text_of_object({}), "{}");
  EXPECT_EQ(text_of_object({{"z", "1"}, {"a", Texts{"x", "y"}}}), R"({"z":"1","a":["x","y"]})");
}

}  // namespace
}  // namespace tidemark::catalog
