#include "clients/postgres/transaction.hpp"

#include <cassert>
#include <utility>

namespace tidemark::clients::postgres {

base::Result<Transaction> Transaction::begin(Connection& connection, const std::string& begin) {
  if (auto begun = connection.begin(begin); !begun) return begun.error();
  return Transaction(connection);
}

base::Status check_committed(const Rows& answer) {
  if (answer.command() == "COMMIT") return base::ok;
  return base::Error(base::ErrorCode::Unavailable,
                     "the transaction was rolled back: a statement of it had failed");
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
  if (connection_ == nullptr) return;
  const auto rolled_back = connection_->run("ROLLBACK");
  static_cast<void>(rolled_back);  // else the connection is lost or not `usable`, which tells it
}

base::Status Transaction::commit() {
  assert(connection_ != nullptr && "it is committed once");
  Connection& connection = *std::exchange(connection_, nullptr);
  auto answer = connection.exec("COMMIT");
  if (!answer) return answer.error();
  return check_committed(*answer);
}

}  // namespace tidemark::clients::postgres
