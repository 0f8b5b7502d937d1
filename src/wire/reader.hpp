#pragma once

/// Files of events, read in pieces: memory does not grow with the file.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "wire/decode.hpp"

namespace tidemark::wire {

/// Bytes from somewhere, in order.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  /// Fills a part of `into`; 0 only at the end.
  virtual base::Result<std::size_t> read(std::span<char> into) = 0;
};

/// `source` decompressed, if its first bytes are those of gzip or zstd; else `source` itself.
/// Broken or cut compressed data is InvalidInput with the offset, after all that came before it.
base::Result<std::unique_ptr<ByteSource>> decompressed(std::unique_ptr<ByteSource> source);

/// One fault of a row: `fault.index` counts rows from 0.
struct LineFault {
  std::uint64_t line = 0;  ///< where the row starts, from 1
  Fault fault;
};

/// A rejected row as it stands in the file.
struct RejectedLine {
  std::uint64_t line = 0;
  std::string raw;
};

/// What one call of `next` gives.
struct ReadEvents {
  event::Batch batch;
  std::vector<LineFault> faults;
  std::vector<RejectedLine> rejected;
  std::uint64_t rows_count = 0;  ///< good and rejected ones; 0 only at the end
};

/// Reads a file of events.
///
/// Errors:   of the file as a whole: a CSV header that does not fit (before the first row), broken
///           compression, a source that fails. A bad row is a fault and no error.
/// Threads:  one.
class EventReader {
 public:
  virtual ~EventReader() = default;
  /// At most `rows_max` rows; no rows at the end.
  virtual base::Result<ReadEvents> next(std::size_t rows_max) = 0;
};

enum class FileFormat : std::uint8_t { Csv, Ndjson };

/// Reads the header at once where there is one. The hasher in `options` must outlive the reader.
base::Result<std::unique_ptr<EventReader>> open_reader(FileFormat format,
                                                       std::unique_ptr<ByteSource> source,
                                                       const DecodeOptions& options);

}  // namespace tidemark::wire
