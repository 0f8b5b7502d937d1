#pragma once

/// Writes events to a Parquet file for export, in the form that `import` takes.

#include <filesystem>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "event/event.hpp"

namespace tidemark::archive {

/// Columns: event_id, occurred_at, user_id, event_type, properties, received_at.
///
/// Promise:  the file appears under its name only when `finish` has succeeded.
/// Errors:   Unavailable, Overloaded; after an error nothing more can be written.
/// Threads:  one at a time; a thread of its own writes the file.
class ParquetExport {
 public:
  static base::Result<std::unique_ptr<ParquetExport>> open(const std::filesystem::path& file);
  /// Without `finish` it leaves nothing behind.
  ~ParquetExport();

  /// Blocks until the rows were taken; afterwards the caller may free them.
  base::Status write(std::span<const event::StoredRow> rows);
  base::Status finish();

 private:
  struct Engine;
  explicit ParquetExport(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace tidemark::archive
