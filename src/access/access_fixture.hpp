#pragma once

/// A catalog in a folder of the test's own, and keys in it.

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "access/key_text.hpp"
#include "base/clock.hpp"
#include "catalog/catalog.hpp"
#include "catalog/sqlite_database.hpp"

namespace tidemark::access {

struct AccessTest : testing::Test {
  AccessTest() : folder(::mkdtemp(pattern.data())) {
    auto database = catalog::SqliteDatabase::open(folder / catalog::kSqliteFile);
    EXPECT_TRUE(database);
    auto opened = catalog::Catalog::open(std::move(*database), clock);
    EXPECT_TRUE(opened);
    catalog = std::move(*opened);
  }
  ~AccessTest() override {
    catalog.reset();
    std::filesystem::remove_all(folder);
  }

  event::ProjectId make_project(const std::string& name) {
    const auto made = catalog->create_project(author, name, {});
    EXPECT_TRUE(made);
    return made ? made->id : event::ProjectId::Default;
  }

  struct Given {
    std::string text;
    std::uint64_t id = 0;
  };
  /// A key that is in the catalog; the digest of the rest is set here.
  Given give(catalog::NewKey key) {
    const auto made = make_key(key.kind);
    key.digest = made.digest;
    const auto added = catalog->add_key(author, key);
    EXPECT_TRUE(added);
    return {made.text, added ? added->id : 0};
  }

  std::string pattern = std::filesystem::temp_directory_path() / "tidemark-access-XXXXXX";
  std::filesystem::path folder;
  base::ManualClock clock{1'790'000'000 * base::kMicrosPerSecond};
  std::unique_ptr<catalog::Catalog> catalog;
  const catalog::Author author{.who = "test"};
};

}  // namespace tidemark::access
