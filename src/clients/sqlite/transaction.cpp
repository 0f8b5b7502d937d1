#include "clients/sqlite/transaction.hpp"

#include <utility>

namespace tidemark::clients::sqlite {

base::Result<Transaction> Transaction::begin(Connection& connection, Kind kind) {
  auto begun = connection.run(kind == Kind::Write ? "BEGIN IMMEDIATE" : "BEGIN");
  if (!begun) return begun.error();
  return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  // Some failures, a full disk among them, have rolled back already.
  if (connection_ == nullptr || !connection_->in_transaction()) return;
  const auto rolled_back = connection_->run("ROLLBACK");
  static_cast<void>(rolled_back);  // else the journal stays, and the next to open it rolls back
}

base::Status Transaction::commit() { return connection_->run("COMMIT"); }

}  // namespace tidemark::clients::sqlite
