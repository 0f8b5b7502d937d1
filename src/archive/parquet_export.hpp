#pragma once

/// Writes events to a Parquet file of one's own, in the form that `import` takes.

#include <filesystem>
#include <memory>
#include <span>

#include "base/result.hpp"
#include "event/event.hpp"

namespace tidemark::archive {

/// Columns: event_id, occurred_at, user_id, event_type, properties, received_at.
///
/// Promise:  the file appears under its name when `finish` has succeeded, and not before.
/// Errors:   Unavailable, Overloaded; after one nothing more can be written.
/// Threads:  one at a time; the file is written by a thread of its own.
class ParquetExport {
 public:
  static base::Result<std::unique_ptr<ParquetExport>> open(const std::filesystem::path& file);
  /// Without `finish` nothing is left behind.
  ~ParquetExport();

  /// Blocks until the rows were taken; they need not stay.
  base::Status write(std::span<const event::StoredRow> rows);
  base::Status finish();

 private:
  struct Engine;
  explicit ParquetExport(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace tidemark::archive
