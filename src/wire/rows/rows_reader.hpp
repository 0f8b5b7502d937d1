#pragma once

/// What all readers of rows share: pieces, lines, and errors that are reported after the rows
/// before them.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "wire/event_collector.hpp"
#include "wire/reader.hpp"
#include "wire/rows/row_cutter.hpp"

namespace tidemark::wire {

class RowsReader : public EventReader {
 public:
  explicit RowsReader(const DecodeOptions& options) : options_(options) {}

  base::Result<ReadEvents> next(std::size_t rows_max) override;

 protected:
  /// The next row of the file, and the owner that keeps its text alive; rows of one owner come in
  /// succession.
  virtual base::Result<std::optional<Row>> next_row() = 0;
  [[nodiscard]] virtual std::shared_ptr<const void> owner() const = 0;
  /// Takes one row, which must be neither blank nor too long, as exactly one event.
  virtual void take(Row& row, EventCollector& events) = 0;
  /// Whether the row is as good as empty.
  [[nodiscard]] virtual bool says_nothing(std::string_view text) const { return is_blank(text); }
  /// A rejected row in a form that can be read by itself.
  [[nodiscard]] virtual std::string raw_of(std::string row) const { return row; }

 private:
  ReadEvents told(Decoded decoded, const std::vector<std::uint64_t>& lines,
                  std::vector<std::shared_ptr<const void>> owners);

  DecodeOptions options_;
  std::uint32_t rows_before_ = 0;
  std::optional<base::Error> failure_;
};

/// Reads the header at once. Errors: InvalidInput: the header does not fit.
base::Result<std::unique_ptr<EventReader>> open_csv(FileForm form,
                                                    std::unique_ptr<ByteSource> source,
                                                    const DecodeOptions& options);

}  // namespace tidemark::wire
