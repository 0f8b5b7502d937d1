#pragma once

/// Statements that take effect together or not at all.

#include "base/result.hpp"
#include "clients/postgres/connection.hpp"

namespace tidemark::clients::postgres {

/// Promise:  its destructor rolls back what was not committed. If the server cannot be told, the
///           connection is not usable any more, and the server rolls back by itself.
/// Lifetime: must end before its connection.
class Transaction {
 public:
  /// `begin` may name a kind: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY".
  static base::Result<Transaction> begin(Connection& connection,
                                         const std::string& begin = "BEGIN");
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  base::Status commit();
  /// Call it if the last statements and their COMMIT went in one pipeline and its answer was
  /// checked.
  void committed() { connection_ = nullptr; }

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}

  Connection* connection_;  // null: there is nothing to roll back
};

/// In a transaction that a failed statement has ended, the server answers a COMMIT with ROLLBACK
/// and without an error.
base::Status check_committed(const Rows& answer);

}  // namespace tidemark::clients::postgres
