#pragma once

/// Our own functions for SQL: tables made from our memory, and functions of values.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "clients/duckdb/chunk.hpp"
#include "clients/duckdb/value.hpp"

namespace tidemark::clients::duckdb {

/// Receives one column of up to kChunkRowsMax rows from a function. The caller must know its type.
class OutputColumn {
 public:
  explicit OutputColumn(void* vector);

  template <class T>
  [[nodiscard]] std::span<T> values() {
    return {static_cast<T*>(values_), kChunkRowsMax};
  }
  void set_null(std::size_t row) {
    assert(row < kChunkRowsMax);
    if (validity_ == nullptr) make_validity();
    validity_[row / 64] &= ~(std::uint64_t{1} << (row % 64));
  }
  void set_uuid(std::size_t row, Bits128 uuid) {
    // The library keeps the low half first, and inverts the first bit.
    assert(row < kChunkRowsMax);
    auto* halves = static_cast<std::uint64_t*>(values_) + (2 * row);
    halves[0] = uuid.low;
    halves[1] = uuid.high ^ (std::uint64_t{1} << 63U);
  }
  /// Copies `text`, which must be valid UTF-8.
  void set_text(std::size_t row, std::string_view text);
  /// Copies no more than 12 bytes; a longer `text` (valid UTF-8) must stay where it is until the
  /// query is over.
  void refer_text(std::size_t row, std::string_view text) {
    assert(row < kChunkRowsMax);
    static_cast<TextCell*>(values_)[row].refer(text);
  }

 private:
  void make_validity();

  void* vector_;
  void* values_;
  std::uint64_t* validity_ = nullptr;
};

/// Receives the rows of a table function: the requested columns, in that order.
class OutputChunk {
 public:
  /// `places`: the places of the requested columns in the library's chunk.
  OutputChunk(void* chunk, std::span<const std::size_t> places) : chunk_(chunk), places_(places) {}

  [[nodiscard]] std::size_t columns() const { return places_.size(); }
  [[nodiscard]] OutputColumn column(std::size_t wanted) const;
  /// Sets the number of rows written, at most kChunkRowsMax. 0 means the end.
  void set_rows(std::size_t rows) {
    assert(rows <= kChunkRowsMax);
    rows_ = rows;
  }
  [[nodiscard]] std::size_t rows() const { return rows_; }

 private:
  void* chunk_;
  std::span<const std::size_t> places_;
  std::size_t rows_ = 0;
};

/// One thread's share of a scan.
class Cursor {
 public:
  virtual ~Cursor() = default;
  /// Writes the next rows into `out`; an error ends the query with its message.
  virtual base::Status fill(OutputChunk& out) = 0;
};

/// One reading of the table by one query.
class Scan {
 public:
  virtual ~Scan() = default;
  [[nodiscard]] virtual std::size_t threads_max() const { return 1; }
  /// Several threads call it at once.
  virtual std::unique_ptr<Cursor> cursor() = 0;
};

struct ColumnName {
  std::string name;
  Type type = Type::Varchar;
};

/// The table of one call in a query's text.
class TableSource {
 public:
  virtual ~TableSource() = default;
  [[nodiscard]] virtual std::vector<ColumnName> columns() const = 0;
  /// For the planner; need not be exact.
  [[nodiscard]] virtual std::uint64_t rows_estimate() const = 0;
  /// `columns`: the numbers of the columns that the query needs, in the order of OutputChunk; may
  /// be empty, or only the first column (count(*)). Called once for each run of the query.
  virtual std::unique_ptr<Scan> scan(std::vector<std::size_t> columns) = 0;
};

/// Threads:  any thread that runs a query calls `bind`, several at once.
struct TableFunction {
  std::string name;
  std::vector<Type> parameters;
  std::function<base::Result<std::unique_ptr<TableSource>>(std::span<const Value> arguments)> bind;
};

/// A function of values. If any argument is null, so is the answer, and `call` does not see the
/// row.
/// Threads: as above.
struct ScalarFunction {
  std::string name;
  std::vector<Type> parameters;
  Type answer = Type::Boolean;
  /// Writes one value for each row of `arguments`. Rows with a null are given too, but what is
  /// written for them is ignored.
  std::function<base::Status(const Chunk& arguments, OutputColumn& out)> call;
};

}  // namespace tidemark::clients::duckdb
