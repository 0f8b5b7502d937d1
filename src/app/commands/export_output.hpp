#pragma once

/// The target of an export: standard output, or a file that appears whole or not at all.

#include <memory>
#include <string>
#include <string_view>

#include "app/import/source.hpp"
#include "base/result.hpp"

namespace tidemark::app {

/// Takes the answer of `/export` piece by piece: lines of CSV for Csv, otherwise lines of NDJSON.
///
/// Promise: a file appears under its name when `finish` has succeeded; until then, and for ever
///          after a failure, the former file stays. Meanwhile the export writes FILE.tmp beside it.
///          A name that is not a file's (a pipe, /dev/stdout) is written to directly.
/// Errors:  Unavailable: what cannot be written and why; after an error nothing more can be
///          written.
/// Threads: one.
class ExportOutput {
 public:
  /// `name`: a path, or "-" for standard output, to which Parquet cannot go.
  static base::Result<std::unique_ptr<ExportOutput>> open(const std::string& name,
                                                          ImportFormat format);
  virtual ~ExportOutput() = default;

  virtual base::Status write(std::string_view text) = 0;
  virtual base::Status finish() = 0;
};

}  // namespace tidemark::app
