#pragma once

/// Rows whose fields are cells of text: what CSV and Parquet have in common.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "wire/event_parts.hpp"
#include "wire/fault_log.hpp"
#include "wire/reader.hpp"

namespace tidemark::wire {

/// Reads a cell as the value of a field: digits are milliseconds, blank properties are no
/// properties.
/// Lifetime: the value points into the cell; kBodyPaddingBytes must be readable after it.
void read_cell(Field field, std::string_view cell, FieldValue& value, FaultLog& faults);

/// One row that the caller has split into cells.
struct CellRow {
  std::uint64_t line = 0;  ///< where it starts, from 1
  /// By field; null for a field that was not sent.
  std::array<std::optional<std::string_view>, kFieldsCount> cells;
};

/// Checks rows by the rules of a CSV file. A rejected row is given as CSV with a header line, so
/// that it can be read by itself; in that form null and empty are the same. The caller may free the
/// cells afterwards.
ReadEvents read_rows(std::span<const CellRow> rows, const DecodeOptions& options);

}  // namespace tidemark::wire
