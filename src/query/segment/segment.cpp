#include "query/segment/segment.hpp"

#include <algorithm>
#include <cassert>
#include <compare>
#include <cstring>

#include "wire/property.hpp"

namespace tidemark::query {
namespace {

using wire::Property;
using wire::PropertyKind;

bool in_order(Operator op, std::strong_ordering order) {
  switch (op) {
    case Operator::Less:
      return order < 0;
    case Operator::LessOrEqual:
      return order <= 0;
    case Operator::Greater:
      return order > 0;
    case Operator::GreaterOrEqual:
      return order >= 0;
    case Operator::Equal:
    case Operator::NotEqual:
    case Operator::Contains:
    case Operator::In:
    case Operator::Exists:
      break;
  }
  return false;
}

/// Linear in both, whatever they hold: both are written by clients.
bool contains(std::string_view text, std::string_view part) {
  return memmem(text.data(), text.size(), part.data(), part.size()) != nullptr;
}

bool text_matches(const Condition& condition, std::string_view text) {
  const auto& values = condition.values;
  assert(condition.op == Operator::In || condition.op == Operator::Exists || values.size() == 1);
  switch (condition.op) {
    case Operator::Equal:
      return text == values[0];
    case Operator::NotEqual:
      return text != values[0];
    case Operator::Less:
    case Operator::LessOrEqual:
    case Operator::Greater:
    case Operator::GreaterOrEqual:
      // A VALUE that is a number asks for numbers, and this is a string.
      return !wire::is_number(values[0]) && in_order(condition.op, text <=> values[0]);
    case Operator::Contains:
      return contains(text, values[0]);
    case Operator::In:
      if (condition.set) return condition.set->has_text(text);
      return std::ranges::find(values, text) != values.end();
    case Operator::Exists:
      return true;
  }
  return false;
}

bool property_equals(const Property& property, std::string_view value) {
  switch (property.kind) {
    case PropertyKind::String:
      return wire::text_equals(property.text, value);
    case PropertyKind::Number:
      return property.text == value ||
             (wire::is_number(value) && wire::same_number(property.text, value));
    case PropertyKind::True:
      return value == "true";
    case PropertyKind::False:
      return value == "false";
    case PropertyKind::Null:
      return value == "null";
    case PropertyKind::Absent:
    case PropertyKind::Array:
    case PropertyKind::Object:
      break;
  }
  return false;
}

bool property_in_order(Operator op, const Property& property, std::string_view value) {
  if (property.kind == PropertyKind::Number) {
    return wire::is_number(value) && in_order(op, wire::compare_numbers(property.text, value));
  }
  if (property.kind != PropertyKind::String || wire::is_number(value)) return false;
  std::string scratch;
  return in_order(op, wire::unescaped(property.text, scratch) <=> value);
}

bool property_contains(const Property& property, std::string_view part) {
  if (property.kind != PropertyKind::String) return false;
  std::string scratch;
  return contains(wire::unescaped(property.text, scratch), part);
}

/// As `property_equals`, for any of the values.
bool property_is_in(const Property& property, const ValueSet& set) {
  switch (property.kind) {
    case PropertyKind::String: {
      std::string scratch;
      return set.has_text(wire::unescaped(property.text, scratch));
    }
    case PropertyKind::Number:
      return set.has_number(property.text);
    case PropertyKind::True:
      return set.has_text("true");
    case PropertyKind::False:
      return set.has_text("false");
    case PropertyKind::Null:
      return set.has_text("null");
    case PropertyKind::Absent:
    case PropertyKind::Array:
    case PropertyKind::Object:
      break;
  }
  return false;
}

bool property_matches(const Condition& condition, std::string_view properties) {
  const auto property = wire::find_property(properties, condition.path);
  const auto& values = condition.values;
  assert(!condition.path.empty());
  assert(condition.op == Operator::In || condition.op == Operator::Exists || values.size() == 1);
  switch (condition.op) {
    case Operator::Equal:
      return property_equals(property, values[0]);
    case Operator::NotEqual:
      return !property_equals(property, values[0]);
    case Operator::Less:
    case Operator::LessOrEqual:
    case Operator::Greater:
    case Operator::GreaterOrEqual:
      return property_in_order(condition.op, property, values[0]);
    case Operator::Contains:
      return property_contains(property, values[0]);
    case Operator::In:
      if (condition.set) return property_is_in(property, *condition.set);
      return std::ranges::any_of(
          values, [&](const std::string& value) { return property_equals(property, value); });
    case Operator::Exists:
      return property.kind != PropertyKind::Absent && property.kind != PropertyKind::Null;
  }
  return false;
}

}  // namespace

bool Segment::only_event_type() const {
  return std::ranges::all_of(
      conditions, [](const Condition& condition) { return condition.field == Field::EventType; });
}

bool Segment::asks_properties() const {
  return std::ranges::any_of(
      conditions, [](const Condition& condition) { return condition.field == Field::Property; });
}

bool Segment::matches_type(std::string_view event_type) const {
  return std::ranges::all_of(conditions, [&](const Condition& condition) {
    return condition.field != Field::EventType || text_matches(condition, event_type);
  });
}

bool Segment::matches(std::string_view event_type, std::string_view user_id,
                      std::string_view properties) const {
  bool asks_property = false;
  for (const auto& condition : conditions) {
    if (condition.field == Field::Property) {
      asks_property = true;
    } else if (!text_matches(condition,
                             condition.field == Field::EventType ? event_type : user_id)) {
      return false;
    }
  }
  if (!asks_property) return true;
  return std::ranges::all_of(conditions, [&](const Condition& condition) {
    return condition.field != Field::Property || property_matches(condition, properties);
  });
}

}  // namespace tidemark::query
