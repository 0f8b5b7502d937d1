#pragma once

/// A catalog for a test, in a file of SQLite or in a database of a real PostgreSQL.

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "base/clock.hpp"
#include "catalog/catalog.hpp"
#include "catalog/postgres_database.hpp"
#include "catalog/sqlite_database.hpp"
#include "support/postgres_server.hpp"

namespace tidemark::catalog {

/// The kind of database that a test runs over.
enum class Over : std::uint8_t { Sqlite, Postgres };

inline std::string name_of_database(const testing::TestParamInfo<Over>& info) {
  return info.param == Over::Sqlite ? "Sqlite" : "Postgres";
}

struct CatalogTest : testing::TestWithParam<Over> {
  CatalogTest() {
    folder = ::mkdtemp(pattern.data());
    if (GetParam() == Over::Postgres) url = testing_support::shared_postgres().new_database();
  }
  ~CatalogTest() override { std::filesystem::remove_all(folder); }

  /// Another process' way to the same database.
  [[nodiscard]] std::unique_ptr<Database> connect() const {
    using namespace std::chrono_literals;
    auto opened = GetParam() == Over::Sqlite
                      ? SqliteDatabase::open(folder / kSqliteFile, {.busy_timeout = 60s})
                      : PostgresDatabase::open({.url = url, .lock_timeout = 60s});
    EXPECT_TRUE(opened) << opened.error().message();
    return std::move(*opened);
  }
  [[nodiscard]] std::unique_ptr<Catalog> open() const {
    auto opened = Catalog::open(connect(), clock);
    EXPECT_TRUE(opened) << opened.error().message();
    return std::move(*opened);
  }

  std::string pattern = std::filesystem::temp_directory_path() / "tidemark-catalog-XXXXXX";
  std::filesystem::path folder;
  std::string url;
  base::ManualClock clock{1'790'000'000 * base::kMicrosPerSecond};
};

/// The value, which must be there.
template <class T>
T got(base::Result<T> result) {
  EXPECT_TRUE(result) << result.error().message();
  return result ? std::move(*result) : T{};
}

/// That it failed so, and what it said.
template <class T>
std::string refused(const base::Result<T>& result, base::ErrorCode code) {
  EXPECT_FALSE(result);
  if (result) return {};
  EXPECT_EQ(result.error().code(), code) << result.error().message();
  return result.error().message();
}

/// A digest that no other number has.
inline KeyDigest digest(unsigned number) {
  KeyDigest digest{};
  digest.front() = std::byte{0xf0};
  digest[30] = static_cast<std::byte>(number >> 8U);
  digest[31] = static_cast<std::byte>(number);
  return digest;
}

/// Inserts `count` rows at once; `i` in `select` is a row's number, from 1 on.
inline std::string many(const std::string& insert, std::size_t count, const std::string& select) {
  return insert + " WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
         std::to_string(count) + ") SELECT " + select + " FROM n";
}

}  // namespace tidemark::catalog
