#pragma once

/// Rows in memory as a DuckDB table with the columns of a segment: docs/formats/segment.md.

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
  EventUuid,  ///< exactly one of these two is null
  EventKey,
  OccurredAt,
  ReceivedAt,
  UserId,
  EventType,
  Properties,
};

/// Names and types of all columns.
std::vector<clients::duckdb::ColumnName> row_columns();

/// The most text in one chunk: the receiver copies a chunk, and 2,048 rows with the longest
/// properties would be 128 MiB. Rows of up to 1 KiB come in whole chunks.
inline constexpr std::size_t kChunkTextBytesMax = std::size_t{2} << 20U;

/// As many of the first `rows` as one chunk takes: at most kChunkRowsMax, at most
/// kChunkTextBytesMax of text, and at least one row (if there is one).
std::span<const event::StoredRow> first_chunk(std::span<const event::StoredRow> rows);

/// Writes `columns` (numbers of RowColumn) of at most kChunkRowsMax rows into `out`. Texts are not
/// copied: they must stay where they are until the query is over.
void fill_rows(clients::duckdb::OutputChunk& out, std::span<const std::size_t> columns,
               event::ProjectId project, std::span<const event::StoredRow> rows);

}  // namespace tidemark::archive
