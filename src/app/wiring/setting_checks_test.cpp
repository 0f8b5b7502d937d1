// Settings that have the right form and still cannot be used.

#include "app/wiring/setting_checks.hpp"

#include <gtest/gtest.h>

#include "config/settings.hpp"

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

TEST(SettingChecks, ACommandIsStoppedByTheSettingsThatItUsesAlone) {
  for (const char* command : {"stats", "import", "verify", "migrate", "dlq", "version", "worker"}) {
    EXPECT_FALSE(uses_setting(command, "port")) << command;
    EXPECT_TRUE(uses_setting(command, "log_level")) << command;
  }
  for (const char* command : {"stats", "serve", "migrate", "version"}) {
    EXPECT_FALSE(uses_setting(command, "worker_port")) << command;
  }
  EXPECT_TRUE(uses_setting("serve", "port"));
  EXPECT_TRUE(uses_setting("worker", "worker_port"));
  EXPECT_TRUE(uses_setting("migrate", "ledger"));
  EXPECT_TRUE(uses_setting("dlq", "journal"));
  EXPECT_TRUE(uses_setting("stats", "timezone"));
  for (const auto& row : config::setting_rows()) EXPECT_TRUE(uses_setting("config", row.name));
}

TEST(SettingChecks, APasswordThatIsNotEncodedIsToldAsThatAndNotRepeated) {
  for (const char* bad :
       {"postgres://ana:se@cret@host/events", "postgres://ana:se/cret@host/events",
        "postgres://ana:se%cret@host/events", "postgresql://ana:se%zzcret@host"}) {
    const auto told = setting_expectation("ledger", bad);
    ASSERT_TRUE(told) << bad;
    EXPECT_NE(told->find("percent-encoded"), std::string::npos) << *told;
    EXPECT_EQ(told->find("cret"), std::string::npos) << *told;
  }
  for (const char* name : {"journal", "cache"}) {
    const auto told = setting_expectation(name, "redis://:se%cret@host");
    ASSERT_TRUE(told);
    EXPECT_NE(told->find("a % is written %25"), std::string::npos) << *told;
    EXPECT_EQ(told->find("cret"), std::string::npos) << *told;
    for (const char* good :
         {"rediss://host?ca=/ca.pem", "redis+sentinel://one,two/mymaster", "redis://one,two:1/3"}) {
      EXPECT_FALSE(setting_expectation(name, good)) << good;
    }
  }
  for (const char* good :
       {"postgres://host/events", "postgres://ana:se%40cret@one:1,two:2/events?sslmode=require",
        "postgres://host/events?user=ana%40b", "postgres://ana:se:c?ret@host/events"}) {
    EXPECT_FALSE(setting_expectation("ledger", good)) << good;
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
