#pragma once

/// Statements that take effect together or not at all.

#include <cstdint>

#include "base/result.hpp"
#include "clients/sqlite/connection.hpp"

namespace tidemark::clients::sqlite {

/// Promise:  its destructor rolls back what was not committed.
/// Lifetime: must end before its connection.
class Transaction {
 public:
  enum class Kind : std::uint8_t {
    Read,   ///< sees one state from its first statement on
    Write,  ///< waits at its beginning until no other connection writes: no later step can find
            ///< that somebody else was first
  };

  static base::Result<Transaction> begin(Connection& connection, Kind kind);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  /// After an error nothing has changed; if the disk failed at the very end, all may have.
  base::Status commit();

 private:
  explicit Transaction(Connection& connection) : connection_(&connection) {}

  Connection* connection_;  // null: moved from
};

}  // namespace tidemark::clients::sqlite
