#include "wire/property.hpp"

#include <algorithm>
#include <cassert>
#include <utility>
#include <vector>

#include "wire/decode.hpp"
#include "wire/minified.hpp"
#include "wire/text_kernels.hpp"
#include "wire/unescape.hpp"

namespace tidemark::wire {
namespace {

bool has_escapes(std::string_view text) {
  return !text.empty() && std::memchr(text.data(), '\\', text.size()) != nullptr;
}

/// `value` is not empty: of stored properties, or an object's member.
Property property_of(std::string_view value) {
  assert(!value.empty());
  switch (value.front()) {
    case '"':
      return {.kind = PropertyKind::String, .text = value.substr(1, value.size() - 2)};
    case '{':
      return {.kind = PropertyKind::Object, .text = value};
    case '[':
      return {.kind = PropertyKind::Array, .text = value};
    case 'n':
      return {.kind = PropertyKind::Null, .text = value};
    case 't':
      return {.kind = PropertyKind::True, .text = value};
    case 'f':
      return {.kind = PropertyKind::False, .text = value};
    default:
      return {.kind = PropertyKind::Number, .text = value};
  }
}

bool key_means(std::string_view key, std::string_view plain) {
  if (key.size() <= plain.size()) return key == plain && !has_escapes(key);
  return has_escapes(key) && text_equals(key, plain);  // escapes make a text longer, never shorter
}

Property member(std::string_view object, std::string_view name) {
  Property found;
  minified::for_each_member(object, [&](std::string_view key, std::string_view value) {
    if (!key_means(key, name) || value.empty()) return true;
    found = property_of(value);
    return false;
  });
  return found;
}

bool same_value(std::string_view a, std::string_view b);

bool same_text(std::string_view a, std::string_view b) {
  if (a == b) return true;
  if (!has_escapes(a) && !has_escapes(b)) return false;
  std::string scratch_a;
  std::string scratch_b;
  return unescaped(a, scratch_a) == unescaped(b, scratch_b);
}

using Members = std::vector<std::pair<std::string, std::string_view>>;

Members sorted_members(std::string_view object) {
  Members members;
  minified::for_each_member(object, [&](std::string_view key, std::string_view value) {
    std::string scratch;
    members.emplace_back(unescaped(key, scratch), value);
    return true;
  });
  std::sort(members.begin(), members.end());
  return members;
}

bool same_object(std::string_view a, std::string_view b) {
  const Members in_a = sorted_members(a);
  const Members in_b = sorted_members(b);
  return std::equal(in_a.begin(), in_a.end(), in_b.begin(), in_b.end(),
                    [](const auto& one, const auto& other) {
                      return one.first == other.first && same_value(one.second, other.second);
                    });
}

std::vector<std::string_view> elements_of(std::string_view array) {
  std::vector<std::string_view> elements;
  minified::for_each_element(array, [&](std::string_view value) { elements.push_back(value); });
  return elements;
}

bool same_array(std::string_view a, std::string_view b) {
  const auto in_a = elements_of(a);
  const auto in_b = elements_of(b);
  return std::equal(in_a.begin(), in_a.end(), in_b.begin(), in_b.end(), same_value);
}

bool same_value(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a == b;
  const Property in_a = property_of(a);
  const Property in_b = property_of(b);
  if (in_a.kind != in_b.kind) return false;
  switch (in_a.kind) {
    case PropertyKind::String:
      return same_text(in_a.text, in_b.text);
    case PropertyKind::Number:
      return same_number(a, b);
    case PropertyKind::Array:
      return same_array(a, b);
    case PropertyKind::Object:
      return same_object(a, b);
    case PropertyKind::Absent:
    case PropertyKind::Null:
    case PropertyKind::False:
    case PropertyKind::True:
      return true;
  }
  return false;
}

std::string without_space(std::string_view json) {
  std::string out(json.size() + kBodyPaddingBytes, '\0');
  out.resize(minify(json, out.data()));
  return out;
}

}  // namespace

Property find_property(std::string_view properties, std::span<const std::string> path) {
  Property found{.kind = PropertyKind::Object, .text = properties};
  for (const std::string& key : path) {
    if (found.kind != PropertyKind::Object) return {};
    found = member(found.text, key);
  }
  return found;
}

std::string_view unescaped(std::string_view text, std::string& scratch) {
  if (!has_escapes(text)) return text;
  scratch.resize(text.size());
  scratch.resize(unescape(text, scratch.data()));
  return scratch;
}

bool text_equals(std::string_view text, std::string_view plain) {
  if (text.size() < plain.size()) return false;
  if (!has_escapes(text)) return text == plain;
  std::string scratch;
  return unescaped(text, scratch) == plain;
}

bool same_json(std::string_view a, std::string_view b) {
  return a == b || same_value(without_space(a), without_space(b));
}

}  // namespace tidemark::wire
