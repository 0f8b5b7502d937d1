#pragma once

/// Rows in memory, one after another, as the table `tidemark_rows()` of one DuckDB instance.

#include <functional>
#include <memory>
#include <span>

#include "archive/segment_writer.hpp"
#include "base/result.hpp"
#include "clients/duckdb/database.hpp"

namespace tidemark::archive {

/// Sees each piece of rows as it is handed to DuckDB.
using PieceWatcher = std::function<void(const event::ProjectRows& piece)>;

/// The table has one reader at a time, which gets everything in order.
///
/// Threads:  none but the query that reads it.
class MemoryRows {
 public:
  /// Teaches `connection`'s database the table.
  base::Status register_at(clients::duckdb::Connection& connection);

  /// What the table is until the next call; the rows stay where they are meanwhile.
  void set(std::span<const event::ProjectRows> pieces, PieceWatcher watcher);

 private:
  struct Content;
  class Source;
  std::shared_ptr<Content> content_;
};

}  // namespace tidemark::archive
