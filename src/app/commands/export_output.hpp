#pragma once

/// Where an export goes: standard output, or a file that appears whole or not at all.

#include <memory>
#include <string>
#include <string_view>

#include "app/import/source.hpp"
#include "base/result.hpp"

namespace tidemark::app {

/// Takes what `/export` answers, piece by piece: lines of CSV for Csv, else of NDJSON.
///
/// Promise: a file appears under its name when `finish` has succeeded; until then, and for ever
///          after a failure, what was there before is there. What is written meanwhile is FILE.tmp
///          beside it. A name of what is not a file (a pipe, /dev/stdout) is written to as it is.
/// Errors:  Unavailable: what cannot be written and why; after one nothing more can be.
/// Threads: one.
class ExportOutput {
 public:
  /// `name`: a path, or "-" for standard output, which Parquet cannot go to.
  static base::Result<std::unique_ptr<ExportOutput>> open(const std::string& name,
                                                          ImportFormat format);
  virtual ~ExportOutput() = default;

  virtual base::Status write(std::string_view text) = 0;
  virtual base::Status finish() = 0;
};

}  // namespace tidemark::app
