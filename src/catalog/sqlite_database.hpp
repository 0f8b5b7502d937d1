#pragma once

/// The catalog's database in the embedded profile: a file of SQLite in the data folder.

#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "catalog/database.hpp"
#include "clients/sqlite/connection.hpp"

namespace tidemark::catalog {

/// Its name in the data folder.
inline constexpr const char* kSqliteFile = "catalog.sqlite";

/// Several processes may use the file at one time: a service, and a command on the same folder.
class SqliteDatabase final : public Database {
 public:
  /// Makes the file if it is not there; its folder must be. Corrupt: it is no database.
  static base::Result<std::unique_ptr<Database>> open(const std::filesystem::path& file,
                                                      const clients::sqlite::Options& options = {});

  using Database::run;
  base::Result<Rows> run(const std::string& sql, std::span<const Value> values) override;
  base::Status run_script(const std::string& sql) override;
  base::Status transaction(Access access, const Body& body) override;
  base::Result<bool> has_table(const std::string& name) override;
  [[nodiscard]] std::string_view id_type() const override;

 private:
  SqliteDatabase(const std::filesystem::path& file, clients::sqlite::Connection connection);

  std::string doing_;  ///< before each error
  clients::sqlite::Connection connection_;
};

}  // namespace tidemark::catalog
