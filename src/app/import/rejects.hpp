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

/// The file that rows are of.
struct ImportedFile {
  std::string name;
  ImportFormat format = ImportFormat::Ndjson;
};

/// A bad row and what is wrong with it.
struct RejectedRow {
  std::uint64_t line = 0;
  std::string_view raw;
  ImportFormat format = ImportFormat::Ndjson;  ///< of `raw`
  std::span<const wire::LineFault> faults;     ///< at least one
};

/// The rejected rows of a piece with their faults; they point into it.
std::vector<RejectedRow> rejected_rows(const wire::ReadEvents& read, ImportFormat format);

/// Threads: one.
class RejectedSink {
 public:
  virtual ~RejectedSink() = default;
  virtual base::Status keep(const ImportedFile& file, std::span<const RejectedRow> rows) = 0;
  /// At the end of a file: everything is where it should be. Where that is, in words, or nothing.
  virtual base::Result<std::string> end_file(const ImportedFile& file) = 0;
};

/// One JSON object a line: source (FILE:LINE), format, raw (or raw_base64), errors; what POST
/// /quarantine takes as a row. `path`: the file; empty: FILE.rejects beside each one, stdin.rejects
/// here for standard input. A file that is there is replaced at the first bad row, and not before.
std::unique_ptr<RejectedSink> rejects_file(std::string path);

/// Hands them to the service, in requests as large as it takes. Both outlive the sink.
std::unique_ptr<RejectedSink> quarantine_sink(ServiceConnection& service, ImportReport& report);

/// Nobody keeps them: of a dry run.
std::unique_ptr<RejectedSink> no_sink();

/// The file in which `rejects_file` keeps the rows of `name`.
std::string rejects_path(const std::string& path, const std::string& name);

}  // namespace tidemark::app
