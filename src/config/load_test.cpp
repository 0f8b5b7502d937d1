// Which source of a setting wins, and that a wrong one is told with its place.

#include "config/load.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace tidemark::config {
namespace {

struct LoadTest : testing::Test {
  std::filesystem::path folder;

  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "tidemark-config-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::string write(const std::string& text) const {
    const auto path = folder / "t.toml";
    std::ofstream(path) << text;
    return path;
  }
  static auto environment(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
      const auto found = values.find(name);
      if (found == values.end()) return std::nullopt;
      return found->second;
    };
  }
};

TEST_F(LoadTest, AFlagWinsOverTheEnvironmentAndThatOverTheFile) {
  const auto file = write("port = 1\nhost = \"a\"\nlog_level = \"error\"\n");
  auto loaded = load({.flags = {{"port", "3"}},
                      .environment = environment({{"TIDEMARK_PORT", "2"}, {"TIDEMARK_HOST", "b"}}),
                      .file = file});
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->settings.port, 3);
  EXPECT_EQ(loaded->settings.host, "b");
  EXPECT_EQ(loaded->settings.log_level, "error");
  EXPECT_EQ(loaded->origins.at("port"), Origin::Flag);
  EXPECT_EQ(loaded->origins.at("host"), Origin::Environment);
  EXPECT_EQ(loaded->origins.at("log_level"), Origin::File);
  EXPECT_EQ(loaded->origins.at("data_dir"), Origin::Default);
}

TEST_F(LoadTest, AWrongValueIsToldWithItsPlaceAndWhatWasExpected) {
  auto loaded =
      load({.flags = {}, .environment = environment({{"TIDEMARK_PORT", "http"}}), .file = {}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message(),
            "environment variable TIDEMARK_PORT: port must be a whole number from 0 to 65535, "
            "received \"http\"");
}

TEST_F(LoadTest, AValueThatTheCallerCannotUseIsToldLikeOneOfTheWrongForm) {
  const Sources sources{.flags = {{"timezone", "Foo/Bar"}},
                        .environment = environment({{"TIDEMARK_HOST", "::1"}}),
                        .file = write(""),
                        .expectation = [](std::string_view name, const std::string&) {
                          return name == "timezone" ? std::optional<std::string>("a zone")
                                                    : std::nullopt;
                        }};
  auto loaded = load(sources);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message(),
            "flag --timezone: timezone must be a zone, received \"Foo/Bar\"");
}

TEST_F(LoadTest, AnUnknownNameInTheFileIsAnError) {
  auto loaded = load({.flags = {}, .environment = {}, .file = write("prot = 1\n")});
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message().find("unknown setting \"prot\"; did you mean port?"),
            std::string::npos)
      << loaded.error().message();
}

TEST_F(LoadTest, AFlagWinsBeforeTheVariableIsRead) {
  const auto loaded = load({.flags = {{"port", "3"}},
                            .environment = environment({{"TIDEMARK_PORT", "http"}}),
                            .file = write("")});
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->settings.port, 3);
  EXPECT_EQ(loaded->origins.at("port"), Origin::Flag);
}

TEST_F(LoadTest, WhatKubernetesSetsForAServiceOfOurNameIsPassedOverWithOneWarning) {
  // As a cluster sets them for Services named tidemark, tidemark-worker and tidemark-redis-0.
  std::map<std::string, std::string> given;
  for (const std::string service : {"TIDEMARK", "TIDEMARK_WORKER", "TIDEMARK_REDIS_0"}) {
    given[service + "_SERVICE_HOST"] = "10.96.0.12";
    given[service + "_SERVICE_PORT"] = "8080";
    given[service + "_SERVICE_PORT_HTTP_ADMIN"] = "8080";
    given[service + "_PORT"] = "tcp://10.96.0.12:8080";
    for (const std::string protocol : {"TCP", "UDP", "SCTP"}) {
      const auto port = service + "_PORT_8080_" + protocol;
      given[port] = "tcp://[fd00::12]:8080";
      given[port + "_PROTO"] = "tcp";
      given[port + "_PORT"] = "8080";
      given[port + "_ADDR"] = "10.96.0.12";
    }
  }
  std::vector<std::string> names;
  for (const auto& [name, value] : given) names.push_back(name);
  const auto loaded =
      load({.flags = {}, .environment = environment(given), .file = write(""), .variables = names});
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->settings.port, Settings().port);
  EXPECT_EQ(loaded->settings.worker_port, Settings().worker_port);
  EXPECT_EQ(loaded->origins.at("port"), Origin::Default);
  ASSERT_EQ(loaded->warnings.size(), 1U);
  EXPECT_TRUE(loaded->warnings[0].starts_with("TIDEMARK_PORT, TIDEMARK_WORKER_PORT"))
      << loaded->warnings[0];
}

TEST_F(LoadTest, AVariableThatNoSettingHasIsToldWithTheNearest) {
  const std::vector<std::string> names{"HOME",
                                       "TIDEMARK_DATADIR",
                                       "TIDEMARK_DATA_DIR",
                                       "TIDEMARK_WORKER_CONCURENCY",
                                       "TIDEMARK_SHARED",
                                       "TIDEMARK_CONTRACT_SEED",
                                       "TIDEMARK_REDIS_PORT",
                                       "TIDEMARK_"};
  const auto loaded = load({.flags = {},
                            .environment = environment({{"TIDEMARK_DATA_DIR", "d"}}),
                            .file = write(""),
                            .variables = names});
  ASSERT_TRUE(loaded) << loaded.error().message();
  ASSERT_EQ(loaded->warnings.size(), 4U);
  EXPECT_TRUE(loaded->warnings[0].ends_with(
      "TIDEMARK_DATADIR does not belong to a setting; did you mean TIDEMARK_DATA_DIR?"))
      << loaded->warnings[0];
  EXPECT_TRUE(loaded->warnings[1].ends_with("did you mean TIDEMARK_WORKER_CONCURRENCY?"))
      << loaded->warnings[1];
}

TEST_F(LoadTest, WhatTheCallerDoesNotUseStopsNobody) {
  Sources sources{.flags = {},
                  .environment = environment({{"TIDEMARK_PORT", "http"}}),
                  .file = write("worker_port = -1\n"),
                  .uses = [](std::string_view name) { return name == "ledger"; }};
  const auto loaded = load(sources);
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->settings.port, Settings().port);
  sources.flags = {{"port", "http"}};
  EXPECT_FALSE(load(sources)) << "what is typed is meant";
}

TEST_F(LoadTest, AValueOfAnotherTypeIsToldWithItsLineAndWhatWasExpected) {
  const struct {
    const char* line;
    const char* says;
  } cases[] = {
      {"data_dir = 5", "data_dir must be a text in quotes, received a whole number without quotes"},
      {"data_dir = true", "data_dir must be a text in quotes, received true or false"},
      {"data_dir = [\"a\"]", "data_dir must be a text in quotes, received a list"},
      {"host = 1.5", "host must be a text in quotes, received a fraction"},
      {"timezone = 2025-08-01", "timezone must be a text in quotes, received a date or a time"},
      {"cors_origins = [\"https://a\"]", "cors_origins must be a text in quotes, received a list"},
      {"log_format = 1", "log_format must be one of text json, in quotes, received a whole number"},
      {"log_format = \"xml\"", "log_format must be one of text json, received \"xml\""},
      {"port = \"x\"", "port must be a whole number from 0 to 65535, received \"x\""},
      {"port = true", "port must be a whole number from 0 to 65535, received true or false"},
      {"port = 80.5", "port must be a whole number from 0 to 65535, received a fraction"},
      {"port = [80]", "port must be a whole number from 0 to 65535, received a list"},
      {"port = 70000", "port must be a whole number from 0 to 65535, received \"70000\""},
      {"access_log = 1", "access_log must be true or false, received a whole number"},
      {"access_log = \"maybe\"", "access_log must be true or false, received \"maybe\""},
      {"[port]\na = 1", "port must be a whole number from 0 to 65535, received a table"},
      {"ledger = 5", "ledger must be a text in quotes, received a whole number"},
      {"nothing = 5", "unknown setting \"nothing\""},
  };
  for (const auto& [line, says] : cases) {
    auto loaded = load({.flags = {}, .environment = {}, .file = write("\n\n" + std::string(line))});
    ASSERT_FALSE(loaded) << line;
    EXPECT_EQ(loaded.error().code(), base::ErrorCode::InvalidInput) << line;
    const std::string& message = loaded.error().message();
    EXPECT_TRUE(message.starts_with((folder / "t.toml").string() + ":3: " + says))
        << line << ": " << message;
  }
}

TEST_F(LoadTest, TheFileMayWriteANumberAsATextForItsUnit) {
  auto loaded = load({.flags = {},
                      .environment = {},
                      .file = write("body_bytes_max = \"2MiB\"\nport = \"80\"\nhost = \"::1\"\n"
                                    "access_log = false\nrate_limit_loopback = \"yes\"\n")});
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->settings.body_bytes_max, 2 * kMiB);
  EXPECT_EQ(loaded->settings.port, 80);
  EXPECT_FALSE(loaded->settings.access_log);
  EXPECT_TRUE(loaded->settings.rate_limit_loopback);
}

TEST_F(LoadTest, SizesMayBeWrittenWithTheirUnit) {
  auto loaded = load({.flags = {{"body_bytes_max", "2MiB"}}, .environment = {}, .file = write("")});
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->settings.body_bytes_max, 2 * kMiB);
}

TEST_F(LoadTest, EveryDefaultLiesWithinItsOwnBounds) {
  const Settings defaults;
  for (const auto& row : setting_rows()) {
    if (const auto* number = std::get_if<std::int64_t Settings::*>(&row.member)) {
      EXPECT_GE(defaults.**number, row.min) << row.name;
      EXPECT_LE(defaults.**number, row.max) << row.name;
    }
  }
}

TEST_F(LoadTest, ASmallCgroupLowersTheBoundsThatNobodyHasSet) {
  auto loaded = load(
      {.flags = {{"columnar_memory_max", "2GiB"}},
       .environment = environment({}),
       .file = {},
       .memory_limit = [] { return MemoryLimit{.bytes = 1024 * kMiB, .source = "the cgroup"}; }});
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->settings.memory_max, 768 * kMiB);
  EXPECT_LT(loaded->settings.tail_bytes_max, 128 * kMiB);
  EXPECT_EQ(loaded->settings.columnar_memory_max, 2048 * kMiB);
}

TEST_F(LoadTest, AMemoryThatIsTooSmallToWorkWithIsRefused) {
  auto loaded =
      load({.flags = {{"memory_max", "100MiB"}}, .environment = environment({}), .file = {}});
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().message(),
            "memory_max must be 0, or at least 256MiB; received 104857600 bytes");
}

}  // namespace
}  // namespace tidemark::config
