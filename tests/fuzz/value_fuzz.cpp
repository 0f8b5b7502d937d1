// Single values: numbers are ordered as numbers, instants and ids come back as they were read.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "event/event_id.hpp"
#include "event/timestamp.hpp"
#include "must.hpp"
#include "wire/csv.hpp"
#include "wire/event_writer.hpp"
#include "wire/json_scanner.hpp"
#include "wire/property.hpp"

namespace tidemark::fuzz {
namespace {

void check_instant(std::string_view text) {
  for (const auto& parsed : {event::parse_timestamp(text), event::parse_milliseconds(text)}) {
    if (!parsed) continue;
    const auto again = event::parse_timestamp(event::to_string(parsed.micros));
    MUST(again && again.micros == parsed.micros);
  }
}

void check_id(std::string_view text) {
  const auto uuid = event::parse_uuid(text);
  if (!uuid) return;
  std::string written(event::kUuidTextBytes, ' ');
  event::write_uuid(*uuid, written.data());
  MUST(event::parse_uuid(written) == uuid);
  MUST(!event::has_capitals(written));
  MUST(event::has_capitals(text) == (written != text));
}

/// The number rule is written down twice: for bodies, and for what a question names.
void check_number(std::string_view text) {
  std::string padded(text);
  padded.append(wire::kBodyPaddingBytes, '0');
  wire::JsonScanner scanner{padded.data(), padded.data() + text.size()};
  wire::NumberToken token;
  const bool starts = !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
  const bool scanned = starts && scanner.number(token) && scanner.at_end();
  MUST(scanned == wire::is_number(text));
}

void check_order(const std::string& a, const std::string& b) {
  if (!wire::is_number(a) || !wire::is_number(b)) return;
  const auto order = wire::compare_numbers(a, b);
  MUST(wire::compare_numbers(b, a) == 0 <=> order);
  MUST(wire::compare_numbers(a, a) == std::strong_ordering::equal);
  MUST((order == std::strong_ordering::equal) == wire::same_json(a, b));
  // Rounding to a double never turns an order around.
  const double double_a = std::strtod(a.c_str(), nullptr);
  const double double_b = std::strtod(b.c_str(), nullptr);
  if (double_a < double_b) MUST(order == std::strong_ordering::less);
  if (double_a > double_b) MUST(order == std::strong_ordering::greater);
}

void check_cell(std::string_view text) {
  std::string row;
  wire::write_csv_cell(text, row);
  row += ',';
  wire::TextArena arena{0};
  std::vector<std::string_view> cells;
  MUST(wire::cells_of(row, ',', arena, cells).empty());
  MUST(cells.size() == 2 && cells[0] == text && cells[1].empty());
  MUST(wire::csv_row_end(',')(row.data(), row.data() + row.size()) == row.data() + row.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(bytes), size};
  const std::size_t split = std::min(text.find(' '), size);
  const std::string a(text.substr(0, split));
  const std::string b(text.substr(std::min(split + 1, size)));
  check_instant(text);
  check_id(text);
  check_number(a);
  check_number(b);
  check_order(a, b);
  check_cell(text);
  return 0;
}

}  // namespace tidemark::fuzz
