// Settings that have the right form and still cannot be used.

#include "app/setting_checks.hpp"

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
