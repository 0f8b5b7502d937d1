#include "wire/cells.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "wire/event_collector.hpp"
#include "wire/event_parser.hpp"
#include "wire/event_writer.hpp"
#include "wire/text_kernels.hpp"

namespace tidemark::wire {
namespace {

void read_properties(std::string_view cell, FieldValue& value, FaultLog& faults) {
  if (value.traits.bad_text) {  // told as such: it cannot be read as JSON
    value.kind = ValueKind::Object;
    return;
  }
  value.kind = ValueKind::Absent;
  if (is_blank(cell)) return;
  JsonScanner scanner{cell.data(), cell.data() + cell.size()};
  scanner.skip_space();
  const char first = scanner.peek();
  const char* const begin = scanner.at();
  const bool read = scanner.value(value.traits);
  value.raw = {begin, scanner.at()};
  if (read) scanner.skip_space();
  if (read && scanner.at_end()) {
    const bool integer = value.raw.find_first_of(".eE") == std::string_view::npos;
    value.kind = kind_of(first, integer);
    return;
  }
  if (read) scanner.fail("the end of the cell");
  faults.add(name_of(Field::Properties), FaultCode::BadJson,
             describe(scanner.error(), cell.data(), cell.data() + cell.size()));
}

/// A copy after which the scanner may read.
std::string_view padded(std::string_view cell, TextArena& arena) {
  char* const room = arena.room(cell.size() + kBodyPaddingBytes);
  if (!cell.empty()) std::memcpy(room, cell.data(), cell.size());
  return arena.keep(cell.size());
}

std::size_t bytes_of(const CellRow& row) {
  std::size_t bytes = 0;
  for (const auto& cell : row.cells) bytes += cell ? cell->size() : 0;
  return bytes;
}

void take(const CellRow& row, EventCollector& events) {
  events.begin();
  if (bytes_of(row) > kRowBytesMax) {
    events.faults().add({}, FaultCode::BadRow, too_long_row());
    return events.reject({});
  }
  EventParts parts;
  for (std::size_t i = 0; i < kFieldsCount; ++i) {
    if (!row.cells[i]) continue;
    read_cell(static_cast<Field>(i), padded(*row.cells[i], events.arena()), parts.fields[i],
              events.faults());
  }
  events.take_parts(parts, {});
}

std::string as_csv(const CellRow& row) {
  std::string line;
  for (const auto& cell : row.cells) {
    if (!line.empty() || &cell != row.cells.data()) line += ',';
    write_csv_cell(cell.value_or(std::string_view()), line);
    if (line.size() > kRowBytesMax) break;
  }
  line.resize(std::min(line.size(), kRowBytesMax));
  return std::string(kCsvHeader) + line;
}

}  // namespace

void read_cell(Field field, std::string_view cell, FieldValue& value, FaultLog& faults) {
  value.kind = ValueKind::String;
  value.raw = cell;
  value.traits.bad_text = !is_utf8(cell) || cell.find('\0') != std::string_view::npos;
  if (field == Field::OccurredAt) {
    const std::size_t sign = cell.starts_with('-') ? 1 : 0;
    const bool digits =
        cell.size() > sign && cell.find_first_not_of("0123456789", sign) == std::string_view::npos;
    if (digits) value.kind = ValueKind::Integer;
  } else if (field == Field::Properties) {
    read_properties(cell, value, faults);
  }
}

ReadEvents read_rows(std::span<const CellRow> rows, const DecodeOptions& options) {
  std::size_t bytes = 0;
  std::vector<std::uint64_t> lines;
  for (const auto& row : rows) {
    bytes += bytes_of(row);
    lines.push_back(row.line);
  }
  EventCollector events{options, bytes};
  for (const auto& row : rows) take(row, events);
  auto decoded = events.release(nullptr);
  assert(decoded.events_count == rows.size());
  std::vector<std::string> raw;
  for (const auto& rejected : decoded.rejected) {
    assert(rejected.index < rows.size());
    raw.push_back(as_csv(rows[rejected.index]));
  }
  auto read = with_lines(std::move(decoded), lines);
  assert(read.rejected.size() == raw.size());
  for (std::size_t i = 0; i < raw.size(); ++i) read.rejected[i].raw = std::move(raw[i]);
  return read;
}

}  // namespace tidemark::wire
