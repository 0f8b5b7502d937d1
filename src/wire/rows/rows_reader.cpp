#include "wire/rows/rows_reader.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "wire/rows/event_mapper.hpp"
#include "wire/rows/value_cutter.hpp"

namespace tidemark::wire {
namespace {

void reject_long(const Row& row, EventCollector& events) {
  events.begin();
  events.faults().add({}, FaultCode::BadRow, too_long_row());
  char* const room = events.arena().room(row.text.size());
  std::copy(row.text.begin(), row.text.end(), room);
  events.reject(events.arena().keep(row.text.size()));
}

/// Rows that are JSON objects: lines, or values of a document.
template <class Cutter>
class JsonRows final : public RowsReader {
 public:
  JsonRows(Cutter cutter, FileForm form, const DecodeOptions& options)
      : RowsReader(options), cutter_(std::move(cutter)), mapping_(std::move(form.mapping)) {
    if (mapping_) mapper_.emplace(*mapping_);
  }

 protected:
  base::Result<std::optional<Row>> next_row() override { return cutter_.next(); }
  [[nodiscard]] std::shared_ptr<const void> owner() const override { return cutter_.owner(); }
  void take(Row& row, EventCollector& events) override {
    if (mapper_) return mapper_->take_json(row.text, events);
    events.take_line(row.text, false, 0);
  }

 private:
  Cutter cutter_;
  std::shared_ptr<const Mapping> mapping_;
  std::optional<EventMapper> mapper_;
};

}  // namespace

base::Result<ReadEvents> RowsReader::next(std::size_t rows_max) {
  constexpr std::size_t kRowBytesExpected = 256;
  if (failure_) return *failure_;
  EventCollector events{options_, rows_max * kRowBytesExpected};
  std::vector<std::uint64_t> lines;
  std::vector<std::shared_ptr<const void>> owners;
  std::size_t bytes = 0;
  while (events.count() < rows_max && bytes < kNextBytesMax) {
    auto row = next_row();
    if (!row) {
      failure_ = row.error();
      if (events.count() == 0) return *failure_;
      break;
    }
    if (!*row) break;
    if (!(*row)->too_long && says_nothing((*row)->text)) continue;
    if (owners.empty() || owners.back() != owner()) owners.push_back(owner());
    lines.push_back((*row)->line);
    bytes += (*row)->text.size();
    (*row)->too_long ? reject_long(**row, events) : take(**row, events);
  }
  assert(lines.size() == events.count());
  return told(events.release(nullptr), lines, std::move(owners));
}

ReadEvents RowsReader::told(Decoded decoded, const std::vector<std::uint64_t>& lines,
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

std::string too_long_row() {
  return "the row has more than " + std::to_string(kRowBytesMax) + " bytes";
}

ReadEvents with_lines(Decoded decoded, std::span<const std::uint64_t> lines) {
  ReadEvents read;
  for (EventFault& fault : decoded.faults) {
    assert(fault.index < lines.size());
    const std::uint64_t line = lines[fault.index];
    read.faults.push_back({.line = line, .fault = std::move(fault)});
  }
  for (const Rejected& rejected : decoded.rejected) {
    read.rejected.push_back(
        {.index = rejected.index, .line = lines[rejected.index], .raw = std::string(rejected.raw)});
  }
  read.lines.reserve(decoded.index.size());
  for (const std::uint32_t index : decoded.index) {
    assert(index < lines.size());
    read.lines.push_back(lines[index]);
  }
  read.rows_count = decoded.events_count;
  read.batch = std::move(decoded.batch);
  assert(read.lines.size() == read.batch.rows.size());
  return read;
}

ReadEvents read_json_rows(std::span<const JsonRow> rows, const Mapping& mapping,
                          const DecodeOptions& options) {
  std::size_t bytes = 0;
  std::vector<std::uint64_t> lines;
  for (const auto& row : rows) {
    bytes += row.text.size() + kBodyPaddingBytes;
    lines.push_back(row.line);
  }
  EventCollector events{options, bytes};
  EventMapper mapper(mapping);
  for (const auto& row : rows) {
    if (row.text.size() > kRowBytesMax) {
      reject_long({.text = row.text.substr(0, kRowBytesMax), .line = row.line}, events);
      continue;
    }
    char* const room = events.arena().room(row.text.size() + kBodyPaddingBytes);
    std::copy(row.text.begin(), row.text.end(), room);
    const auto kept = events.arena().keep(row.text.size() + kBodyPaddingBytes);
    mapper.take_json(kept.substr(0, row.text.size()), events);
  }
  return with_lines(events.release(nullptr), lines);
}

base::Result<std::unique_ptr<EventReader>> open_reader(FileForm form,
                                                       std::unique_ptr<ByteSource> source,
                                                       const DecodeOptions& options) {
  switch (form.format) {
    case FileFormat::Csv:
      return open_csv(std::move(form), std::move(source), options);
    case FileFormat::Json:
      return std::unique_ptr<EventReader>(std::make_unique<JsonRows<ValueCutter>>(
          ValueCutter(std::move(source)), std::move(form), options));
    case FileFormat::Ndjson:
      break;
  }
  return std::unique_ptr<EventReader>(std::make_unique<JsonRows<RowCutter>>(
      RowCutter(std::move(source), &line_end), std::move(form), options));
}

}  // namespace tidemark::wire
