#pragma once

/// The parts of an event, in whatever form it was written, before its rules are checked.

#include <array>
#include <cassert>
#include <cstdint>
#include <string_view>

#include "wire/json_scanner.hpp"

namespace tidemark::wire {

enum class Field : std::uint8_t { EventId, OccurredAt, UserId, EventType, Properties };
inline constexpr std::size_t kFieldsCount = 5;
inline constexpr std::array<std::string_view, kFieldsCount> kFieldNames{
    "event_id", "occurred_at", "user_id", "event_type", "properties"};
static_assert(static_cast<std::size_t>(Field::Properties) + 1 == kFieldsCount);
constexpr std::string_view name_of(Field field) {
  assert(static_cast<std::size_t>(field) < kFieldsCount);
  return kFieldNames[static_cast<std::size_t>(field)];
}

enum class ValueKind : std::uint8_t {
  Absent,
  String,
  Integer,
  Fraction,  ///< a number with a fraction or an exponent
  Boolean,
  Null,
  Array,
  Object,
};

/// The value of one field.
struct FieldValue {
  ValueKind kind = ValueKind::Absent;
  bool escaped = false;  ///< for a string: it has escapes that must be decoded
  std::string_view raw;  ///< as sent; a string without its quotes
  ValueTraits traits{};  ///< for a string bad_text; for an object all of them
};

struct EventParts {
  std::array<FieldValue, kFieldsCount> fields;
  FieldValue& operator[](Field field) { return fields[static_cast<std::size_t>(field)]; }
  const FieldValue& operator[](Field field) const {
    return fields[static_cast<std::size_t>(field)];
  }
};

}  // namespace tidemark::wire
