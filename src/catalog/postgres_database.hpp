#pragma once

/// The catalog's database in the server profile: tables beside the ledger's in PostgreSQL.

#include <memory>
#include <optional>

#include "base/result.hpp"
#include "catalog/database.hpp"
#include "clients/postgres/connection.hpp"

namespace tidemark::catalog {

/// One connection, which is made anew at the next call after it was lost.
///
/// Promise:  changes of all processes take turns: each holds an advisory lock up to its commit.
/// Errors:   Unavailable also where the server did not answer, or others did not let go, in the
///           times of the options. If a commit fails with Unavailable, it is unknown whether it
///           took effect.
class PostgresDatabase final : public Database {
 public:
  /// Connects, so that a wrong address is told at once. The server must be a primary. A time of
  /// zero in `options`, which is no bound, becomes the default.
  static base::Result<std::unique_ptr<Database>> open(clients::postgres::Options options);

  using Database::run;
  base::Result<Rows> run(const std::string& sql, std::span<const Value> values) override;
  base::Status run_script(const std::string& sql) override;
  base::Status transaction(Access access, const Body& body) override;
  base::Result<bool> has_table(const std::string& name) override;
  [[nodiscard]] std::string_view id_type() const override;

 private:
  using Connection = clients::postgres::Connection;

  explicit PostgresDatabase(clients::postgres::Options options) : options_(std::move(options)) {}
  /// The connection of the transaction under way, or else one that is usable.
  base::Result<Connection*> connected();
  base::Status run_transaction(Connection& connection, Access access, const Body& body);

  clients::postgres::Options options_;
  std::optional<Connection> connection_;
  bool in_transaction_ = false;
};

}  // namespace tidemark::catalog
