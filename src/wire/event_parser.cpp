#include "wire/event_parser.hpp"

#include <array>
#include <cassert>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "wire/unescape.hpp"

namespace tidemark::wire {
namespace {

/// Compares texts of equal length. The compiler knows the length: this is a load or two.
template <std::size_t kBytes>
bool same_bytes(std::string_view name, const char (&field)[kBytes]) {  // a literal
  assert(name.size() == kBytes - 1);
  return std::memcmp(name.data(), field, kBytes - 1) == 0;
}

std::optional<Field> field_named(std::string_view name) {
  switch (name.size()) {
    case 7:
      if (same_bytes(name, "user_id")) return Field::UserId;
      break;
    case 8:
      if (same_bytes(name, "event_id")) return Field::EventId;
      break;
    case 10:
      if (same_bytes(name, "event_type")) return Field::EventType;
      if (same_bytes(name, "properties")) return Field::Properties;
      break;
    case 11:
      if (same_bytes(name, "occurred_at")) return Field::OccurredAt;
      break;
    default:
      break;
  }
  return std::nullopt;
}

/// The meaning of the key; `scratch` holds it if escapes had to be decoded.
std::string_view meaning_of(const StringToken& key, std::string& scratch) {
  if (!key.escaped || key.bad_text) return key.raw;
  scratch.resize(key.raw.size());
  scratch.resize(unescape(key.raw, scratch.data()));
  return scratch;
}

std::string letters_of(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') letters += static_cast<char>(c | 0x20);
    if (c >= 'a' && c <= 'z') letters += c;
  }
  return letters;
}

/// The field that a sender of another service most likely means.
std::string_view likely_meant(std::string_view name) {
  using Pair = std::pair<std::string_view, Field>;
  static constexpr std::array<Pair, 18> kOthers{{{"eventid", Field::EventId},
                                                 {"id", Field::EventId},
                                                 {"uuid", Field::EventId},
                                                 {"messageid", Field::EventId},
                                                 {"insertid", Field::EventId},
                                                 {"occurredat", Field::OccurredAt},
                                                 {"timestamp", Field::OccurredAt},
                                                 {"time", Field::OccurredAt},
                                                 {"ts", Field::OccurredAt},
                                                 {"userid", Field::UserId},
                                                 {"user", Field::UserId},
                                                 {"distinctid", Field::UserId},
                                                 {"eventtype", Field::EventType},
                                                 {"event", Field::EventType},
                                                 {"type", Field::EventType},
                                                 {"name", Field::EventType},
                                                 {"property", Field::Properties},
                                                 {"propertiesjson", Field::Properties}}};
  const std::string letters = letters_of(name);
  for (const auto& [other, field] : kOthers) {
    if (letters == other) return name_of(field);
  }
  return {};
}

void tell_unknown(const StringToken& key, std::string_view name, FaultLog& faults) {
  constexpr std::size_t kNameBytesMax = 128;
  if (faults.is_full()) return;
  const std::string_view field = name.size() <= kNameBytesMax ? name : std::string_view{};
  if (key.bad_text) {
    faults.add(
        field, FaultCode::BadText,
        "has an escaped NUL or an unpaired surrogate in its name; neither is allowed in text");
  }
  std::string message =
      "is not a field of an event; the fields are: event_id, occurred_at, user_id, "
      "event_type, properties";
  const std::string_view meant = likely_meant(name);
  if (!meant.empty()) message += "; did you mean " + std::string(meant) + "?";
  if (name == "events") message += "; a batch {\"events\":[…]} may have no other field";
  message += "; received " + shown(name);
  faults.add(field, FaultCode::UnknownField, std::move(message));
}

/// A member whose key has escapes, is unknown, or occurred before.
bool read_unusual_member(JsonScanner& scanner, const StringToken& key, EventParts& parts,
                         FaultLog& faults) {
  std::string scratch;
  const std::string_view name = meaning_of(key, scratch);
  const std::optional<Field> field = field_named(name);
  FieldValue* const slot = field ? &parts[*field] : nullptr;
  if (slot != nullptr && slot->kind == ValueKind::Absent) return read_value(scanner, *slot);

  if (slot == nullptr) {
    tell_unknown(key, name, faults);
  } else if (!faults.is_full()) {
    faults.add(name, FaultCode::RepeatedField, "is there more than once; send it only once");
  }
  ValueTraits ignored;
  return scanner.value(ignored);
}

bool read_member(JsonScanner& scanner, EventParts& parts, FaultLog& faults) {
  StringToken key;
  if (scanner.peek() != '"') return scanner.fail("a key in quotes");
  if (!scanner.string(key)) return false;
  scanner.skip_space();
  if (!scanner.expect(':', "a colon after the key")) return false;
  scanner.skip_space();

  const std::optional<Field> field = key.escaped ? std::nullopt : field_named(key.raw);
  if (field && parts[*field].kind == ValueKind::Absent) return read_value(scanner, parts[*field]);
  return read_unusual_member(scanner, key, parts, faults);
}

}  // namespace

bool read_value(JsonScanner& scanner, FieldValue& value) {
  const char first = scanner.peek();
  if (first == '"') {
    StringToken token;
    if (!scanner.string(token)) return false;
    value.kind = ValueKind::String;
    value.escaped = token.escaped;
    value.raw = token.raw;
    value.traits.bad_text = token.bad_text;
    return true;
  }
  if (first == '-' || (first >= '0' && first <= '9')) {
    NumberToken token;
    if (!scanner.number(token)) return false;
    value.kind = token.integer ? ValueKind::Integer : ValueKind::Fraction;
    value.raw = token.raw;
    return true;
  }
  const char* const begin = scanner.at();
  if (!scanner.value(value.traits)) return false;
  value.kind = kind_of(first, false);
  value.raw = {begin, scanner.at()};
  return true;
}

bool key_is(const StringToken& key, std::string_view name) {
  if (key.bad_text) return false;
  std::string scratch;
  return meaning_of(key, scratch) == name;
}

ValueKind kind_of(char first, bool integer) {
  switch (first) {
    case '"':
      return ValueKind::String;
    case '{':
      return ValueKind::Object;
    case '[':
      return ValueKind::Array;
    case 't':
    case 'f':
      return ValueKind::Boolean;
    case 'n':
      return ValueKind::Null;
    default:
      return integer ? ValueKind::Integer : ValueKind::Fraction;
  }
}

bool parse_event(JsonScanner& scanner, EventParts& parts, FaultLog& faults) {
  if (scanner.peek() != '{') {
    const char* const begin = scanner.at();
    ValueTraits ignored;
    if (!scanner.value(ignored)) return false;
    faults.add({}, FaultCode::NotAnObject,
               "an event must be a JSON object; received " + shown({begin, scanner.at()}));
    return true;
  }
  scanner.accept('{');
  scanner.skip_space();
  if (scanner.accept('}')) return true;
  for (;;) {
    if (!read_member(scanner, parts, faults)) return false;
    scanner.skip_space();
    if (scanner.accept('}')) return true;
    if (!scanner.expect(',', "a comma or }")) return false;
    scanner.skip_space();
  }
}

}  // namespace tidemark::wire
