// Segments, by the paragraph of that name in the contract.

#include <cstdlib>
#include <optional>
#include <regex>

#include "contract/reference.hpp"

namespace tidemark::contract {
namespace {

using Kind = PropertyValue::Kind;

/// The number that `text` is as a whole, as JSON writes numbers: "00001" is none. The tests keep to
/// numbers that a long double holds.
std::optional<long double> number(const std::string& text) {
  static const std::regex kNumber(R"(-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)");
  if (!std::regex_match(text, kNumber)) return {};
  return std::strtold(text.c_str(), nullptr);
}

template <class T>
bool compare(const std::string& op, const T& left, const T& right) {
  if (op == "<") return left < right;
  if (op == "<=") return left <= right;
  if (op == ">") return left > right;
  return left >= right;
}

/// "a string equals VALUE byte for byte, a number when VALUE is the same number, true, false, null
/// as such; arrays and objects never match".
bool equals(const PropertyValue& property, const std::string& value) {
  switch (property.kind) {
    case Kind::String:
      return property.text == value;
    case Kind::Number:
      return number(value) && *number(value) == *number(property.text);
    case Kind::True:
      return value == "true";
    case Kind::False:
      return value == "false";
    case Kind::Null:
      return value == "null";
    case Kind::Array:
    case Kind::Object:
      return false;
  }
  return false;
}

/// What lies at the end of the path, if anything.
std::optional<PropertyValue> find(const AskedSegment& segment, const KnownEvent& event) {
  if (segment.field == "event_type") return PropertyValue{.kind = Kind::String, .text = event.type};
  if (segment.field == "user_id") return PropertyValue{.kind = Kind::String, .text = event.user};
  const Properties* members = &event.properties;
  std::optional<PropertyValue> found;
  for (const auto& key : segment.path) {
    if (members == nullptr || !members->contains(key)) return {};
    found = members->at(key);
    members = members->at(key).kind == Kind::Object ? &members->at(key).members : nullptr;
  }
  return found;
}

}  // namespace

bool matches(const AskedSegment& segment, const KnownEvent& event) {
  const auto property = find(segment, event);
  const std::string& op = segment.op;
  if (op == "exists") return property && property->kind != Kind::Null;
  if (op == "!=") return !property || !equals(*property, segment.values[0]);
  if (!property) return false;
  if (op == "=") return equals(*property, segment.values[0]);
  if (op == "in") {
    for (const auto& value : segment.values) {
      if (equals(*property, value)) return true;
    }
    return false;
  }
  const std::string& value = segment.values[0];
  if (op == "~") {
    return property->kind == Kind::String && property->text.find(value) != std::string::npos;
  }
  if (number(value)) {
    return property->kind == Kind::Number && compare(op, *number(property->text), *number(value));
  }
  return property->kind == Kind::String && compare(op, property->text, value);
}

}  // namespace tidemark::contract
