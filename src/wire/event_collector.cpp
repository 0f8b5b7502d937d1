#include "wire/event_collector.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "wire/event_parser.hpp"
#include "wire/text_kernels.hpp"

namespace tidemark::wire {

EventCollector::EventCollector(const DecodeOptions& options, std::size_t bytes_expected)
    : options_(options),
      arena_(std::make_shared<TextArena>(bytes_expected)),
      faults_(options.limits.faults_described_max),
      check_(options_, faults_, *arena_) {
  constexpr std::size_t kEventBytesExpected = 192;
  const std::size_t rows =
      std::min<std::size_t>((bytes_expected / kEventBytesExpected) + 1, options.limits.events_max);
  decoded_.batch.rows.reserve(rows);
  decoded_.index.reserve(rows);
}

void EventCollector::take_parts(const EventParts& parts, std::string_view raw) {
  event::Row row;
  check_.check(parts, row);
  if (faults_.any()) return reject(raw);
  decoded_.batch.rows.push_back(row);
  decoded_.index.push_back(decoded_.events_count++);
  assert(decoded_.batch.rows.size() == decoded_.index.size());
}

void EventCollector::reject(std::string_view raw) {
  assert(faults_.any());
  decoded_.rejected.push_back({.index = decoded_.events_count++,
                               .raw = raw,
                               .first_fault = faults_.first(),
                               .fault_count = faults_.count()});
}

bool EventCollector::take_value(JsonScanner& scanner) {
  const char* const begin = scanner.at();
  EventParts parts;
  this->begin();
  if (!parse_event(scanner, parts, faults_)) return false;
  const std::string_view raw{begin, scanner.at()};
  if (*begin == '{') {
    take_parts(parts, raw);
  } else {
    reject(raw);  // no object: that is its fault, and its fields are not asked for
  }
  return true;
}

void EventCollector::take_line(std::string_view line, bool known_utf8, std::uint64_t number) {
  begin();
  std::string wrong;
  if (!known_utf8 && !is_utf8(line)) {
    wrong = not_utf8(line);
  } else {
    JsonScanner scanner{line.data(), line.data() + line.size()};
    scanner.skip_space();
    const char* const begin = scanner.at();
    EventParts parts;
    const bool read = parse_event(scanner, parts, faults_);
    const std::string_view raw{begin, scanner.at()};
    if (read) scanner.skip_space();
    if (read && scanner.at_end()) return *begin == '{' ? take_parts(parts, raw) : reject(raw);
    if (read) scanner.fail("the end of the line");
    wrong = describe(scanner.error(), line.data(), line.data() + line.size());
  }
  faults_.forget_event();
  if (number != 0) wrong.insert(0, "line " + std::to_string(number) + ", ");
  faults_.add({}, FaultCode::BadJson, std::move(wrong));
  reject(line);
}

Decoded EventCollector::release(std::shared_ptr<const void> owner) {
  assert(decoded_.events_count == decoded_.batch.rows.size() + decoded_.rejected.size());
  decoded_.batch.project = options_.project;
  decoded_.batch.received_at = options_.now;
  if (owner != nullptr) decoded_.batch.owners.push_back(std::move(owner));
  if (!arena_->empty()) decoded_.batch.owners.push_back(std::move(arena_));
  decoded_.faults = faults_.release();
  return std::move(decoded_);
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string_view without_mark(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

std::string not_utf8(std::string_view text) {
  return "byte " + std::to_string(first_non_utf8(text)) +
         ": expected UTF-8, found a byte that is not UTF-8";
}

}  // namespace tidemark::wire
