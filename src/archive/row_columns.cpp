#include "archive/row_columns.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

#include "base/check.hpp"
#include "event/event_id.hpp"

namespace tidemark::archive {
namespace {

using clients::duckdb::OutputColumn;
using clients::duckdb::Type;
using event::StoredRow;

template <class T, class Get>
void fill_values(OutputColumn& column, std::span<const StoredRow> rows, Get get) {
  auto values = column.values<T>();
  for (std::size_t row = 0; row < rows.size(); ++row) values[row] = get(rows[row]);
}

template <class Get>
void fill_texts(OutputColumn& column, std::span<const StoredRow> rows, Get get) {
  for (std::size_t row = 0; row < rows.size(); ++row) column.refer_text(row, get(rows[row]));
}

/// Either column may be absent: what is not asked for is not written.
struct IdColumns {
  std::optional<OutputColumn> uuid;
  std::optional<OutputColumn> key;
};

void fill_ids(IdColumns& columns, std::span<const StoredRow> rows) {
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const auto uuid = event::parse_uuid(rows[row].id);
    if (columns.uuid) {
      if (uuid) columns.uuid->set_uuid(row, {.high = uuid->high, .low = uuid->low});
      if (!uuid) columns.uuid->set_null(row);
    }
    if (columns.key) {
      if (uuid) columns.key->set_null(row);
      if (!uuid) columns.key->refer_text(row, rows[row].id);
    }
  }
}

void fill(OutputColumn column, RowColumn which, event::ProjectId project,
          std::span<const StoredRow> rows) {
  switch (which) {
    case RowColumn::Project:
      return fill_values<std::int32_t>(
          column, rows, [&](const StoredRow&) { return static_cast<std::int32_t>(project); });
    case RowColumn::SequenceNumber:
      return fill_values<std::int64_t>(column, rows, [](const StoredRow& row) {
        return static_cast<std::int64_t>(row.sequence);
      });
    case RowColumn::EventUuid:
    case RowColumn::EventKey:
      return;  // both at once, by fill_ids
    case RowColumn::OccurredAt:
      return fill_values<std::int64_t>(column, rows,
                                       [](const StoredRow& row) { return row.occurred_at; });
    case RowColumn::ReceivedAt:
      return fill_values<std::int64_t>(column, rows,
                                       [](const StoredRow& row) { return row.received_at; });
    case RowColumn::UserId:
      return fill_texts(column, rows, [](const StoredRow& row) { return row.user_id; });
    case RowColumn::EventType:
      return fill_texts(column, rows, [](const StoredRow& row) { return row.event_type; });
    case RowColumn::Properties:
      return fill_texts(column, rows, [](const StoredRow& row) { return row.properties; });
  }
}

}  // namespace

std::vector<clients::duckdb::ColumnName> row_columns() {
  return {{.name = "project", .type = Type::Integer},
          {.name = "sequence", .type = Type::BigInt},
          {.name = "event_uuid", .type = Type::Uuid},
          {.name = "event_key", .type = Type::Varchar},
          {.name = "occurred_at", .type = Type::TimestampTz},
          {.name = "received_at", .type = Type::TimestampTz},
          {.name = "user_id", .type = Type::Varchar},
          {.name = "event_type", .type = Type::Varchar},
          {.name = "properties", .type = Type::Varchar}};
}

std::span<const StoredRow> first_chunk(std::span<const StoredRow> rows) {
  const auto count_max = std::min(rows.size(), clients::duckdb::kChunkRowsMax);
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < count_max) {
    bytes += text_bytes(rows[count]);
    if (bytes > kChunkTextBytesMax && count > 0) break;
    ++count;
  }
  assert(count > 0 || rows.empty());
  return rows.first(count);
}

void fill_rows(clients::duckdb::OutputChunk& out, std::span<const std::size_t> columns,
               event::ProjectId project, std::span<const event::StoredRow> rows) {
  TIDEMARK_CHECK(rows.size() <= clients::duckdb::kChunkRowsMax);
  IdColumns ids;
  for (std::size_t wanted = 0; wanted < columns.size(); ++wanted) {
    assert(columns[wanted] <= static_cast<std::size_t>(RowColumn::Properties));
    const auto which = static_cast<RowColumn>(columns[wanted]);
    if (which == RowColumn::EventUuid) ids.uuid = out.column(wanted);
    if (which == RowColumn::EventKey) ids.key = out.column(wanted);
    fill(out.column(wanted), which, project, rows);
  }
  if (ids.uuid || ids.key) fill_ids(ids, rows);
  out.set_rows(rows.size());
}

}  // namespace tidemark::archive
