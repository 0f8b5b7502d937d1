#pragma once

/// Steps through valid JSON that has no white space outside of strings.

#include <cassert>
#include <cstring>
#include <string_view>

namespace tidemark::wire::minified {

/// The closing quote of a string; `p` is after the opening quote.
inline const char* closing_quote(const char* p, const char* end) {
  assert(p <= end);
  const char* const begin = p;
  for (;;) {
    p = static_cast<const char*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
    if (p == nullptr) return end;  // impossible with valid JSON
    if (p == begin || p[-1] != '\\') return p;
    const char* backslashes = p;
    while (backslashes != begin && backslashes[-1] == '\\') --backslashes;
    if ((p - backslashes) % 2 == 0) return p;
    ++p;
  }
}

/// The place after a value; `p` is at its first byte.
inline const char* value_end(const char* p, const char* end) {
  if (p < end && *p == '"') {
    p = closing_quote(p + 1, end);
    return p < end ? p + 1 : end;
  }
  int depth = 0;
  for (; p < end; ++p) {
    switch (*p) {
      case '"':
        p = closing_quote(p + 1, end);
        if (p == end) return end;
        break;
      case '{':
      case '[':
        ++depth;
        break;
      case '}':
      case ']':
        if (depth == 0) return p;  // the bracket around a number or word
        if (--depth == 0) return p + 1;
        break;
      case ',':
        if (depth == 0) return p;
        break;
      default:
        break;
    }
  }
  return p;
}

/// Calls visit(key, value) for each member of an object, key without quotes, until `visit` returns
/// false.
template <class Visit>
void for_each_member(std::string_view object, Visit&& visit) {
  const char* p = object.data() + 1;
  const char* const end = object.data() + object.size();
  while (p < end && *p == '"') {
    const char* const key = p + 1;
    const char* const key_end = closing_quote(key, end);
    if (end - key_end < 2) return;
    const char* const value = key_end + 2;
    p = value_end(value, end);
    if (!visit(std::string_view(key, key_end), std::string_view(value, p))) return;
    if (p < end) ++p;  // a comma, or the last bracket
  }
}

/// Calls visit(value) for each element of an array.
template <class Visit>
void for_each_element(std::string_view array, Visit&& visit) {
  const char* p = array.data() + 1;
  const char* const end = array.data() + array.size();
  while (p < end && *p != ']') {
    const char* const value = p;
    p = value_end(value, end);
    visit(std::string_view(value, p));
    if (p < end && *p == ',') ++p;
  }
}

}  // namespace tidemark::wire::minified
