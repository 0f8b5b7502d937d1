#pragma once

/// Rows in memory as a table of DuckDB's, with the columns of a segment: docs/formats/segment.md.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "clients/duckdb/function.hpp"
#include "event/event.hpp"

namespace tidemark::archive {

/// The columns of a segment and of the tail, in their order.
enum class RowColumn : std::uint8_t {
  Project,
  SequenceNumber,
  EventUuid,  ///< one of these two is null
  EventKey,
  OccurredAt,
  ReceivedAt,
  UserId,
  EventType,
  Properties,
};

/// Names and types of all of them.
std::vector<clients::duckdb::ColumnName> row_columns();

/// Writes `columns` (numbers of RowColumn) of the rows, at most kChunkRowsMax, into `out`. Texts
/// are referred to: they stay where they are until the query is over.
void fill_rows(clients::duckdb::OutputChunk& out, std::span<const std::size_t> columns,
               event::ProjectId project, std::span<const event::StoredRow> rows);

}  // namespace tidemark::archive
