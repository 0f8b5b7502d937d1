#pragma once

/// Where the bad rows of an import go: a file beside the input, or the service's quarantine.

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/commands/service_connection.hpp"
#include "app/import/report.hpp"
#include "app/import/request_rows.hpp"
#include "app/import/source.hpp"
#include "base/result.hpp"
#include "wire/reader.hpp"

namespace tidemark::app {

/// The file that the rows come from.
struct ImportedFile {
  std::string name;
  ImportFormat format = ImportFormat::Ndjson;
};

/// A bad row and its faults.
struct RejectedRow {
  std::uint64_t line = 0;
  std::string_view raw;
  ImportFormat format = ImportFormat::Ndjson;  ///< of `raw`
  std::span<const wire::LineFault> faults;     ///< at least one
};

/// The rejected rows of a piece with their faults; they point into the piece.
std::vector<RejectedRow> rejected_rows(const wire::ReadEvents& read, ImportFormat format);

/// Threads: one.
class RejectedSink {
 public:
  virtual ~RejectedSink() = default;
  virtual base::Status keep(const ImportedFile& file, std::span<const RejectedRow> rows) = 0;
  /// Call it at the end of a file: stores everything. Returns the place of the rows in words, or
  /// nothing.
  virtual base::Result<std::string> end_file(const ImportedFile& file) = 0;
};

/// Writes one JSON object per line: source (FILE:LINE), format, raw (or raw_base64), errors; POST
/// /quarantine takes the same as a row. `path`: the file; empty: FILE.rejects beside each input,
/// stdin.rejects here for standard input. An existing file is replaced only when the first bad row
/// comes.
std::unique_ptr<RejectedSink> rejects_file(std::string path);

/// Sends them to the service, in requests as large as it takes. Both must outlive the sink.
std::unique_ptr<RejectedSink> quarantine_sink(ServiceConnection& service, ImportReport& report);

/// Drops them, for a dry run.
std::unique_ptr<RejectedSink> no_sink();

/// The file in which `rejects_file` keeps the rows of `name`.
std::string rejects_path(const std::string& path, const std::string& name);

}  // namespace tidemark::app
