#pragma once

/// Answers of any length, some rows at a time.

#include <cstddef>
#include <span>
#include <string>

#include "base/result.hpp"
#include "clients/postgres/connection.hpp"

namespace tidemark::clients::postgres {

/// Errors:   as Connection's; after one there is nothing more to read.
/// Lifetime: within a Transaction of the connection; other statements may run in between. One of
///           each name at a time.
/// Cost:     the memory of `rows_at_once` rows, and a round trip for as many.
class Cursor {
 public:
  struct Options {
    std::string name = "tidemark_cursor";
    std::size_t rows_at_once = 1'000;
  };

  static base::Result<Cursor> open(Connection& connection, const std::string& sql,
                                   std::span<const Value> values, const Options& options);

  /// The next rows; none at the end, where the cursor is closed.
  base::Result<Rows> next();

 private:
  Cursor(Connection& connection, const Options& options);

  Connection* connection_;
  std::string fetch_;
  std::string close_;
};

}  // namespace tidemark::clients::postgres
