#pragma once

/// Rows of an answer as typed columns. Their size, encoding, JSON, CSV, schema and text are written
/// once for all questions.
///
/// A row is a plain struct that names its columns:
///
///     struct TopEventsRow {
///       static constexpr std::string_view kName = "TopEventsRow";
///       static constexpr auto columns() {
///         return std::tuple{Column{"event_type", &TopEventsRow::event_type},
///                           Column{"count", &TopEventsRow::count}};
///       }
///       std::string event_type;
///       std::uint64_t count = 0;
///     };
///
/// Questions work with such structs, and `table_of` makes a table of them at the end.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "event/local_day.hpp"

namespace tidemark::query {

/// `part` of `whole`; null if `whole` is 0, because nothing could be divided or observed.
struct Rate {
  std::uint64_t part = 0;
  std::uint64_t whole = 0;
  bool operator==(const Rate&) const = default;
};

enum class Kind : std::uint8_t {
  Day,    ///< event::LocalDay
  Count,  ///< std::uint64_t
  Rate,   ///< Rate, shown to 4 places
  Text,   ///< std::string
  Flag,   ///< bool
  Rows,   ///< rows within a row: std::vector of another row
};

struct Shape;

struct ColumnShape {
  std::string_view name;
  Kind kind = Kind::Count;
  std::string_view meaning;     ///< for the documents; empty if the name says it
  const Shape* rows = nullptr;  ///< of Kind::Rows
};

/// What the rows of a table have in common. Lives as long as the program.
struct Shape {
  std::string_view name;  ///< of a row, in the documents
  std::vector<ColumnShape> columns;
  /// For rows within a row: the column that a table for people shows across, one cell per row.
  std::string_view across;
};

/// How a row struct names a column.
template <class Row, class T>
struct Column {
  std::string_view name;
  T Row::* member;
  std::string_view meaning = {};
};

/// The shape of the rows of a struct.
template <class Row>
const Shape& shape_of();

/// Columns of one length. Two tables of one shape are equal if all cells are equal.
class Table {
 public:
  /// Row i holds the rows [ends[i - 1], ends[i]) of `inner`, which is one table.
  struct Rows {
    std::vector<std::size_t> ends;
    std::vector<Table> inner;
    [[nodiscard]] std::size_t begin(std::size_t row) const {
      assert(row <= ends.size());
      return row == 0 ? 0 : ends[row - 1];
    }
    bool operator==(const Rows& other) const;
  };
  using Cells = std::variant<std::vector<event::LocalDay>, std::vector<std::uint64_t>,
                             std::vector<Rate>, std::vector<std::string>, std::vector<bool>, Rows>;

  /// Has no rows yet.
  explicit Table(const Shape& shape);

  [[nodiscard]] const Shape& shape() const { return *shape_; }
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] const Cells& cells(std::size_t column) const {
    assert(column < cells_.size());
    return cells_[column];
  }
  /// The values of the column with this name, which must exist and hold a T.
  template <class T>
  [[nodiscard]] const std::vector<T>& values(std::string_view column) const {
    return std::get<std::vector<T>>(cells_[place_of(column)]);
  }
  /// For a decoder, which fills the cells and then tells the number of rows to `set_rows`.
  [[nodiscard]] Cells& cells(std::size_t column) {
    assert(column < cells_.size());
    return cells_[column];
  }
  void set_rows(std::size_t rows) { rows_ = rows; }

  template <class Row>
  void append(const std::vector<Row>& rows);

  /// The memory that the cells take.
  [[nodiscard]] std::size_t bytes() const;
  bool operator==(const Table& other) const = default;

 private:
  [[nodiscard]] std::size_t place_of(std::string_view column) const;

  const Shape* shape_;
  std::size_t rows_ = 0;
  std::vector<Cells> cells_;
};

template <class Row>
Table table_of(const std::vector<Row>& rows) {
  Table table(shape_of<Row>());
  table.append(rows);
  return table;
}

/// One line per row: its cells in order, separated by blanks. Rows within a row follow a colon,
/// each as the cell that is shown across, with a question mark if a flag of the inner row is not
/// set. For tests and their messages.
std::vector<std::string> lines_of(const Table& table);

namespace table_detail {

template <class T>
struct CellOf {
  static constexpr const Shape* rows() { return nullptr; }
};
template <class Row>
struct CellOf<std::vector<Row>> {
  static const Shape* rows() { return &shape_of<Row>(); }
};

template <class T>
constexpr Kind kind_of() {
  if constexpr (std::is_same_v<T, event::LocalDay>) return Kind::Day;
  if constexpr (std::is_same_v<T, std::uint64_t>) return Kind::Count;
  if constexpr (std::is_same_v<T, Rate>) return Kind::Rate;
  if constexpr (std::is_same_v<T, std::string>) return Kind::Text;
  if constexpr (std::is_same_v<T, bool>) return Kind::Flag;
  return Kind::Rows;
}

template <class Row, class T>
ColumnShape shape_of_column(const Column<Row, T>& column) {
  return {column.name, kind_of<T>(), column.meaning, CellOf<T>::rows()};
}

template <class Row, class T>
void append_cells(Table::Cells& cells, const std::vector<Row>& rows, T Row::* member) {
  auto& column = std::get<std::vector<T>>(cells);
  // Inner rows come in many short lists: if each list reserved just its own room, the next would
  // reallocate.
  if (column.empty()) column.reserve(rows.size());
  for (const Row& row : rows) column.push_back(row.*member);
}
template <class Row, class Inner>
void append_cells(Table::Cells& cells, const std::vector<Row>& rows,
                  std::vector<Inner> Row::* member) {
  auto& within = std::get<Table::Rows>(cells);
  within.ends.reserve(rows.size());
  for (const Row& row : rows) {
    within.inner.front().append(row.*member);
    within.ends.push_back(within.inner.front().rows());
  }
}

}  // namespace table_detail

template <class Row>
const Shape& shape_of() {
  static const Shape kShape = [] {
    Shape shape{.name = Row::kName, .columns = {}, .across = {}};
    if constexpr (requires { Row::kAcross; }) shape.across = Row::kAcross;
    std::apply(
        [&shape](const auto&... column) {
          (shape.columns.push_back(table_detail::shape_of_column(column)), ...);
        },
        Row::columns());
    return shape;
  }();
  return kShape;
}

template <class Row>
void Table::append(const std::vector<Row>& rows) {
  std::apply(
      [&](const auto&... column) {
        std::size_t at = 0;
        (table_detail::append_cells(cells_[at++], rows, column.member), ...);
        assert(at == cells_.size());
      },
      Row::columns());
  rows_ += rows.size();
}

}  // namespace tidemark::query
