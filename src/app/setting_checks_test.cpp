// Settings that have the right form and still cannot be used.

#include "app/setting_checks.hpp"

#include <gtest/gtest.h>

namespace tidemark::app {
namespace {

TEST(SettingChecks, AZoneMustBeOneThatThereIs) {
  EXPECT_FALSE(setting_expectation("timezone", "Europe/Kyiv"));
  EXPECT_FALSE(setting_expectation("timezone", "UTC"));
  for (const char* bad : {"Foo/Bar", "", "../etc/passwd", "+03:00x"}) {
    EXPECT_TRUE(setting_expectation("timezone", bad)) << bad;
  }
}

TEST(SettingChecks, ABasePathIsWrittenInOneWay) {
  for (const char* good : {"", "/tm", "/a/b-c_d.e~1"}) {
    EXPECT_FALSE(setting_expectation("base_path", good)) << good;
  }
  for (const char* bad : {"/", "tm", "/tm/", "//tm", "/a//b", "/a b", "/a%20b", "/a?b", "/ä"}) {
    EXPECT_TRUE(setting_expectation("base_path", bad)) << bad;
  }
}

TEST(SettingChecks, OriginsMustBeWhatABrowserSends) {
  for (const char* good : {"", "*", "null", "https://app.example", "http://localhost:3000",
                           "https://a.example, http://[::1]:8080,"}) {
    EXPECT_FALSE(setting_expectation("cors_origins", good)) << good;
  }
  for (const char* bad :
       {"app.example", "https://app.example/", "https://app.example/page", "https://*.example",
        "https://", "HTTPS://app.example", "https://a.example;https://b.example/", "http://u@x"}) {
    EXPECT_TRUE(setting_expectation("cors_origins", bad)) << bad;
  }
}

}  // namespace
}  // namespace tidemark::app
