#pragma once

/// One number for the content of a segment: every column of every row, in order.

#include <cstdint>

#include "event/event.hpp"

namespace tidemark::archive {

/// Promise: the same rows in the same order give the same number, in every version of the program:
///          it is in the manifest. How it is made: docs/formats/segment.md.
/// Cost:    about 40 ns a row.
class ContentHash {
 public:
  void add(event::ProjectId project, const event::StoredRow& row);
  [[nodiscard]] std::uint64_t value() const { return value_; }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }

 private:
  std::uint64_t value_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace tidemark::archive
