// Files of comma-separated values, and what spreadsheets make of them.

#include <algorithm>
#include <array>
#include <cassert>
#include <optional>
#include <string_view>
#include <utility>

#include "wire/cells.hpp"
#include "wire/csv.hpp"
#include "wire/rows/event_mapper.hpp"
#include "wire/rows/peeked_source.hpp"
#include "wire/rows/rows_reader.hpp"
#include "wire/text_kernels.hpp"

namespace tidemark::wire {
namespace {

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

base::Error bad_header(std::string_view what) {
  return {base::ErrorCode::InvalidInput, std::string(what)};
}

/// Excel's first line "sep=;": the delimiter, or nothing.
std::optional<char> delimiter_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() >= 2 && line.front() == '"' && line.back() == '"') {
    line = line.substr(1, line.size() - 2);
  }
  const bool says = line.size() == 5 && (line.starts_with("sep=") || line.starts_with("SEP="));
  if (!says || kDelimiters.find(line.back()) == std::string_view::npos) return std::nullopt;
  return line.back();
}

/// The delimiter that the first lines of the file suggest.
char delimiter_in(std::string_view first) {
  first = without_mark(first);
  while (!first.empty()) {
    const auto line = first.substr(0, first.find('\n'));
    if (const auto said = delimiter_line(line)) return *said;
    if (!is_blank(line)) return delimiter_of(line);
    first.remove_prefix(std::min(line.size() + 1, first.size()));
  }
  return ',';
}

class CsvReader final : public RowsReader {
 public:
  CsvReader(std::unique_ptr<ByteSource> source, char delimiter, FileForm form,
            const DecodeOptions& options)
      : RowsReader(options),
        cutter_(std::move(source), csv_row_end(delimiter)),
        delimiter_(delimiter),
        mapping_(std::move(form.mapping)) {
    if (mapping_) mapper_.emplace(*mapping_);
  }

  base::Status read_header();

 protected:
  base::Result<std::optional<Row>> next_row() override { return cutter_.next(); }
  [[nodiscard]] std::shared_ptr<const void> owner() const override { return cutter_.owner(); }
  void take(Row& row, EventCollector& events) override;
  /// Spreadsheets write rows of nothing but commas below the last one.
  [[nodiscard]] bool says_nothing(std::string_view text) const override {
    return std::ranges::all_of(text, [this](char c) {
      return c == delimiter_ || c == ' ' || c == '\t' || c == '\r' || c == '\n';
    });
  }
  [[nodiscard]] std::string raw_of(std::string row) const override { return header_ + row; }

 private:
  base::Status take_header(const std::vector<std::string_view>& names);
  base::Status take_columns(const std::vector<std::string_view>& names);
  [[nodiscard]] std::string wrong_with_cells() const;
  void take_mapped(std::string_view raw, EventCollector& events);

  RowCutter cutter_;
  char delimiter_;
  std::shared_ptr<const Mapping> mapping_;
  std::optional<EventMapper> mapper_;
  std::string header_;          // as it stands in the file, with its line end
  std::vector<Field> columns_;  // if there is no mapping
  std::vector<std::string> names_;
  std::size_t nameless_ = 0;  // nameless columns after the others, which spreadsheets write
  std::vector<std::string_view> cells_;
  std::vector<Member> members_;
};

base::Status CsvReader::read_header() {
  for (;;) {
    const auto row = cutter_.next();
    if (!row) return row.error();
    if (!*row) return bad_header("the file is empty; a header line is required");
    if (is_blank((*row)->text) || delimiter_line((*row)->text)) continue;
    TextArena arena{0};
    std::vector<std::string_view> names;
    const std::string wrong = (*row)->too_long ? "the line is too long"
                                               : cells_of((*row)->text, delimiter_, arena, names);
    if (!wrong.empty()) return bad_header("the header cannot be read: " + wrong);
    if (!is_utf8((*row)->text) || (*row)->text.find('\0') != std::string_view::npos) {
      return bad_header("the header is not text in UTF-8 or UTF-16");
    }
    header_ = std::string((*row)->text) + "\n";
    return take_header(names);
  }
}

base::Status CsvReader::take_header(const std::vector<std::string_view>& names) {
  for (const auto name : names) names_.emplace_back(trimmed(name));
  while (!names_.empty() && names_.back().empty()) {
    names_.pop_back();
    ++nameless_;
  }
  auto sorted = names_;
  std::ranges::sort(sorted);
  const auto twice = std::ranges::adjacent_find(sorted);
  if (twice != sorted.end()) {
    return bad_header("column " + shown(*twice) + " is there more than once");
  }
  if (!mapping_) return take_columns(names);
  const auto fault = fault_of_columns(*mapping_, names_);
  if (!fault.empty()) return bad_header(fault);
  return base::ok;
}

base::Status CsvReader::take_columns(const std::vector<std::string_view>& /*names*/) {
  std::array<bool, kFieldsCount> seen{};
  for (const auto& name : names_) {
    const std::optional<Field> field = column_named(name);
    if (!field) {
      std::string told = "unknown column " + shown(name) +
                         "; the known columns are: " + std::string(kColumns) +
                         "; --column and --rest take other columns";
      if (names_.size() == 1) {
        told = "the header has only one column, " + shown(name) +
               "; expected several columns with , ; | or a tab between them";
      }
      return bad_header(told);
    }
    bool& is_there = seen[static_cast<std::size_t>(*field)];
    if (is_there) return bad_header("column " + shown(name) + " is there more than once");
    is_there = true;
    columns_.push_back(*field);
  }
  for (std::size_t i = 0; i < kFieldsCount; ++i) {
    if (seen[i] || static_cast<Field>(i) == Field::Properties) continue;
    return bad_header("column " + shown(kFieldNames[i]) +
                      " is missing; the required columns are: event_id, occurred_at, user_id, "
                      "event_type");
  }
  return base::ok;
}

/// For a row that could be split.
std::string CsvReader::wrong_with_cells() const {
  const auto columns = names_.size() + nameless_;
  if (cells_.size() != columns) {
    return "the row has " + std::to_string(cells_.size()) + " cells; the header has " +
           std::to_string(columns);
  }
  for (std::size_t i = names_.size(); i < columns; ++i) {
    if (!is_blank(cells_[i]))
      return "cell " + std::to_string(i + 1) + " has a value, but its column has no name";
  }
  return {};
}

void CsvReader::take(Row& row, EventCollector& events) {
  events.begin();
  std::string wrong = cells_of(row.text, delimiter_, events.arena(), cells_);
  if (!wrong.empty()) {
    cutter_.shorten_to_line(row);
  } else {
    wrong = wrong_with_cells();
  }
  if (!wrong.empty()) {
    events.faults().add({}, FaultCode::BadRow, std::move(wrong));
    return events.reject(row.text);
  }
  if (mapper_) return take_mapped(row.text, events);
  EventParts parts;
  assert(columns_.size() <= cells_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    read_cell(columns_[i], cells_[i], parts[columns_[i]], events.faults());
  }
  events.take_parts(parts, row.text);
}

void CsvReader::take_mapped(std::string_view raw, EventCollector& events) {
  members_.clear();
  assert(names_.size() <= cells_.size());
  for (std::size_t i = 0; i < names_.size(); ++i) {
    members_.push_back({.name = names_[i],
                        .value = {.kind = ValueKind::String, .raw = cells_[i]},
                        .is_cell = true});
  }
  mapper_->take(members_, raw, events);
}

}  // namespace

base::Result<std::unique_ptr<EventReader>> open_csv(FileForm form,
                                                    std::unique_ptr<ByteSource> source,
                                                    const DecodeOptions& options) {
  auto peeked = PeekedSource::of(std::move(source));
  if (!peeked) return peeked.error();
  const char delimiter = form.delimiter.value_or(delimiter_in((*peeked)->first()));
  auto csv = std::make_unique<CsvReader>(std::move(*peeked), delimiter, std::move(form), options);
  const base::Status header = csv->read_header();
  if (!header) return header.error();
  return std::unique_ptr<EventReader>(std::move(csv));
}

}  // namespace tidemark::wire
