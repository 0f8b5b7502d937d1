#pragma once

/// What readers of rows share: pieces, lines, and errors told behind what came before them.

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
  /// The next row of the file, and who keeps its text alive; rows of one owner lie in order.
  virtual base::Result<std::optional<Row>> next_row() = 0;
  [[nodiscard]] virtual std::shared_ptr<const void> owner() const = 0;
  /// Takes one row, which is neither blank nor too long, as exactly one event.
  virtual void take(Row& row, EventCollector& events) = 0;
  /// Whether it is as good as no row.
  [[nodiscard]] virtual bool says_nothing(std::string_view text) const { return is_blank(text); }
  /// A rejected row so that it can be read by itself.
  [[nodiscard]] virtual std::string raw_of(std::string row) const { return row; }

 private:
  ReadEvents told(Decoded decoded, const std::vector<std::uint64_t>& lines,
                  std::vector<std::shared_ptr<const void>> owners);

  DecodeOptions options_;
  std::uint32_t rows_before_ = 0;
  std::optional<base::Error> failure_;
};

/// Reads the header at once. Errors: InvalidInput: it does not fit.
base::Result<std::unique_ptr<EventReader>> open_csv(FileForm form,
                                                    std::unique_ptr<ByteSource> source,
                                                    const DecodeOptions& options);

}  // namespace tidemark::wire
