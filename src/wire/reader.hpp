#pragma once

/// Reads files of events in pieces, so that memory does not grow with the file.

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

/// A rejected row as it is in the file; from a CSV file with the header line in front, so that it
/// can be read by itself.
struct RejectedLine {
  std::uint32_t index = 0;  ///< the same index as in its faults
  std::uint64_t line = 0;
  std::string raw;
};

/// The result of one call of `next`.
struct ReadEvents {
  event::Batch batch;
  std::vector<std::uint64_t> lines;  ///< for each row of the batch, the line where it starts
  std::vector<LineFault> faults;
  std::vector<RejectedLine> rejected;
  std::uint64_t rows_count = 0;  ///< good and rejected ones; 0 only at the end
};

/// Reads a file of events.
///
/// Errors:   for the file as a whole: a CSV header that does not fit (before the first row), broken
///           compression, a source that fails. A bad row is a fault and not an error.
/// Threads:  one.
class EventReader {
 public:
  virtual ~EventReader() = default;
  /// At most `rows_max` rows, ending with the row that brings their text to kNextBytesMax; no rows
  /// at the end.
  virtual base::Result<ReadEvents> next(std::size_t rows_max) = 0;

  /// Far more than 5,000 ordinary rows have: only long rows come in smaller pieces.
  static constexpr std::size_t kNextBytesMax = std::size_t{8} << 20;
};

enum class FileFormat : std::uint8_t {
  Csv,
  Ndjson,
  Json,  ///< an array, {"events":[…]}, or objects one after another, in any layout
};

/// The form of a file.
struct FileForm {
  FileFormat format = FileFormat::Ndjson;
  std::optional<char> delimiter;  ///< one of kDelimiters; without it the header decides (csv.hpp)
  std::shared_ptr<const Mapping> mapping;  ///< none: rows have only the fields of an event
};

/// A row of more bytes is a bad row: no event is so long.
inline constexpr std::size_t kRowBytesMax = std::size_t{1} << 20;
/// The message for such a row.
std::string too_long_row();

/// The rows of one piece of a file; `lines`: the line where each row starts.
ReadEvents with_lines(Decoded decoded, std::span<const std::uint64_t> lines);

/// Reads the header at once, if there is one. The source must be decompressed and in UTF-8. The
/// hasher in `options` must outlive the reader; of its limits only `future_max` and
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

/// A row that the caller has turned into a JSON object.
struct JsonRow {
  std::uint64_t line = 0;
  std::string_view text;
};
/// Checks such rows as events that `mapping` finds in them. The caller may free the texts
/// afterwards.
ReadEvents read_json_rows(std::span<const JsonRow> rows, const Mapping& mapping,
                          const DecodeOptions& options);

}  // namespace tidemark::wire
