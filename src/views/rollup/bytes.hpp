#pragma once

/// Numbers as bytes: little-endian, as in this machine's memory.

#include <bit>
#include <cassert>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>

namespace tidemark::views::rollup {

static_assert(std::endian::native == std::endian::little);

template <class Value>
void put_all(std::string& out, const Value* values, std::size_t count) {
  static_assert(std::is_trivially_copyable_v<Value>);
  out.append(reinterpret_cast<const char*>(values), count * sizeof(Value));
}
template <class Value>
void put(std::string& out, const Value& value) {
  put_all(out, &value, 1);
}
inline void put_text(std::string& out, std::string_view text) {
  assert(text.size() <= std::numeric_limits<std::uint16_t>::max());
  put(out, static_cast<std::uint16_t>(text.size()));
  out += text;
}

/// Takes a value from the front of `bytes`; false, and nothing taken, if there are too few bytes.
template <class Value>
bool take_all(std::string_view& bytes, Value* values, std::size_t count) {
  static_assert(std::is_trivially_copyable_v<Value>);
  if (bytes.size() / sizeof(Value) < count) return false;
  std::memcpy(values, bytes.data(), count * sizeof(Value));
  bytes.remove_prefix(count * sizeof(Value));
  return true;
}
template <class Value>
bool take(std::string_view& bytes, Value& value) {
  return take_all(bytes, &value, 1);
}
/// The text points into what `bytes` points into.
inline bool take_text(std::string_view& bytes, std::string_view& text) {
  std::uint16_t size = 0;
  std::string_view rest = bytes;
  if (!take(rest, size) || rest.size() < size) return false;
  text = rest.substr(0, size);
  rest.remove_prefix(size);
  bytes = rest;
  return true;
}

}  // namespace tidemark::views::rollup
