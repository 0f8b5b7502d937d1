#include "wire/event_check.hpp"

#include <cassert>
#include <string>

#include "event/event_id.hpp"
#include "event/limits.hpp"
#include "event/timestamp.hpp"
#include "wire/repeated_keys.hpp"
#include "wire/text_kernels.hpp"
#include "wire/unescape.hpp"

namespace tidemark::wire {
namespace {

/// What a field must be: completes "… is required".
std::string_view asked_for(Field field) {
  switch (field) {
    case Field::EventId:
      return "a string of 1 to 200 bytes";
    case Field::OccurredAt:
      return "an RFC 3339 string or an integer of milliseconds since 1970";
    case Field::UserId:
      return "a string of 1 to 256 bytes or an integer";
    case Field::EventType:
      return "a string of 1 to 128 bytes";
    case Field::Properties:
      return "an object";
  }
  return "";
}
static_assert(event::kEventIdBytesMax == 200 && event::kUserIdBytesMax == 256 &&
              event::kEventTypeBytesMax == 128);

std::string_view kind_name(ValueKind kind) {
  switch (kind) {
    case ValueKind::Absent:
      return "missing";
    case ValueKind::String:
      return "a string";
    case ValueKind::Integer:
      return "an integer";
    case ValueKind::Fraction:
      return "a number with a fraction or an exponent";
    case ValueKind::Boolean:
      return "a boolean";
    case ValueKind::Null:
      return "null";
    case ValueKind::Array:
      return "an array";
    case ValueKind::Object:
      return "an object";
  }
  return "";
}

std::string is_but_required(const FieldValue& value, Field field) {
  std::string message = "is ";
  message += kind_name(value.kind);
  message += "; ";
  message += asked_for(field);
  message += " is required";
  const bool scalar = value.kind == ValueKind::String || value.kind == ValueKind::Integer ||
                      value.kind == ValueKind::Fraction || value.kind == ValueKind::Boolean;
  if (scalar) message += "; received " + shown(value.raw);
  return message;
}

std::string bytes_text(std::size_t bytes) { return std::to_string(bytes) + " bytes"; }

constexpr const char* kBadText =
    "contains a NUL, an unpaired surrogate, or bytes that are not UTF-8; none of these is allowed "
    "in text";

}  // namespace

/// The text that a string or integer means.
std::string_view EventCheck::plain(const FieldValue& value) {
  if (!value.escaped) return value.raw;
  char* const room = arena_.room(value.raw.size());
  return arena_.keep(unescape(value.raw, room));
}

/// Whether the value has none of the kinds that the field may have; if so, reports it.
bool EventCheck::wrong_kind(const FieldValue& value, Field field, bool integer_too) {
  if (value.kind == ValueKind::String) return false;
  if (integer_too && value.kind == ValueKind::Integer) return false;
  const bool missing = value.kind == ValueKind::Absent;
  faults_.add(name_of(field), missing ? FaultCode::MissingField : FaultCode::WrongType,
              is_but_required(value, field));
  return true;
}

std::string_view EventCheck::text(const FieldValue& value, Field field, std::size_t bytes_max) {
  // Nearly all are such: nothing to read anew, and nothing wrong.
  const bool simple = value.kind == ValueKind::String && !value.escaped && !value.traits.bad_text;
  if (simple && value.raw.size() - 1 < bytes_max) return value.raw;
  if (wrong_kind(value, field, field == Field::UserId)) return {};
  if (value.traits.bad_text) {
    faults_.add(name_of(field), FaultCode::BadText, kBadText);
    return {};
  }
  const std::string_view text = plain(value);
  if (text.empty()) {
    faults_.add(name_of(field), FaultCode::Empty,
                "is empty; " + std::string(asked_for(field)) + " is required");
  } else if (text.size() > bytes_max) {
    faults_.add(name_of(field), FaultCode::TooLong,
                "has " + bytes_text(text.size()) + "; at most " + std::to_string(bytes_max) +
                    " are allowed");
    return {};
  }
  return text;
}

void EventCheck::event_id(const FieldValue& value, event::Row& row) {
  row.id = text(value, Field::EventId, event::kEventIdBytesMax);
  if (row.id.size() == event::kUuidTextBytes) {
    if (const auto uuid = event::parse_uuid(row.id)) {
      if (event::has_capitals(row.id)) {
        event::write_uuid(*uuid, arena_.room(event::kUuidTextBytes));
        row.id = arena_.keep(event::kUuidTextBytes);
      }
      row.id_hash = options_.hasher.hash(options_.project, *uuid);
      return;
    }
  }
  if (!row.id.empty()) row.id_hash = options_.hasher.hash_text(options_.project, row.id);
}

void EventCheck::occurred_at(const FieldValue& value, event::Row& row) {
  constexpr std::string_view kName = name_of(Field::OccurredAt);
  event::ParsedTimestamp read;
  std::string_view sent = value.raw;
  if (value.kind == ValueKind::Fraction || value.kind == ValueKind::Integer) {
    read = event::parse_milliseconds(sent);
  } else {
    if (wrong_kind(value, Field::OccurredAt, true)) return;
    if (value.traits.bad_text) return faults_.add(kName, FaultCode::BadText, kBadText);
    sent = plain(value);
    read = event::parse_timestamp(sent);
  }
  if (!read) {
    const bool malformed = read.outcome == event::ParsedTimestamp::Outcome::Malformed;
    faults_.add(kName, malformed ? FaultCode::BadTimestamp : FaultCode::OutOfRange,
                read.message + ("; received " + shown(sent)));
    return;
  }
  row.occurred_at = read.micros;
  if (read.micros - options_.now > options_.limits.future_max) {
    faults_.add(kName, FaultCode::OutOfRange,
                "is too far in the future: at most " +
                    std::to_string(options_.limits.future_max / base::kMicrosPerSecond) +
                    " s are allowed; received " + shown(sent));
  }
}

/// Without white space, and with the last of repeated keys.
std::string_view EventCheck::canonical_properties(const FieldValue& value) {
  std::string_view json = value.raw;
  if (value.traits.has_space) {
    char* const room = arena_.room(json.size() + kBodyPaddingBytes);
    json = arena_.keep(minify(json, room));
  }
  if (value.traits.repeated_keys_likely) {
    char* const room = arena_.room(json.size());
    const std::size_t bytes = copy_without_repeated_keys(json, room);
    assert(bytes <= json.size());
    if (bytes != json.size()) json = arena_.keep(bytes);  // else none was repeated
  }
  return json;
}

void EventCheck::properties(const FieldValue& value, event::Row& row) {
  constexpr std::string_view kName = name_of(Field::Properties);
  if (value.kind == ValueKind::Absent || value.kind == ValueKind::Null) {
    row.properties = "{}";
    return;
  }
  if (value.kind != ValueKind::Object) {
    return faults_.add(kName, FaultCode::NotAnObject, is_but_required(value, Field::Properties));
  }
  bool good = true;
  if (value.raw.size() > event::kPropertiesBytesMax) {
    faults_.add(kName, FaultCode::TooLarge,
                "has " + bytes_text(value.raw.size()) + "; at most " +
                    std::to_string(event::kPropertiesBytesMax) + " are allowed");
    good = false;
  }
  if (value.traits.depth_max > std::size_t{event::kPropertiesDepthMax}) {
    faults_.add(kName, FaultCode::TooDeep,
                "has " + std::to_string(value.traits.depth_max) + " levels; at most " +
                    std::to_string(event::kPropertiesDepthMax) +
                    " are allowed, counting properties itself");
    good = false;
  }
  if (value.traits.bad_text) {
    faults_.add(kName, FaultCode::BadText, kBadText);
    good = false;
  }
  if (good) row.properties = canonical_properties(value);
}

void EventCheck::check(const EventParts& parts, event::Row& row) {
  event_id(parts[Field::EventId], row);
  occurred_at(parts[Field::OccurredAt], row);
  row.user_id = text(parts[Field::UserId], Field::UserId, event::kUserIdBytesMax);
  row.event_type = text(parts[Field::EventType], Field::EventType, event::kEventTypeBytesMax);
  properties(parts[Field::Properties], row);
  assert(faults_.any() || (!row.id.empty() && !row.user_id.empty() && !row.event_type.empty()));
  if (faults_.any()) faults_.name_event(row.id);
}

}  // namespace tidemark::wire
