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

/// Where a row that begins at `begin` ends: at its line end, which is not part of it, or nowhere
/// before `end`, and then it is `end`.
using FindRowEnd = const char* (*)(const char* begin, const char* end);

/// Rows that end with their line.
const char* line_end(const char* begin, const char* end);

/// A row as it stands in its file.
struct Row {
  std::string_view text;   ///< without the line end; kBodyPaddingBytes can be read behind it
  std::uint64_t line = 0;  ///< where it starts, from 1
  /// It has more than kRowBytesMax: `text` is the start of its first line, until the next call.
  bool too_long = false;
};

/// Threads: one.
class RowCutter {
 public:
  RowCutter(std::unique_ptr<ByteSource> source, FindRowEnd find_end);

  /// The next row, or nothing at the end, or the source's error behind the last whole row. A byte
  /// order mark before the first one is passed.
  base::Result<std::optional<Row>> next();

  /// Leaves only the first line to `row`, which was the last one: the rest of its lines come again
  /// as rows. For a row whose quotes are broken, so that it takes no good ones with it.
  void shorten_to_line(Row& row);

  /// Who keeps the last row's text alive. Rows of one owner lie in order.
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
