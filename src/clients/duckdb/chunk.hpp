#pragma once

/// Up to 2,048 rows of a result, column by column.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "clients/duckdb/value.hpp"

namespace tidemark::clients::duckdb {

inline constexpr std::size_t kChunkRowsMax = 2'048;

/// One column of one chunk. Reading it as a type that it does not have is a bug and stops the
/// program.
class Column {
 public:
  Column(Type type, const void* values, const std::uint64_t* validity, std::size_t rows)
      : type_(type), values_(values), validity_(validity), rows_(rows) {}

  [[nodiscard]] Type type() const { return type_; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// False: no row is null. True: some may be.
  [[nodiscard]] bool has_nulls() const { return validity_ != nullptr; }
  [[nodiscard]] bool null(std::size_t row) const {
    assert(row < rows_);
    return validity_ != nullptr && ((validity_[row / 64] >> (row % 64)) & 1U) == 0;
  }

  /// BigInt, Timestamp, TimestampTz. The number of a null row is meaningless.
  [[nodiscard]] std::span<const std::int64_t> int64s() const {
    TIDEMARK_CHECK(type_ == Type::BigInt || type_ == Type::Timestamp || type_ == Type::TimestampTz);
    return {static_cast<const std::int64_t*>(values_), rows_};
  }
  /// Integer, Date.
  [[nodiscard]] std::span<const std::int32_t> int32s() const {
    TIDEMARK_CHECK(type_ == Type::Integer || type_ == Type::Date);
    return {static_cast<const std::int32_t*>(values_), rows_};
  }
  [[nodiscard]] std::span<const std::uint64_t> uint64s() const {
    TIDEMARK_CHECK(type_ == Type::UBigInt);
    return {static_cast<const std::uint64_t*>(values_), rows_};
  }
  [[nodiscard]] std::span<const double> doubles() const {
    TIDEMARK_CHECK(type_ == Type::Double);
    return {static_cast<const double*>(values_), rows_};
  }
  [[nodiscard]] std::span<const bool> bools() const {
    TIDEMARK_CHECK(type_ == Type::Boolean);
    return {static_cast<const bool*>(values_), rows_};
  }
  /// Varchar, which is UTF-8, and Blob, which need not be. `[row].view()` is the text; it is valid
  /// as long as the chunk.
  [[nodiscard]] std::span<const TextCell> texts() const {
    TIDEMARK_CHECK(type_ == Type::Varchar || type_ == Type::Blob);
    return {static_cast<const TextCell*>(values_), rows_};
  }
  /// Uuid, HugeInt.
  [[nodiscard]] Bits128 bits128(std::size_t row) const;

 private:
  Type type_;
  const void* values_;
  const std::uint64_t* validity_;
  std::size_t rows_;
};

/// Lifetime: its columns are valid as long as it is.
class Chunk {
 public:
  /// Takes over a duckdb_data_chunk; `owned` is false for a chunk that the library lends.
  Chunk(void* chunk, bool owned);

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t columns() const { return columns_.size(); }
  [[nodiscard]] const Column& column(std::size_t index) const {
    assert(index < columns_.size());
    return columns_[index];
  }

 private:
  Handle chunk_;
  std::size_t rows_;
  std::vector<Column> columns_;
};

}  // namespace tidemark::clients::duckdb
