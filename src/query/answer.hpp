#pragma once

/// The answer to a question. Two engines that answer one question at one position give equal
/// values.

#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "query/table.hpp"

namespace tidemark::query {

/// A table that an answer has beside its rows; clients see it as `meta.NAME`.
struct Beside {
  std::string_view name;
  Table rows;
  bool operator==(const Beside&) const = default;
};

struct Answer {
  Table data;
  std::vector<Beside> beside = {};
  bool operator==(const Answer&) const = default;
};

/// The shapes of all tables of an answer.
struct AnswerShape {
  const Shape* data = nullptr;
  std::vector<std::pair<std::string_view, const Shape*>> beside = {};
};

/// An answer that has rows only.
template <class Row>
Answer answer_of(const std::vector<Row>& rows) {
  return {.data = table_of(rows)};
}

/// The memory that the cells take.
[[nodiscard]] inline std::size_t bytes_of(const Answer& answer) {
  std::size_t bytes = answer.data.bytes();
  for (const Beside& table : answer.beside) bytes += table.rows.bytes();
  return bytes;
}

}  // namespace tidemark::query
