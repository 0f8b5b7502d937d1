#pragma once

/// Reads events from a foreign Parquet file, as fields that must still be checked.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "clients/duckdb/chunk.hpp"

namespace tidemark::archive {

/// Microseconds since 1970 in UTC, from a column of timestamps.
struct ImportedInstant {
  std::int64_t micros = 0;
};

/// One row. A field that is null, or that has no column, is not set. Nothing is checked yet, not
/// even that texts are UTF-8. `occurred_at`: an instant, text, or an integer as api.md counts it.
struct ImportedEvent {
  std::uint64_t row = 0;  ///< from 1
  std::optional<std::string_view> event_id;
  std::variant<std::monostate, ImportedInstant, std::string_view, std::int64_t> occurred_at;
  std::optional<std::string_view> user_id;  ///< an integer is given as its digits
  std::optional<std::string_view> event_type;
  std::optional<std::string_view> properties;  ///< JSON; structs and maps are given as JSON
};

/// Columns by name: event_id (or event_uuid and event_key of our own segments), occurred_at,
/// user_id, event_type, properties (or properties_json; may be left out); received_at, sequence and
/// project are ignored. Bytes are text; properties may be null in every row, whatever the type of
/// their column.
///
/// A text that is not UTF-8 is given as it is, except within structs and maps, where it ends the
/// reading.
///
/// Errors:   InvalidInput if the file is not Parquet, or a column is missing, unknown or of an
///           unsuitable type; Unavailable if the file cannot be read.
/// Threads:  one at a time.
/// Cost:     memory for one piece of the file; if a column of text has a value that is not text, a
///           temporary copy of the file (bytes_copy.hpp).
class ParquetImport {
 public:
  static base::Result<std::unique_ptr<ParquetImport>> open(const std::filesystem::path& file);
  /// Accepts any columns: `properties` of each event is its whole row as a JSON object, and no
  /// other field is set. A text that is not UTF-8 ends the reading.
  static base::Result<std::unique_ptr<ParquetImport>> open_rows(const std::filesystem::path& file);
  ~ParquetImport();

  [[nodiscard]] std::uint64_t rows() const { return rows_; }      ///< of the whole file
  [[nodiscard]] const std::vector<std::string>& columns() const;  ///< their names, for `open_rows`
  /// The next rows in the file's order, none at the end. They are valid until the next call.
  base::Result<std::span<const ImportedEvent>> next();

 private:
  struct Engine;
  ParquetImport(std::filesystem::path file, std::unique_ptr<Engine> engine);
  base::Result<const clients::duckdb::Chunk*> next_chunk();

  std::filesystem::path file_;
  std::unique_ptr<Engine> engine_;
  std::uint64_t rows_;
  std::uint64_t row_ = 0;
  std::vector<ImportedEvent> events_;
};

}  // namespace tidemark::archive
