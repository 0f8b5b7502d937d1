#pragma once

/// Files of events, read in pieces: memory does not grow with the file.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "wire/byte_source.hpp"
#include "wire/decode.hpp"
#include "wire/rows/mapping.hpp"

namespace tidemark::wire {

/// One fault of a row: `fault.index` counts rows from 0.
struct LineFault {
  std::uint64_t line = 0;  ///< where the row starts, from 1
  EventFault fault;
};

/// A rejected row as it stands in the file; of a CSV file with the header line in front, so that it
/// can be read by itself.
struct RejectedLine {
  std::uint32_t index = 0;  ///< as that of its faults
  std::uint64_t line = 0;
  std::string raw;
};

/// What one call of `next` gives.
struct ReadEvents {
  event::Batch batch;
  std::vector<std::uint64_t> lines;  ///< of each row of the batch: where it starts
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
  /// At most `rows_max` rows, and none behind the one with which their text has kNextBytesMax; no
  /// rows at the end.
  virtual base::Result<ReadEvents> next(std::size_t rows_max) = 0;

  /// Far above what 5,000 ordinary rows have: long ones alone come in smaller pieces.
  static constexpr std::size_t kNextBytesMax = std::size_t{8} << 20;
};

enum class FileFormat : std::uint8_t {
  Csv,
  Ndjson,
  Json,  ///< an array, {"events":[…]}, or objects one behind the other, however laid out
};

/// How a file is to be read.
struct FileForm {
  FileFormat format = FileFormat::Ndjson;
  std::optional<char> delimiter;           ///< one of kDelimiters; else the header's (csv.hpp)
  std::shared_ptr<const Mapping> mapping;  ///< none: rows have an event's fields and no others
};

/// A row of more than this many bytes is a bad row: what it holds is never taken anyway.
inline constexpr std::size_t kRowBytesMax = std::size_t{1} << 20;
/// What is told of it.
std::string too_long_row();

/// The rows of one piece of a file; `lines`: where each of them starts.
ReadEvents with_lines(Decoded decoded, std::span<const std::uint64_t> lines);

/// Reads the header at once where there is one. Give it a source that is decompressed and in UTF-8.
/// The hasher in `options` must outlive the reader; of its limits only `future_max` and
/// `faults_described_max` matter.
base::Result<std::unique_ptr<EventReader>> open_reader(FileForm form,
                                                       std::unique_ptr<ByteSource> source,
                                                       const DecodeOptions& options);
inline base::Result<std::unique_ptr<EventReader>> open_reader(FileFormat format,
                                                              std::unique_ptr<ByteSource> source,
                                                              const DecodeOptions& options) {
  return open_reader(FileForm{.format = format, .delimiter = {}, .mapping = nullptr},
                     std::move(source), options);
}

/// A row that somebody else made a JSON object of.
struct JsonRow {
  std::uint64_t line = 0;
  std::string_view text;
};
/// Checks such rows as events that are found by `mapping`. The texts need not stay.
ReadEvents read_json_rows(std::span<const JsonRow> rows, const Mapping& mapping,
                          const DecodeOptions& options);

}  // namespace tidemark::wire
