#pragma once

/// An event as the tests of this folder know it: what was sent, without a line of the product.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tidemark::contract {

/// A JSON value of `properties`, as far as questions can tell one from another.
struct PropertyValue {
  enum class Kind : std::uint8_t { Null, True, False, Number, String, Array, Object };
  Kind kind = Kind::Null;
  std::string text;  ///< a number's digits as sent; a string's characters
  std::map<std::string, PropertyValue> members = {};  ///< of an object
};

using Properties = std::map<std::string, PropertyValue>;

struct KnownEvent {
  std::string id;
  std::int64_t at = 0;  ///< microseconds since 1970, UTC
  std::string user;
  std::string type;
  Properties properties;
};

/// One line of NDJSON, the instant with an offset of `offset_minutes`.
std::string to_ndjson(const KnownEvent& event, int offset_minutes = 0);

}  // namespace tidemark::contract
