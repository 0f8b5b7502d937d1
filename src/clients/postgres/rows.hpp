#pragma once

/// The answer of a statement: whole in memory, with values that are read by their types.

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "clients/postgres/value.hpp"

namespace tidemark::clients::postgres {

class Rows;

/// What a column holds, for a reader that does not know by itself.
enum class Kind : std::uint8_t {
  Integer,  ///< int2, int4 or int8
  Text,     ///< text, varchar or name
  Other,
};

/// One row. Each getter requires the column's own type: reading another type, or a null, is a bug
/// of the caller and ends the program.
///
/// Lifetime: as long as its Rows; views too.
class Row {
 public:
  Row(const Rows& rows, std::size_t index) : rows_(&rows), index_(index) {}

  [[nodiscard]] bool is_null(std::size_t column) const;
  [[nodiscard]] std::int64_t integer(std::size_t column) const;  ///< int2, int4 or int8
  [[nodiscard]] double number(std::size_t column) const;         ///< float8
  [[nodiscard]] bool boolean(std::size_t column) const;
  [[nodiscard]] std::string_view text(std::size_t column) const;   ///< also varchar, name, json
  [[nodiscard]] std::string_view bytes(std::size_t column) const;  ///< bytea
  [[nodiscard]] Uuid uuid(std::size_t column) const;
  [[nodiscard]] base::Micros instant(std::size_t column) const;  ///< timestamptz

 private:
  const Rows* rows_;
  std::size_t index_;
};

/// Threads:  any, for reading.
/// Lifetime: independent of its connection, which may end before.
class Rows {
 public:
  explicit Rows(Handle result);

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t columns() const;
  [[nodiscard]] std::string name(std::size_t column) const;
  [[nodiscard]] Kind kind(std::size_t column) const;
  /// What the server reports as done: "COMMIT", or "ROLLBACK" if a transaction had failed before.
  [[nodiscard]] std::string_view command() const;
  /// Rows that INSERT, UPDATE, DELETE or COPY changed; 0 for statements that change none.
  [[nodiscard]] std::uint64_t affected() const;

  [[nodiscard]] Row operator[](std::size_t index) const { return {*this, index}; }

  class Iterator {
   public:
    Iterator(const Rows& rows, std::size_t index) : rows_(&rows), index_(index) {}
    Row operator*() const { return {*rows_, index_}; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const Rows* rows_;
    std::size_t index_;
  };
  [[nodiscard]] Iterator begin() const { return {*this, 0}; }
  [[nodiscard]] Iterator end() const { return {*this, size_}; }

 private:
  friend class Row;
  [[nodiscard]] std::string_view value(std::size_t row, std::size_t column) const;

  Handle result_;
  std::size_t size_;
};

}  // namespace tidemark::clients::postgres
