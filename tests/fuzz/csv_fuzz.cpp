// Any file gives rows, faults or an error, with a mapping too; how it comes in pieces does not
// matter; and the rows, written as CSV and read again, are the same rows.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "event/limits.hpp"
#include "must.hpp"
#include "wire/event_writer.hpp"
#include "wire/reader.hpp"

namespace tidemark::fuzz {
namespace {

const event::IdHasher kHasher{event::IdHasher::Key{}};

struct Told {
  std::string rows;    // as CSV
  std::string faults;  // line, field, code
  bool failed = false;
  std::size_t rows_count = 0;
};

Told read_all(const wire::FileForm& form, std::string text, std::size_t rows_max) {
  Told told;
  auto reader = wire::open_reader(form, wire::text_source(std::move(text)),
                                  {.now = event::kOccurredAtEnd, .hasher = kHasher});
  told.failed = !reader;
  while (reader) {
    const auto read = (*reader)->next(rows_max);
    // What stands around the events of a document may be broken.
    told.failed = !read && form.format == wire::FileFormat::Json;
    if (told.failed) break;
    MUST(read);
    MUST(read->rows_count <= rows_max);
    MUST(read->rows_count == read->batch.rows.size() + read->rejected.size());
    if (read->rows_count == 0) break;
    told.rows_count += read->rows_count;
    for (const event::Row& row : read->batch.rows) wire::write_event_csv_line(row, told.rows);
    for (const wire::LineFault& fault : read->faults) {
      MUST(fault.line > 0);
      told.faults += std::to_string(fault.line) + fault.fault.field +
                     std::string(wire::to_string(fault.fault.code)) + '\n';
    }
  }
  return told;
}

std::shared_ptr<const wire::Mapping> mapping() {
  static const auto kMapping = [] {
    wire::Mapping mapping;
    mapping.columns[static_cast<std::size_t>(wire::Field::UserId)] = {"user_id", "properties.a"};
    mapping.id_columns = {"event_type", "properties.a.b"};
    mapping.id_columns_may_miss = true;
    mapping.others = wire::OtherColumns::Properties;
    mapping.time_unit = wire::TimeUnit::Milliseconds;
    return std::make_shared<const wire::Mapping>(mapping);
  }();
  return kMapping;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 1) return 0;
  const auto lines = (bytes[0] & 4) != 0 ? wire::FileFormat::Json : wire::FileFormat::Ndjson;
  const auto format = (bytes[0] & 1) != 0 ? lines : wire::FileFormat::Csv;
  const wire::FileForm form{
      .format = format, .delimiter = {}, .mapping = (bytes[0] & 8) != 0 ? mapping() : nullptr};
  std::string text{reinterpret_cast<const char*>(bytes) + 1, size - 1};
  // Most inputs would fail at the header: half of them get a good one.
  const std::string header(wire::kCsvHeader);
  if ((bytes[0] & 2) != 0 && format == wire::FileFormat::Csv) text.insert(0, header);

  const Told told = read_all(form, text, 1'000);
  const Told by_row = read_all(form, text, 1);
  MUST(told.failed == by_row.failed && told.rows == by_row.rows && told.faults == by_row.faults);
  if (told.failed) return 0;

  const wire::FileForm csv{.format = wire::FileFormat::Csv, .delimiter = {}, .mapping = nullptr};
  const Told again = read_all(csv, header + told.rows, 1'000);
  MUST(!again.failed && again.faults.empty());
  MUST(again.rows == told.rows);
  return 0;
}

}  // namespace tidemark::fuzz
