#include "wire/decode.hpp"

#include <cstring>
#include <string>
#include <utility>

#include "wire/event_check.hpp"
#include "wire/event_parser.hpp"
#include "wire/text_arena.hpp"
#include "wire/text_kernels.hpp"

namespace tidemark::wire {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Reads one body. Everything that can stop it as a whole ends in `failure_`.
class BodyReader {
 public:
  BodyReader(std::string_view text, const DecodeOptions& options)
      : text_(text),
        options_(options),
        arena_(std::make_shared<TextArena>(text.size())),
        faults_(options.limits.faults_described_max),
        check_(options_, faults_, *arena_) {
    constexpr std::size_t kEventBytesExpected = 192;
    const std::size_t expected = (text.size() / kEventBytesExpected) + 1;
    rows_reserve(std::min<std::size_t>(expected, options.limits.events_max));
  }

  bool json();
  bool ndjson();
  [[nodiscard]] const base::Error& failure() const { return failure_; }
  Decoded take(std::shared_ptr<const void> owner);

 private:
  void rows_reserve(std::size_t rows) {
    decoded_.batch.rows.reserve(rows);
    decoded_.index.reserve(rows);
  }
  bool event(JsonScanner& scanner);
  bool events_until_bracket(JsonScanner& scanner);
  bool object_body(JsonScanner& scanner);
  bool envelope(JsonScanner& scanner, bool& is_one);
  bool line(std::string_view line, bool known_utf8);
  void finish(const EventParts& parts, std::string_view raw);
  void reject(std::uint32_t index, std::string_view raw);
  bool room_for_one_more();
  bool not_json(const JsonScanner& scanner);
  bool fail(base::ErrorCode code, std::string message) {
    failure_ = {code, std::move(message)};
    return false;
  }

  std::string_view text_;
  const DecodeOptions& options_;
  std::shared_ptr<TextArena> arena_;
  FaultLog faults_;
  EventCheck check_;
  Decoded decoded_;
  std::uint64_t line_ = 0;
  base::Error failure_{base::ErrorCode::InvalidInput, ""};
};

std::string_view without_mark(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string not_utf8(std::string_view text) {
  const std::size_t at = first_non_utf8(text);
  return "byte " + std::to_string(at) + ": expected UTF-8, found " +
         (at < text.size() ? "a byte that is none" : "the end");
}

bool BodyReader::not_json(const JsonScanner& scanner) {
  return fail(base::ErrorCode::InvalidInput,
              describe(scanner.error(), text_.data(), text_.data() + text_.size()));
}

bool BodyReader::room_for_one_more() {
  if (decoded_.events_count < options_.limits.events_max) return true;
  return fail(base::ErrorCode::TooLarge,
              "more than " + std::to_string(options_.limits.events_max) + " events in one request");
}

/// One value where an event should be. False where the JSON is broken; then nothing was kept.
bool BodyReader::event(JsonScanner& scanner) {
  const char* const begin = scanner.at();
  EventParts parts;
  faults_.begin_event(decoded_.events_count);
  if (!parse_event(scanner, parts, faults_)) return false;
  finish(parts, {begin, scanner.at()});
  return true;
}

/// Checks what was taken apart, and keeps it as a row or as rejected.
void BodyReader::finish(const EventParts& parts, std::string_view raw) {
  event::Row row;
  if (raw.front() == '{') check_.check(parts, row);
  const std::uint32_t index = decoded_.events_count++;
  if (!faults_.any()) {
    decoded_.batch.rows.push_back(row);
    decoded_.index.push_back(index);
  } else {
    reject(index, raw);
  }
}

void BodyReader::reject(std::uint32_t index, std::string_view raw) {
  decoded_.rejected.push_back(
      {.index = index, .raw = raw, .first_fault = faults_.first(), .fault_count = faults_.count()});
}

/// Behind an opening bracket: events up to the closing one, which is passed.
bool BodyReader::events_until_bracket(JsonScanner& scanner) {
  scanner.skip_space();
  if (scanner.accept(']')) return true;
  for (;;) {
    if (!room_for_one_more()) return false;
    if (!event(scanner)) return not_json(scanner);
    scanner.skip_space();
    if (scanner.accept(']')) return true;
    if (!scanner.expect(',', "a comma or ]")) return not_json(scanner);
    scanner.skip_space();
  }
}

/// {"events":[…]} and nothing else. Where it is another object, `is_one` is false and nothing of
/// what was read stays.
bool BodyReader::envelope(JsonScanner& scanner, bool& is_one) {
  is_one = false;
  scanner.accept('{');
  scanner.skip_space();
  StringToken key;
  if (scanner.peek() != '"' || !scanner.string(key) || !key_is(key, "events")) return true;
  scanner.skip_space();
  if (!scanner.accept(':')) return true;
  scanner.skip_space();
  if (!scanner.accept('[')) return true;
  if (!events_until_bracket(scanner)) return false;
  scanner.skip_space();
  is_one = scanner.accept('}');
  if (!is_one) {
    decoded_ = {};
    faults_ = FaultLog{options_.limits.faults_described_max};
  }
  return true;
}

bool BodyReader::object_body(JsonScanner& scanner) {
  JsonScanner trial{scanner.at(), scanner.end()};
  bool is_envelope = false;
  if (!envelope(trial, is_envelope)) return false;
  if (is_envelope) {
    scanner = JsonScanner{trial.at(), trial.end()};
    return true;
  }
  return event(scanner) || not_json(scanner);
}

bool BodyReader::json() {
  if (!is_utf8(text_)) return fail(base::ErrorCode::InvalidInput, not_utf8(text_));
  const std::string_view text = without_mark(text_);
  JsonScanner scanner{text.data(), text.data() + text.size()};
  scanner.skip_space();
  if (scanner.accept('[')) {
    if (!events_until_bracket(scanner)) return false;
  } else if (scanner.peek() == '{') {
    if (!object_body(scanner)) return false;
  } else if (!event(scanner)) {
    return not_json(scanner);
  }
  scanner.skip_space();
  if (scanner.at_end()) return true;
  scanner.fail(scanner.peek() == '{'
                   ? "the end of the body (one event a line is application/x-ndjson)"
                   : "the end of the body");
  return not_json(scanner);
}

/// One line of NDJSON that is not blank. What is wrong with it is wrong with it alone.
bool BodyReader::line(std::string_view line, bool known_utf8) {
  if (!room_for_one_more()) return false;
  faults_.begin_event(decoded_.events_count);
  std::string wrong;
  if (!known_utf8 && !is_utf8(line)) {
    wrong = not_utf8(line);
  } else {
    JsonScanner scanner{line.data(), line.data() + line.size()};
    scanner.skip_space();
    const char* const begin = scanner.at();
    EventParts parts;
    const bool read = parse_event(scanner, parts, faults_);
    const char* const end = scanner.at();
    if (read) scanner.skip_space();
    if (read && scanner.at_end()) {
      finish(parts, {begin, end});
      return true;
    }
    if (read) scanner.fail("the end of the line");
    wrong = describe(scanner.error(), line.data(), line.data() + line.size());
  }
  faults_.forget_event();
  faults_.add({}, FaultCode::BadJson, "line " + std::to_string(line_) + ", " + wrong);
  reject(decoded_.events_count++, line);
  return true;
}

bool BodyReader::ndjson() {
  const bool known_utf8 = is_utf8(text_);
  std::string_view rest = without_mark(text_);
  while (!rest.empty()) {
    ++line_;
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view text = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (!is_blank(text) && !line(text, known_utf8)) return false;
  }
  return true;
}

Decoded BodyReader::take(std::shared_ptr<const void> owner) {
  decoded_.batch.project = options_.project;
  decoded_.batch.received_at = options_.now;
  decoded_.batch.owners.push_back(std::move(owner));
  if (!arena_->empty()) decoded_.batch.owners.push_back(std::move(arena_));
  decoded_.faults = faults_.take();
  return std::move(decoded_);
}

}  // namespace

base::Result<Decoded> decode(Body body, Format format, const DecodeOptions& options) {
  if (body.text.size() > options.limits.body_bytes_max) {
    return base::Error{base::ErrorCode::TooLarge,
                       "the body has " + std::to_string(body.text.size()) + " bytes; at most " +
                           std::to_string(options.limits.body_bytes_max) + " are taken"};
  }
  if (is_blank(without_mark(body.text))) {
    return base::Error{base::ErrorCode::InvalidInput,
                       "byte " + std::to_string(body.text.size()) +
                           ": the body is empty; expected an event, an array of events, or "
                           "{\"events\":[…]}"};
  }
  BodyReader reader{body.text, options};
  const bool good = format == Format::Json ? reader.json() : reader.ndjson();
  if (!good) return reader.failure();
  return reader.take(std::move(body.owner));
}

}  // namespace tidemark::wire
