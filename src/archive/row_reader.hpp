#pragma once

/// Turns the columns of a segment, as DuckDB reads them, into rows.

#include <filesystem>
#include <string>

#include "archive/segment_reader.hpp"
#include "archive/segment_writer.hpp"
#include "base/result.hpp"
#include "clients/duckdb/database.hpp"
#include "event/event.hpp"

namespace tidemark::archive {

/// "SELECT …" with the expressions that `columns` needs; the caller appends FROM.
std::string select_of(Columns columns);

/// Visits all rows of `rows`, the answer to such a SELECT; a piece ends where the project changes.
/// Its texts are valid until `visit` returns.
///
/// Errors: Corrupt if a column is not as in a segment, or an event has no id or two.
base::Status visit_rows(clients::duckdb::Rows& rows, Columns columns,
                        const event::RowVisitor& visit);

/// Reads the whole file at `path` and compares it with `segment`'s description.
///
/// Errors: Corrupt, naming the file, if it differs or cannot be understood.
base::Status check_content(clients::duckdb::Connection& connection,
                           const std::filesystem::path& path, const SegmentFile& segment);

/// Reads the whole file at `path` and compares it with `pieces`, row by row.
///
/// Errors: as above, naming the first event that differs.
base::Status check_rows(clients::duckdb::Connection& connection, const std::filesystem::path& path,
                        std::span<const event::ProjectRows> pieces);

/// Translates an error of DuckDB in reading a file of ours: what DuckDB calls bad input is damage
/// here, and so is a length that exceeds all memory, because our files fit in a part of the memory.
base::Error reading_error(const base::Error& error, const std::filesystem::path& path);

}  // namespace tidemark::archive
