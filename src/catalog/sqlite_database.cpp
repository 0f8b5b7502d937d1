#include "catalog/sqlite_database.hpp"

#include <type_traits>

#include "base/check.hpp"
#include "clients/sqlite/transaction.hpp"

namespace tidemark::catalog {

using clients::sqlite::Connection;
using clients::sqlite::Transaction;

static_assert(std::is_same_v<Rows, clients::sqlite::Rows>);

base::Result<std::unique_ptr<Database>> SqliteDatabase::open(
    const std::filesystem::path& file, const clients::sqlite::Options& options) {
  auto connection = Connection::open(file, options);
  if (!connection) return connection.error();
  return std::unique_ptr<Database>(new SqliteDatabase(file, std::move(*connection)));
}

SqliteDatabase::SqliteDatabase(const std::filesystem::path& file, Connection connection)
    : doing_("the catalog in " + file.string()), connection_(std::move(connection)) {}

base::Result<Rows> SqliteDatabase::run(const std::string& sql, std::span<const Value> values) {
  auto rows = connection_.exec(sql, values);
  if (!rows) return rows.error().while_doing(doing_);
  return rows;
}

base::Status SqliteDatabase::run_script(const std::string& sql) {
  TIDEMARK_CHECK(connection_.in_transaction());
  if (auto done = connection_.run(sql); !done) return done.error().while_doing(doing_);
  return base::ok;
}

base::Status SqliteDatabase::transaction(Access access, const Body& body) {
  TIDEMARK_CHECK(!connection_.in_transaction());
  const auto kind = access == Access::Change ? Transaction::Kind::Write : Transaction::Kind::Read;
  auto transaction = Transaction::begin(connection_, kind);
  if (!transaction) return transaction.error().while_doing(doing_);
  if (auto done = body(); !done) return done;
  if (auto committed = transaction->commit(); !committed) {
    return committed.error().while_doing(doing_);
  }
  return base::ok;
}

base::Result<bool> SqliteDatabase::has_table(const std::string& name) {
  auto rows = run("SELECT name FROM sqlite_master WHERE type = 'table' AND name = $1", {name});
  if (!rows) return rows.error();
  return !rows->empty();
}

std::string_view SqliteDatabase::id_type() const { return "INTEGER PRIMARY KEY AUTOINCREMENT"; }

}  // namespace tidemark::catalog
