#include "wire/decode.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "wire/event_collector.hpp"
#include "wire/event_parser.hpp"
#include "wire/text_kernels.hpp"

namespace tidemark::wire {
namespace {

/// Whether an object on a line of its own, followed by another one, is the first of many lines: log
/// shippers send NDJSON as JSON.
bool are_lines(std::string_view first, std::string_view between, char next) {
  assert(!first.empty());
  return first.front() == '{' && next == '{' && first.find('\n') == std::string_view::npos &&
         between.find('\n') != std::string_view::npos;
}

}  // namespace

/// Everything that can stop a body as a whole ends in `failure_`.
class Decoding::Reader {
 public:
  Reader(Body body, Format format, const DecodeOptions& options)
      : body_(std::move(body)), format_(format), options_(options) {}

  bool step(std::size_t bytes);
  base::Result<Decoded> take() {
    assert(next_ == Next::Nothing && "`step` has said that it is done");
    if (failure_) return *std::move(failure_);
    assert(events_ != nullptr);
    return events_->release(std::move(body_.owner));
  }

 private:
  /// The input of the next step.
  enum class Next : std::uint8_t { Begin, EventOfArray, EventOfEnvelope, Line, Nothing };

  void begin();
  void begin_json();
  void begin_lines();
  void begin_array(Next events);
  bool begin_envelope();
  void read_lines(std::size_t bytes);
  void read_array(std::size_t bytes);
  void end_array();
  void read_one_event();
  void end_json();

  void forget_events() { events_ = std::make_unique<EventCollector>(options_, body_.text.size()); }
  bool room_for_one_more();
  void not_json() {
    fail(base::ErrorCode::InvalidInput,
         describe(scanner_.error(), body_.text.data(), body_.text.data() + body_.text.size()));
  }
  void fail(base::ErrorCode code, std::string message) {
    failure_.emplace(code, std::move(message));
    next_ = Next::Nothing;
  }

  Body body_;
  const Format format_;
  const DecodeOptions options_;
  std::unique_ptr<EventCollector> events_;
  std::optional<base::Error> failure_;
  Next next_ = Next::Begin;

  JsonScanner scanner_{nullptr, nullptr};
  const char* value_ = nullptr;  // where the body's one JSON value begins

  std::string_view lines_;  // that are left
  std::size_t line_ = 1;    // the number of the next one
  bool known_utf8_ = false;
};

bool Decoding::Reader::step(std::size_t bytes) {
  if (next_ == Next::Begin) begin();
  if (next_ == Next::Line) {
    read_lines(bytes);
  } else if (next_ != Next::Nothing) {
    read_array(bytes);
  }
  return next_ == Next::Nothing;
}

void Decoding::Reader::begin() {
  const std::string_view text = body_.text;
  if (text.size() > options_.limits.body_bytes_max) {
    return fail(base::ErrorCode::TooLarge,
                "the body has " + std::to_string(text.size()) + " bytes; at most " +
                    std::to_string(options_.limits.body_bytes_max) + " are allowed");
  }
  if (is_blank(without_mark(text))) {
    return fail(base::ErrorCode::InvalidInput,
                "byte " + std::to_string(text.size()) +
                    ": the body is empty; expected an event, an array of events, or "
                    "{\"events\":[…]}");
  }
  forget_events();
  known_utf8_ = is_utf8(text);
  if (format_ == Format::Ndjson) return begin_lines();
  if (!known_utf8_) return fail(base::ErrorCode::InvalidInput, not_utf8(text));
  begin_json();
}

bool Decoding::Reader::room_for_one_more() {
  assert(events_ != nullptr);
  if (events_->count() < options_.limits.events_max) return true;
  fail(base::ErrorCode::TooLarge, "the request has more than " +
                                      std::to_string(options_.limits.events_max) +
                                      " events; send fewer events at a time");
  return false;
}

void Decoding::Reader::begin_json() {
  const std::string_view text = without_mark(body_.text);
  scanner_ = {text.data(), text.data() + text.size()};
  scanner_.skip_space();
  value_ = scanner_.at();
  if (scanner_.accept('[')) return begin_array(Next::EventOfArray);
  if (scanner_.peek() == '{' && begin_envelope()) return begin_array(Next::EventOfEnvelope);
  read_one_event();
}

/// Passes `{"events":[`; where the body begins otherwise, nothing is passed.
bool Decoding::Reader::begin_envelope() {
  JsonScanner trial = scanner_;
  trial.accept('{');
  trial.skip_space();
  StringToken key;
  if (trial.peek() != '"' || !trial.string(key) || !key_is(key, "events")) return false;
  trial.skip_space();
  if (!trial.accept(':')) return false;
  trial.skip_space();
  if (!trial.accept('[')) return false;
  scanner_ = trial;
  return true;
}

/// Behind an opening bracket.
void Decoding::Reader::begin_array(Next events) {
  next_ = events;
  scanner_.skip_space();
  if (scanner_.accept(']')) end_array();
}

/// At the beginning of an event.
void Decoding::Reader::read_array(std::size_t bytes) {
  assert(next_ == Next::EventOfArray || next_ == Next::EventOfEnvelope);
  const char* const begin = scanner_.at();
  do {
    if (!room_for_one_more()) return;
    if (!events_->take_value(scanner_)) return not_json();
    scanner_.skip_space();
    if (scanner_.accept(']')) return end_array();
    if (!scanner_.expect(',', "a comma or ]")) return not_json();
    scanner_.skip_space();
  } while (static_cast<std::size_t>(scanner_.at() - begin) < bytes);
}

/// Behind a closing bracket. An object with more than `events` in it is an event after all.
void Decoding::Reader::end_array() {
  assert(next_ == Next::EventOfArray || next_ == Next::EventOfEnvelope);
  if (next_ == Next::EventOfArray) return end_json();
  scanner_.skip_space();
  if (scanner_.accept('}')) return end_json();
  forget_events();
  scanner_ = {value_, scanner_.end()};
  read_one_event();
}

void Decoding::Reader::read_one_event() {
  if (!events_->take_value(scanner_)) return not_json();
  end_json();
}

void Decoding::Reader::end_json() {
  const std::string_view value{value_, scanner_.at()};
  scanner_.skip_space();
  if (scanner_.at_end()) {
    next_ = Next::Nothing;
    return;
  }
  if (are_lines(value, {value.data() + value.size(), scanner_.at()}, scanner_.peek())) {
    forget_events();
    return begin_lines();
  }
  scanner_.fail(scanner_.peek() == '{'
                    ? "the end of the body (one event a line is application/x-ndjson)"
                    : "the end of the body");
  not_json();
}

void Decoding::Reader::begin_lines() {
  lines_ = without_mark(body_.text);
  next_ = Next::Line;
}

void Decoding::Reader::read_lines(std::size_t bytes) {
  std::string_view rest = lines_;
  const std::size_t left = rest.size() - std::min(rest.size(), bytes);
  for (; !rest.empty() && rest.size() >= left; ++line_) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (is_blank(line)) continue;
    if (!room_for_one_more()) return;
    events_->take_line(line, known_utf8_, line_);
  }
  lines_ = rest;
  if (rest.empty()) next_ = Next::Nothing;
}

Decoding::Decoding(Body body, Format format, const DecodeOptions& options)
    : reader_(std::make_unique<Reader>(std::move(body), format, options)) {}
Decoding::~Decoding() = default;

bool Decoding::step(std::size_t bytes) { return reader_->step(bytes); }
base::Result<Decoded> Decoding::take() { return reader_->take(); }

base::Result<Decoded> decode(Body body, Format format, const DecodeOptions& options) {
  Decoding decoding(std::move(body), format, options);
  while (!decoding.step(std::numeric_limits<std::size_t>::max())) {
  }
  return decoding.take();
}

}  // namespace tidemark::wire
