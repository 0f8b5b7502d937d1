#include "wire/reader.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "wire/cells.hpp"
#include "wire/csv.hpp"
#include "wire/event_collector.hpp"
#include "wire/row_cutter.hpp"
#include "wire/text_kernels.hpp"

namespace tidemark::wire {
namespace {

/// What the rows of both formats share: pieces, lines, and errors told after what came before them.
class RowsReader : public EventReader {
 public:
  RowsReader(std::unique_ptr<ByteSource> source, FindRowEnd find_end, const DecodeOptions& options)
      : cutter_(std::move(source), find_end), options_(options) {}

  base::Result<ReadEvents> next(std::size_t rows_max) override {
    constexpr std::size_t kRowBytesExpected = 256;
    if (failure_) return *failure_;
    EventCollector events{options_, rows_max * kRowBytesExpected};
    std::vector<std::uint64_t> lines;
    std::vector<std::shared_ptr<const void>> owners;
    while (events.count() < rows_max) {
      auto row = cutter_.next();
      if (!row) {
        failure_ = row.error();
        if (events.count() == 0) return *failure_;
        break;
      }
      if (!*row) break;
      if (!(*row)->too_long && is_blank((*row)->text)) continue;
      if (owners.empty() || owners.back() != cutter_.owner()) owners.push_back(cutter_.owner());
      lines.push_back((*row)->line);
      take(**row, events);
    }
    return told(events.release(nullptr), lines, std::move(owners));
  }

 protected:
  /// Takes one row, which is not blank, as exactly one event.
  virtual void take(RowCutter::Row& row, EventCollector& events) = 0;
  /// A rejected row so that it can be read by itself.
  [[nodiscard]] virtual std::string raw_of(std::string row) const { return row; }

  static void reject_long(const RowCutter::Row& row, EventCollector& events) {
    events.begin();
    events.faults().add({}, FaultCode::BadRow, too_long_row());
    char* const room = events.arena().room(row.text.size());
    std::copy(row.text.begin(), row.text.end(), room);
    events.reject(events.arena().keep(row.text.size()));
  }

  RowCutter& cutter() { return cutter_; }

 private:
  ReadEvents told(Decoded decoded, const std::vector<std::uint64_t>& lines,
                  std::vector<std::shared_ptr<const void>> owners) {
    const auto rows_count = decoded.events_count;
    ReadEvents read = with_lines(std::move(decoded), lines);
    for (LineFault& told : read.faults) told.fault.index += rows_before_;
    for (RejectedLine& rejected : read.rejected) {
      rejected.index += rows_before_;
      rejected.raw = raw_of(std::move(rejected.raw));
    }
    rows_before_ += rows_count;
    read.batch.owners.insert(read.batch.owners.end(), owners.begin(), owners.end());
    return read;
  }

  RowCutter cutter_;
  DecodeOptions options_;
  std::uint32_t rows_before_ = 0;
  std::optional<base::Error> failure_;
};

class NdjsonReader final : public RowsReader {
 public:
  NdjsonReader(std::unique_ptr<ByteSource> source, const DecodeOptions& options)
      : RowsReader(std::move(source), &line_end, options) {}

 protected:
  void take(RowCutter::Row& row, EventCollector& events) override {
    if (row.too_long) return reject_long(row, events);
    events.take_line(row.text, false, 0);
  }
};

constexpr std::string_view kColumns =
    "event_id, occurred_at, user_id, event_type, properties_json (or properties)";

std::optional<Field> column_named(std::string_view name) {
  if (name == "properties_json") return Field::Properties;
  const auto* const found = std::find(kFieldNames.begin(), kFieldNames.end(), name);
  if (found == kFieldNames.end()) return std::nullopt;
  return static_cast<Field>(found - kFieldNames.begin());
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

class CsvReader final : public RowsReader {
 public:
  CsvReader(std::unique_ptr<ByteSource> source, const DecodeOptions& options)
      : RowsReader(std::move(source), &csv_row_end, options) {}

  base::Status read_header() {
    for (;;) {
      const auto row = cutter().next();
      if (!row) return row.error();
      if (!*row) return bad_header("the file is empty; a header line is required");
      if (is_blank((*row)->text)) continue;
      TextArena arena{0};
      std::vector<std::string_view> names;
      const std::string wrong =
          (*row)->too_long ? "it is too long" : cells_of((*row)->text, arena, names);
      if (!wrong.empty()) return bad_header("the header cannot be read: " + wrong);
      header_ = std::string((*row)->text) + "\n";
      return take_header(names);
    }
  }

 protected:
  void take(RowCutter::Row& row, EventCollector& events) override {
    if (row.too_long) return reject_long(row, events);
    events.begin();
    std::string wrong = cells_of(row.text, events.arena(), cells_);
    if (!wrong.empty()) {
      cutter().shorten_to_line(row);
    } else if (cells_.size() != columns_.size()) {
      wrong = "the row has " + std::to_string(cells_.size()) + " cells; the header has " +
              std::to_string(columns_.size());
    }
    if (!wrong.empty()) {
      events.faults().add({}, FaultCode::BadRow, std::move(wrong));
      return events.reject(row.text);
    }
    EventParts parts;
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      read_cell(columns_[i], cells_[i], parts[columns_[i]], events.faults());
    }
    events.take_parts(parts, row.text);
  }

 private:
  static base::Error bad_header(std::string_view what) {
    return {base::ErrorCode::InvalidInput, std::string(what)};
  }

  base::Status take_header(const std::vector<std::string_view>& names) {
    std::array<bool, kFieldsCount> seen{};
    for (const std::string_view name : names) {
      const std::optional<Field> field = column_named(trimmed(name));
      if (!field) {
        return bad_header("unknown column " + shown(name) +
                          "; these are known: " + std::string(kColumns));
      }
      bool& is_there = seen[static_cast<std::size_t>(*field)];
      if (is_there) return bad_header("column " + shown(name) + " is there more than once");
      is_there = true;
      columns_.push_back(*field);
    }
    for (std::size_t i = 0; i < kFieldsCount; ++i) {
      if (seen[i]) continue;
      return bad_header("column " + shown(kFieldNames[i]) +
                        " is missing; these are required: " + std::string(kColumns));
    }
    return base::ok;
  }

  [[nodiscard]] std::string raw_of(std::string row) const override { return header_ + row; }

  std::string header_;  // as it stands in the file, with its line end
  std::vector<Field> columns_;
  std::vector<std::string_view> cells_;
};

}  // namespace

std::string too_long_row() {
  return "the row has more than " + std::to_string(kRowBytesMax) + " bytes";
}

ReadEvents with_lines(Decoded decoded, std::span<const std::uint64_t> lines) {
  ReadEvents read;
  for (Fault& fault : decoded.faults) {
    const std::uint64_t line = lines[fault.index];
    read.faults.push_back({.line = line, .fault = std::move(fault)});
  }
  for (const Rejected& rejected : decoded.rejected) {
    read.rejected.push_back(
        {.index = rejected.index, .line = lines[rejected.index], .raw = std::string(rejected.raw)});
  }
  read.lines.reserve(decoded.index.size());
  for (const std::uint32_t index : decoded.index) read.lines.push_back(lines[index]);
  read.rows_count = decoded.events_count;
  read.batch = std::move(decoded.batch);
  return read;
}

base::Result<std::unique_ptr<EventReader>> open_reader(FileFormat format,
                                                       std::unique_ptr<ByteSource> source,
                                                       const DecodeOptions& options) {
  if (format == FileFormat::Ndjson) {
    return std::unique_ptr<EventReader>(std::make_unique<NdjsonReader>(std::move(source), options));
  }
  auto csv = std::make_unique<CsvReader>(std::move(source), options);
  const base::Status header = csv->read_header();
  if (!header) return header.error();
  return std::unique_ptr<EventReader>(std::move(csv));
}

}  // namespace tidemark::wire
