#pragma once

/// Finds values in stored properties, which are minified JSON that was checked on arrival.

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidemark::wire {

enum class PropertyKind : std::uint8_t { Absent, Null, False, True, Number, String, Array, Object };

/// One value within properties.
struct Property {
  PropertyKind kind = PropertyKind::Absent;
  /// The value as stored; for a string, the text between the quotes, escapes not decoded.
  std::string_view text;
};

/// The value under a path of keys: {"a", "b"} is key b of the object under a. Keys are plain text;
/// a key that was stored with escapes is found by its meaning.
///
/// Precondition: `properties` is a Row's. The path never enters an array.
/// Cost:         15 to 30 ns on 70 bytes.
Property find_property(std::string_view properties, std::span<const std::string> path);

/// The meaning of a String's text, with its escapes decoded. Points into `text` if there are none,
/// otherwise into `scratch`.
std::string_view unescaped(std::string_view text, std::string& scratch);

/// Whether a String's text means exactly `plain`, byte for byte.
bool text_equals(std::string_view text, std::string_view plain);

/// Whether `text` is exactly one JSON number.
bool is_number(std::string_view text);

/// Exact order of two JSON numbers, however many digits: 112 = 112.0 = 1.12e2, -0 = 0.
std::strong_ordering compare_numbers(std::string_view a, std::string_view b);
inline bool same_number(std::string_view a, std::string_view b) {
  return compare_numbers(a, b) == std::strong_ordering::equal;
}

/// One text for all notations of a number: two numbers have the same text exactly if `same_number`
/// is true. An integer of up to 18 digits is its own text.
std::string canonical_number(std::string_view number);
/// The value of an integer of up to 18 digits that is written as one; otherwise nothing.
std::optional<std::int64_t> short_integer(std::string_view number);

/// Whether two values are the same: white space, the order of keys and the notation of strings and
/// numbers do not matter. Both must be valid JSON without repeated keys, at most as deep as
/// properties may be.
bool same_json(std::string_view a, std::string_view b);

}  // namespace tidemark::wire
