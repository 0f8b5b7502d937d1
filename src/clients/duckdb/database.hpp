#pragma once

/// DuckDB as a calculator: an instance that keeps nothing, over files and memory that are given.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "clients/duckdb/function.hpp"
#include "clients/duckdb/rows.hpp"
#include "clients/duckdb/value.hpp"

namespace tidemark::clients::duckdb {

/// One conversation with a Database; one query at a time.
///
/// Errors:   InvalidInput: the SQL or the values do not fit (also what a user's file holds);
///           Overloaded: over the instance's memory limit; TimedOut: `stop` said so;
///           Unavailable: a file cannot be read or written, or the library failed.
/// Threads:  one at a time.
class Connection {
 public:
  explicit Connection(Handle connection) : connection_(std::move(connection)) {}

  /// Runs a whole query and keeps its answer in memory. `?` or `$1` stand for `values` in order.
  /// `stop` is asked every few milliseconds.
  base::Result<Rows> query(const std::string& sql, std::span<const Value> values = {},
                           const Stop& stop = {});

  /// The answer is made while it is read, so that its size does not matter. `stop` is asked before
  /// each chunk.
  base::Result<Rows> stream(const std::string& sql, std::span<const Value> values = {},
                            const Stop& stop = {});

  /// Runs one or several statements whose answers nobody wants.
  base::Status run(const std::string& sql);

  /// Makes a function known to every connection of the database, once.
  base::Status add(TableFunction function);
  base::Status add(ScalarFunction function);

 private:
  base::Result<Rows> start(const std::string& sql, std::span<const Value> values, const Stop& stop,
                           bool streaming);

  Handle connection_;
};

/// Threads:  any; each with a connection of its own.
class Database {
 public:
  struct Options {
    std::uint64_t memory_bytes_max = std::uint64_t{256} << 20U;
    unsigned threads = 1;  ///< the callers' own thread is one of them
    int nice = 0;          ///< of the other threads
    /// Where queries may put what does not fit into memory; empty: they fail with Overloaded.
    std::filesystem::path temporary_folder = {};
    bool preserve_order = true;  ///< files are read in their order
    /// Keeps footers and pages of files in memory, and takes a file for unchanged when its length
    /// and its time (in seconds) are. Not where a file's bytes are to be looked at anew.
    bool cache_files = true;
  };

  /// Nothing is loaded from anywhere: Parquet, JSON and ICU are part of the library.
  static base::Result<std::unique_ptr<Database>> open(const Options& options);

  base::Result<Connection> connect();

 private:
  explicit Database(Handle database) : database_(std::move(database)) {}
  Handle database_;
};

/// As the library tells it: "v1.5.6".
std::string library_version();

/// `text` as an SQL string: quotes doubled.
std::string sql_text(std::string_view text);

/// A file for read_parquet and the like, as an SQL string: those take names for patterns, and in
/// this one no character stands for others.
std::string sql_file(const std::filesystem::path& file);

}  // namespace tidemark::clients::duckdb
