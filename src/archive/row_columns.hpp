#pragma once

/// Rows in memory as a table of DuckDB's, with the columns of a segment: docs/formats/segment.md.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "archive/segment_writer.hpp"
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

/// The texts of one chunk: what takes a chunk copies it, so 2,048 rows of the longest properties
/// would be 128 MiB. Rows of up to 1 KiB come in whole chunks.
inline constexpr std::size_t kChunkTextBytesMax = std::size_t{2} << 20U;

/// The first of `rows`, as many as one chunk takes: at most kChunkRowsMax, no more text than
/// kChunkTextBytesMax, and one row at least (where there is one).
std::span<const event::StoredRow> first_chunk(std::span<const event::StoredRow> rows);

/// Writes `columns` (numbers of RowColumn) of the rows, at most kChunkRowsMax, into `out`. Texts
/// are referred to: they stay where they are until the query is over.
void fill_rows(clients::duckdb::OutputChunk& out, std::span<const std::size_t> columns,
               event::ProjectId project, std::span<const event::StoredRow> rows);

}  // namespace tidemark::archive
