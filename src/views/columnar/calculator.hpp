#pragma once

/// The DuckDB instance that answers questions, with the functions and tables that it was taught.

#include <cstdint>
#include <filesystem>
#include <memory>

#include "archive/segment_checks.hpp"
#include "base/result.hpp"
#include "clients/duckdb/database.hpp"
#include "query/segment/segment.hpp"
#include "query/sql/queries.hpp"
#include "views/columnar/connection_pool.hpp"
#include "views/columnar/event_source.hpp"
#include "views/columnar/scan_turns.hpp"
#include "views/columnar/segment_function.hpp"
#include "views/columnar/tail_function.hpp"

namespace tidemark::views::columnar {

struct ColumnarOptions {
  std::uint64_t memory_bytes_max = std::uint64_t{1} << 30;
  unsigned threads = 1;             ///< of one query; the caller's thread is one of them
  int nice = 0;                     ///< of the other threads
  std::size_t connections_max = 4;  ///< queries at once; more wait. One per asking thread, or more
  std::size_t working_max = 2;      ///< of these queries, those that work at one time, in turns
  /// Called before files are read; without it files are trusted.
  archive::SegmentChecks* checks = nullptr;
  /// The folder for sorting and grouping when memory is short; empty: such a query is Overloaded.
  std::filesystem::path temporary_folder;
};

/// A segment as a condition of a query, and the objects that must live while the query runs.
struct SegmentCondition {
  std::string text;  ///< empty: every event
  std::vector<std::string> values;
  std::optional<SegmentRegistry::Entry> rest;
};

/// Threads: any.
class Calculator {
 public:
  /// With less than 64 MiB of memory per thread it uses fewer threads and runs fewer queries at
  /// once.
  static base::Result<std::unique_ptr<Calculator>> open(const ColumnarOptions& wanted);

  /// Runs `query` on a connection of the pool and calls `visit(const Chunk&)` for each chunk.
  /// Errors:   as query::Engine's.
  template <class Visit>
  base::Status run(const query::SqlQuery& query, const clients::duckdb::Stop& stop, Visit&& visit) {
    return run(query, stop, &clients::duckdb::Connection::query, visit);
  }
  /// As above, but the answer is made while it is visited: it never exists as a whole.
  template <class Visit>
  base::Status stream(const query::SqlQuery& query, const clients::duckdb::Stop& stop,
                      Visit&& visit) {
    return run(query, stop, &clients::duckdb::Connection::stream, visit);
  }

  /// Ok if the bytes of these files are those that were written. Call it before the files are read.
  /// Errors: as SegmentChecks::require.
  base::Status require(const archive::Manifest& manifest,
                       std::span<const archive::SegmentFile* const> files,
                       const clients::duckdb::Stop& stop) const;

  /// The query calls `stop` after every few rows that it tests against the segment.
  SegmentCondition condition_of(const query::Segment& segment, const clients::duckdb::Stop& stop);
  TailRegistry& tails() { return tails_; }
  ScanTurns& turns() { return turns_; }

 private:
  Calculator(std::unique_ptr<clients::duckdb::Database> database, const ColumnarOptions& options)
      : database_(std::move(database)),
        pool_(*database_, options.connections_max),
        turns_({.working_max = options.working_max}),
        checks_(options.checks) {}

  using Start = base::Result<clients::duckdb::Rows> (clients::duckdb::Connection::*)(
      const std::string& sql, std::span<const clients::duckdb::Value> values,
      const clients::duckdb::Stop& stop);

  template <class Visit>
  base::Status run(const query::SqlQuery& query, const clients::duckdb::Stop& stop, Start start,
                   Visit& visit);
  static base::Error as_engine(const base::Error& error);

  std::unique_ptr<clients::duckdb::Database> database_;
  ConnectionPool pool_;
  ScanTurns turns_;
  archive::SegmentChecks* checks_;
  TailRegistry tails_;
  SegmentRegistry segments_;
};

template <class Visit>
base::Status Calculator::run(const query::SqlQuery& query, const clients::duckdb::Stop& stop,
                             Start start, Visit& visit) {
  auto connection = pool_.borrow(stop);
  if (!connection) return connection.error();
  const std::vector<clients::duckdb::Value> values(query.values.begin(), query.values.end());
  auto rows = (*(*connection).*start)(query.text, values, stop);
  if (!rows) return as_engine(rows.error());
  while (true) {
    auto chunk = rows->next();
    if (!chunk) return as_engine(chunk.error());
    if (*chunk == nullptr) return base::ok;
    visit(**chunk);
  }
}

}  // namespace tidemark::views::columnar
