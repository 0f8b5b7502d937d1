#pragma once

/// The columns of a segment, as DuckDB reads them, made into rows again.

#include <filesystem>
#include <string>

#include "archive/segment_reader.hpp"
#include "archive/segment_writer.hpp"
#include "base/result.hpp"
#include "clients/duckdb/database.hpp"
#include "event/event.hpp"

namespace tidemark::archive {

/// "SELECT …" of what `columns` needs, to be followed by FROM.
std::string select_of(Columns columns);

/// Visits all that `rows`, the answer to such a SELECT, holds; pieces are cut where the project
/// changes. Its texts live until `visit` returns.
///
/// Errors: Corrupt where a column is not what a segment's is, or an event has no id or two.
base::Status visit_rows(clients::duckdb::Rows& rows, Columns columns,
                        const event::RowVisitor& visit);

/// Reads all of the file at `path` and compares it with what is said of `segment`.
///
/// Errors: Corrupt, naming the file, where it differs or cannot be understood.
base::Status check_content(clients::duckdb::Connection& connection,
                           const std::filesystem::path& path, const SegmentFile& segment);

/// Reads all of the file at `path` and compares it with `pieces`, row by row.
///
/// Errors: as above, naming the first event that differs.
base::Status check_rows(clients::duckdb::Connection& connection, const std::filesystem::path& path,
                        std::span<const event::ProjectRows> pieces);

/// An error of DuckDB's in reading a file of ours: what it calls bad input is damage here,
/// and so is a length in it that is beyond all memory: ours fit in a piece of that.
base::Error reading_error(const base::Error& error, const std::filesystem::path& path);

}  // namespace tidemark::archive
