#pragma once

/// Reads answers of any length, some rows at a time.

#include <cstddef>
#include <span>
#include <string>

#include "base/result.hpp"
#include "clients/postgres/connection.hpp"

namespace tidemark::clients::postgres {

/// Errors:   as Connection's; after an error there is nothing more to read.
/// Lifetime: within a Transaction of the connection; other statements may run in between. Only one
///           cursor per name at a time.
/// Cost:     the memory of `rows_at_once` rows, and one round trip for them.
class Cursor {
 public:
  struct Options {
    std::string name = "tidemark_cursor";
    std::size_t rows_at_once = 1'000;
  };

  static base::Result<Cursor> open(Connection& connection, const std::string& sql,
                                   std::span<const Value> values, const Options& options);

  /// The next rows; none at the end, when the cursor is closed.
  base::Result<Rows> next();

 private:
  Cursor(Connection& connection, const Options& options);

  Connection* connection_;
  std::string fetch_;
  std::string close_;
};

}  // namespace tidemark::clients::postgres
