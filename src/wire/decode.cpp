#include "wire/decode.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "wire/event_collector.hpp"
#include "wire/event_parser.hpp"
#include "wire/text_kernels.hpp"

namespace tidemark::wire {
namespace {

/// Reads one body. Everything that can stop it as a whole ends in `failure`.
class BodyReader {
 public:
  BodyReader(std::string_view text, const DecodeOptions& options)
      : text_(text),
        options_(options),
        events_(std::make_unique<EventCollector>(options, text.size())) {}

  bool json();
  bool ndjson();
  [[nodiscard]] const base::Error& failure() const { return failure_; }
  Decoded release(std::shared_ptr<const void> owner) { return events_->release(std::move(owner)); }

 private:
  bool event(JsonScanner& scanner) { return events_->take_value(scanner) || not_json(scanner); }
  bool events_until_bracket(JsonScanner& scanner);
  bool object(JsonScanner& scanner);
  bool envelope(JsonScanner& scanner, bool& is_one);
  bool room_for_one_more();
  bool not_json(const JsonScanner& scanner) {
    return fail(base::ErrorCode::InvalidInput,
                describe(scanner.error(), text_.data(), text_.data() + text_.size()));
  }
  bool fail(base::ErrorCode code, std::string message) {
    failure_ = {code, std::move(message)};
    return false;
  }

  std::string_view text_;
  const DecodeOptions& options_;
  std::unique_ptr<EventCollector> events_;
  base::Error failure_{base::ErrorCode::InvalidInput, ""};
};

bool BodyReader::room_for_one_more() {
  if (events_->count() < options_.limits.events_max) return true;
  return fail(base::ErrorCode::TooLarge,
              "more than " + std::to_string(options_.limits.events_max) + " events in one request");
}

/// Behind an opening bracket: events up to the closing one, which is passed.
bool BodyReader::events_until_bracket(JsonScanner& scanner) {
  scanner.skip_space();
  if (scanner.accept(']')) return true;
  for (;;) {
    if (!room_for_one_more()) return false;
    if (!event(scanner)) return false;
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
  if (!is_one) events_ = std::make_unique<EventCollector>(options_, text_.size());
  return true;
}

bool BodyReader::object(JsonScanner& scanner) {
  JsonScanner trial{scanner.at(), scanner.end()};
  bool is_envelope = false;
  if (!envelope(trial, is_envelope)) return false;
  if (!is_envelope) return event(scanner);
  scanner = JsonScanner{trial.at(), trial.end()};
  return true;
}

/// Whether an object on a line of its own with the next one behind it is the first of many lines:
/// shippers of logs send NDJSON as JSON.
bool are_lines(std::string_view first, std::string_view between, char next) {
  return first.front() == '{' && next == '{' && first.find('\n') == std::string_view::npos &&
         between.find('\n') != std::string_view::npos;
}

bool BodyReader::json() {
  if (!is_utf8(text_)) return fail(base::ErrorCode::InvalidInput, not_utf8(text_));
  const std::string_view text = without_mark(text_);
  JsonScanner scanner{text.data(), text.data() + text.size()};
  scanner.skip_space();
  const char* const begin = scanner.at();
  const bool read = scanner.accept('[')     ? events_until_bracket(scanner)
                    : scanner.peek() == '{' ? object(scanner)
                                            : event(scanner);
  if (!read) return false;
  const std::string_view first{begin, scanner.at()};
  scanner.skip_space();
  if (scanner.at_end()) return true;
  if (are_lines(first, {first.data() + first.size(), scanner.at()}, scanner.peek())) {
    events_ = std::make_unique<EventCollector>(options_, text_.size());
    return ndjson();
  }
  scanner.fail(scanner.peek() == '{'
                   ? "the end of the body (one event a line is application/x-ndjson)"
                   : "the end of the body");
  return not_json(scanner);
}

bool BodyReader::ndjson() {
  const bool known_utf8 = is_utf8(text_);
  std::string_view rest = without_mark(text_);
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (is_blank(line)) continue;
    if (!room_for_one_more()) return false;
    events_->take_line(line, known_utf8, number);
  }
  return true;
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
  return reader.release(std::move(body.owner));
}

}  // namespace tidemark::wire
