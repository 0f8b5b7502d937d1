#pragma once

/// The answer of a query, one chunk at a time.

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "clients/duckdb/chunk.hpp"
#include "clients/duckdb/value.hpp"

namespace tidemark::clients::duckdb {

/// Threads:  one at a time.
/// Lifetime: must end before its connection does, and before the connection runs another query.
class Rows {
 public:
  Rows(Handle result, void* connection, Stop stop);

  [[nodiscard]] std::size_t columns() const;
  [[nodiscard]] std::string name(std::size_t column) const;
  [[nodiscard]] Type type(std::size_t column) const;

  /// The next chunk (never an empty one), or null at the end. It is valid until the next call.
  /// Errors: as Connection's.
  base::Result<const Chunk*> next();

 private:
  Handle result_;
  void* connection_;
  Stop stop_;
  std::optional<Chunk> chunk_;
};

}  // namespace tidemark::clients::duckdb
