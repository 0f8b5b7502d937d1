#pragma once

/// Statements that count together or not at all.

#include "base/result.hpp"
#include "clients/postgres/connection.hpp"

namespace tidemark::clients::postgres {

/// Promise:  what was not committed is rolled back when it goes. Where that cannot be said to the
///           server the connection is not usable any more, and the server does it by itself.
/// Lifetime: ends before its connection.
class Transaction {
 public:
  /// `begin` may name a kind: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".
  static base::Result<Transaction> begin(Connection& connection,
                                         const std::string& begin = "BEGIN");
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  base::Status commit();
  /// Where the last statements and their COMMIT went in one pipeline, its answer being checked.
  void committed() { connection_ = nullptr; }

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}

  Connection* connection_;  // null: nothing is left to roll back
};

/// To a COMMIT in a transaction that a failed statement has ended the server answers ROLLBACK, and
/// no error.
base::Status check_committed(const Rows& answer);

}  // namespace tidemark::clients::postgres
