#pragma once

/// Cuts a stream into its rows, in bounded memory.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "wire/byte_source.hpp"
#include "wire/rows/row_pieces.hpp"

namespace tidemark::wire {

/// The end of a row that begins at `begin`: its line end, which is not part of the row, or `end` if
/// there is none before.
using FindRowEnd = const char* (*)(const char* begin, const char* end);

/// For rows that end with their line.
const char* line_end(const char* begin, const char* end);

/// A row as it is in its file.
struct Row {
  std::string_view text;   ///< without the line end; kBodyPaddingBytes are readable after it
  std::uint64_t line = 0;  ///< where it starts, from 1
  /// It has more than kRowBytesMax: `text` is the start of its first line, valid until the next
  /// call.
  bool too_long = false;
};

/// Threads: one.
class RowCutter {
 public:
  RowCutter(std::unique_ptr<ByteSource> source, FindRowEnd find_end);

  /// The next row, or nothing at the end, or the source's error after the last whole row. A byte
  /// order mark before the first row is skipped.
  base::Result<std::optional<Row>> next();

  /// Reduces `row`, which must be the last row, to its first line; its other lines come again as
  /// rows. For a row with broken quotes, so that it takes no good rows with it.
  void shorten_to_line(Row& row);

  /// The owner that keeps the last row's text alive. Rows of one owner come in succession.
  [[nodiscard]] std::shared_ptr<const void> owner() const { return pieces_.owner(); }

 private:
  Row too_long();
  Row cut(const char* row_end);

  RowPieces pieces_;
  FindRowEnd find_end_;
  std::uint64_t line_ = 1;
  std::string long_start_;
};

}  // namespace tidemark::wire
