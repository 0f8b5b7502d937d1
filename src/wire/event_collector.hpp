#pragma once

/// Gathers the events of one request or of one piece of a file, good ones and rejected ones.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "wire/decode.hpp"
#include "wire/event_check.hpp"
#include "wire/event_parts.hpp"
#include "wire/fault_log.hpp"
#include "wire/json_scanner.hpp"
#include "wire/text_arena.hpp"

namespace tidemark::wire {

/// Lifetime: `options` must outlive the collector; the texts given to it must outlive what it
///           collected.
class EventCollector {
 public:
  /// `bytes_expected`: the size of all text that will come.
  EventCollector(const DecodeOptions& options, std::size_t bytes_expected);
  EventCollector(const EventCollector&) = delete;
  EventCollector& operator=(const EventCollector&) = delete;

  [[nodiscard]] std::uint32_t count() const { return decoded_.events_count; }
  [[nodiscard]] FaultLog& faults() { return faults_; }
  [[nodiscard]] TextArena& arena() { return *arena_; }

  /// Takes the JSON value at the scanner as one event. False if the JSON is broken: then nothing
  /// was taken, and the scanner tells the place.
  bool take_value(JsonScanner& scanner);

  /// Takes one line of NDJSON, which must not be blank, as one event; a broken line is a rejected
  /// event. Its message tells the line's `number`, unless that is 0 because it is told elsewhere.
  void take_line(std::string_view line, bool known_utf8, std::uint64_t number);

  /// Begin and end of an event that the caller parses; faults that are added in between belong to
  /// the event.
  void begin() { faults_.begin_event(decoded_.events_count); }
  void take_parts(const EventParts& parts, std::string_view raw);
  void reject(std::string_view raw);

  /// Returns everything; the collector is done.
  Decoded release(std::shared_ptr<const void> owner);

 private:
  const DecodeOptions& options_;
  std::shared_ptr<TextArena> arena_;
  FaultLog faults_;
  EventCheck check_;
  Decoded decoded_;
};

/// Whether a text has only white space as JSON defines it.
bool is_blank(std::string_view text);

/// The text after a byte order mark.
std::string_view without_mark(std::string_view text);

/// The message that tells at which byte a text, which `is_utf8` refused, is not UTF-8.
std::string not_utf8(std::string_view text);

}  // namespace tidemark::wire
