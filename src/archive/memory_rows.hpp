#pragma once

/// Rows in memory, one after another, as the table `tidemark_rows()` of one DuckDB instance.

#include <functional>
#include <memory>
#include <span>

#include "archive/segment_writer.hpp"
#include "base/result.hpp"
#include "clients/duckdb/database.hpp"

namespace tidemark::archive {

/// Called with each piece of rows when the piece is handed to DuckDB.
using PieceWatcher = std::function<void(const event::ProjectRows& piece)>;

/// The table has one reader at a time, which gets all rows in order.
///
/// Threads:  only the query that reads it.
class MemoryRows {
 public:
  /// Registers the table in the database of `connection`.
  base::Status register_at(clients::duckdb::Connection& connection);

  /// Sets the table's rows until the next call; they must stay where they are meanwhile.
  void set(std::span<const event::ProjectRows> pieces, PieceWatcher watcher);

 private:
  struct Content;
  class Source;
  std::shared_ptr<Content> content_;
};

}  // namespace tidemark::archive
