#pragma once

/// DuckDB as a calculator: an instance that keeps no data of its own, over given files and memory.

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

/// One connection to a Database; one query at a time.
///
/// Errors:   InvalidInput: the SQL or the values do not fit (also the content of a user's file);
///           Overloaded: over the instance's memory limit; TimedOut: `stop` returned true;
///           Unavailable: a file cannot be read or written, or the library failed.
/// Threads:  one at a time.
class Connection {
 public:
  explicit Connection(Handle connection) : connection_(std::move(connection)) {}

  /// Runs a whole query and keeps its answer in memory. `?` or `$1` stand for `values` in order.
  /// `stop` is called every few milliseconds.
  base::Result<Rows> query(const std::string& sql, std::span<const Value> values = {},
                           const Stop& stop = {});

  /// The answer is made while it is read, so its size does not matter. `stop` is called before each
  /// chunk.
  base::Result<Rows> stream(const std::string& sql, std::span<const Value> values = {},
                            const Stop& stop = {});

  /// Runs one or several statements without answers.
  base::Status run(const std::string& sql);

  /// Registers a function for every connection of the database, once.
  base::Status add(TableFunction function);
  base::Status add(ScalarFunction function);

 private:
  base::Result<Rows> start(const std::string& sql, std::span<const Value> values, const Stop& stop,
                           bool streaming);

  Handle connection_;
};

/// Threads:  any; each needs its own connection.
class Database {
 public:
  struct Options {
    std::uint64_t memory_bytes_max = std::uint64_t{256} << 20U;
    unsigned threads = 1;  ///< the caller's own thread is one of them
    int nice = 0;          ///< of the other threads
    /// Where queries may put data that does not fit into memory; empty: they fail with Overloaded.
    std::filesystem::path temporary_folder = {};
    bool preserve_order = true;  ///< files are read in their order
    /// Keeps footers and pages of files in memory, and considers a file unchanged if its length and
    /// its time (in seconds) are. Set it to false if the bytes of a file must be read anew.
    bool cache_files = true;
  };

  /// Loads nothing from anywhere: Parquet, JSON and ICU are part of the library.
  static base::Result<std::unique_ptr<Database>> open(const Options& options);

  base::Result<Connection> connect();

 private:
  explicit Database(Handle database) : database_(std::move(database)) {}
  Handle database_;
};

/// As the library reports it: "v1.5.6".
std::string library_version();

/// `text` as an SQL string: quotes doubled.
std::string sql_text(std::string_view text);

/// The name of a file for read_parquet and similar functions, as an SQL string. They take names as
/// patterns; in this one no character is a wildcard.
std::string sql_file(const std::filesystem::path& file);

}  // namespace tidemark::clients::duckdb
