#include "query/table.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/check.hpp"

namespace tidemark::query {
namespace {

void add_cells(const ColumnShape& column, std::vector<Table::Cells>& cells) {
  switch (column.kind) {
    case Kind::Day:
      cells.emplace_back(std::in_place_type<std::vector<event::LocalDay>>);
      break;
    case Kind::Count:
      cells.emplace_back(std::in_place_type<std::vector<std::uint64_t>>);
      break;
    case Kind::Rate:
      cells.emplace_back(std::in_place_type<std::vector<Rate>>);
      break;
    case Kind::Text:
      cells.emplace_back(std::in_place_type<std::vector<std::string>>);
      break;
    case Kind::Flag:
      cells.emplace_back(std::in_place_type<std::vector<bool>>);
      break;
    case Kind::Rows:
      assert(column.rows != nullptr);
      cells.emplace_back(std::in_place_type<Table::Rows>);
      std::get<Table::Rows>(cells.back()).inner.emplace_back(*column.rows);
  }
}

struct BytesOf {
  template <class T>
  std::size_t operator()(const std::vector<T>& column) const {
    return column.size() * sizeof(T);
  }
  std::size_t operator()(const std::vector<bool>& column) const { return column.size() / 8; }
  std::size_t operator()(const std::vector<std::string>& column) const {
    std::size_t bytes = column.size() * sizeof(std::string);
    for (const std::string& text : column) bytes += text.capacity();
    return bytes;
  }
  std::size_t operator()(const Table::Rows& rows) const {
    assert(!rows.inner.empty());
    return rows.ends.size() * sizeof(std::size_t) + rows.inner.front().bytes();
  }
};

/// The cells of one row, each as a text.
struct TextOf {
  std::size_t row;

  std::string operator()(const std::vector<event::LocalDay>& days) const {
    return event::to_string(days[row]);
  }
  std::string operator()(const std::vector<std::uint64_t>& counts) const {
    return std::to_string(counts[row]);
  }
  std::string operator()(const std::vector<Rate>& rates) const {
    return std::to_string(rates[row].part) + '/' + std::to_string(rates[row].whole);
  }
  std::string operator()(const std::vector<std::string>& texts) const { return texts[row]; }
  std::string operator()(const std::vector<bool>& flags) const { return flags[row] ? "yes" : "no"; }
  std::string operator()(const Table::Rows& rows) const {
    assert(row < rows.ends.size());
    std::string text = ":";
    for (std::size_t i = rows.begin(row); i < rows.ends[row]; ++i) {
      text += ' ' + across(rows.inner.front(), i);
    }
    return text;
  }

 private:
  static std::string across(const Table& table, std::size_t row) {
    std::string text;
    const auto& columns = table.shape().columns;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const auto& cells = table.cells(i);
      const auto* const flags = std::get_if<std::vector<bool>>(&cells);
      if (columns[i].name == table.shape().across) text.insert(0, std::visit(TextOf{row}, cells));
      if (flags != nullptr && !(*flags)[row]) text += '?';
    }
    return text;
  }
};

}  // namespace

bool Table::Rows::operator==(const Rows& other) const = default;

Table::Table(const Shape& shape) : shape_(&shape) {
  cells_.reserve(shape.columns.size());
  for (const ColumnShape& column : shape.columns) add_cells(column, cells_);
}

std::size_t Table::place_of(std::string_view column) const {
  const auto& columns = shape_->columns;
  const auto at = std::ranges::find(columns, column, &ColumnShape::name);
  TIDEMARK_CHECK(at != columns.end());
  return static_cast<std::size_t>(at - columns.begin());
}

std::size_t Table::bytes() const {
  assert(cells_.size() == shape_->columns.size());
  std::size_t bytes = 0;
  for (const Cells& cells : cells_) bytes += std::visit(BytesOf{}, cells);
  return bytes;
}

std::vector<std::string> lines_of(const Table& table) {
  std::vector<std::string> lines;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    std::string line;
    for (std::size_t i = 0; i < table.shape().columns.size(); ++i) {
      const bool within = table.shape().columns[i].kind == Kind::Rows;
      if (i > 0 && !within) line += ' ';
      line += std::visit(TextOf{row}, table.cells(i));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace tidemark::query
