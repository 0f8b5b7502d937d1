#pragma once

/// The rules of api.md section 1, applied to one event.

#include "event/event.hpp"
#include "wire/event_parts.hpp"
#include "wire/fault_log.hpp"
#include "wire/text_arena.hpp"

namespace tidemark::wire {

/// Makes a row from the parts of an event, and reports each fault.
///
/// Lifetime: rows point into what the parts point into, or into the arena.
class EventCheck {
 public:
  EventCheck(const DecodeOptions& options, FaultLog& faults, TextArena& arena)
      : options_(options), faults_(faults), arena_(arena) {}

  /// The row is complete if this added no fault. The faults of the event, earlier ones too, get its
  /// id if the id could be read.
  void check(const EventParts& parts, event::Row& row);

 private:
  std::string_view text(const FieldValue& value, Field field, std::size_t bytes_max);
  void event_id(const FieldValue& value, event::Row& row);
  void occurred_at(const FieldValue& value, event::Row& row);
  void properties(const FieldValue& value, event::Row& row);
  std::string_view canonical_properties(const FieldValue& value);
  std::string_view plain(const FieldValue& value);
  bool wrong_kind(const FieldValue& value, Field field, bool integer_too);

  const DecodeOptions& options_;
  FaultLog& faults_;
  TextArena& arena_;
};

}  // namespace tidemark::wire
