#include "wire/unescape.hpp"

#include <cassert>
#include <cstdint>
#include <cstring>

namespace tidemark::wire {
namespace {

std::uint32_t code_unit(const char* digits) {
  std::uint32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = digits[i];
    const int value = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    unit = (unit << 4) | static_cast<std::uint32_t>(value & 0xF);
  }
  return unit;
}

char* put_utf8(std::uint32_t code, char* out) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    *out++ = static_cast<char>(code);
  } else if (code < 0x800) {
    *out++ = static_cast<char>(0xC0 | (code >> 6));
    *out++ = tail(0);
  } else if (code < 0x10000) {
    *out++ = static_cast<char>(0xE0 | (code >> 12));
    *out++ = tail(6);
    *out++ = tail(0);
  } else {
    *out++ = static_cast<char>(0xF0 | (code >> 18));
    *out++ = tail(12);
    *out++ = tail(6);
    *out++ = tail(0);
  }
  return out;
}

char meaning(char kind) {
  switch (kind) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return kind;  // a quote, a backslash or a slash
  }
}

/// `p` is at the u of \uXXXX; moves past it, or past the pair that it begins.
std::uint32_t code_point(const char*& p, const char* end) {
  const std::uint32_t first = code_unit(p + 1);
  p += 5;
  if (first < 0xD800 || first > 0xDBFF || end - p < 6 || p[0] != '\\' || p[1] != 'u') return first;
  const std::uint32_t second = code_unit(p + 2);
  if (second < 0xDC00 || second > 0xDFFF) return first;
  p += 6;
  return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

}  // namespace

std::size_t unescape(std::string_view raw, char* out) {
  char* const begin = out;
  const char* p = raw.data();
  const char* const end = p + raw.size();
  while (p < end) {
    const void* const found = std::memchr(p, '\\', static_cast<std::size_t>(end - p));
    const char* const backslash = found == nullptr ? end : static_cast<const char*>(found);
    std::memmove(out, p, static_cast<std::size_t>(backslash - p));
    out += backslash - p;
    p = backslash;
    if (p == end) break;
    ++p;
    if (*p == 'u') {
      out = put_utf8(code_point(p, end), out);
    } else {
      *out++ = meaning(*p++);
    }
  }
  assert(static_cast<std::size_t>(out - begin) <= raw.size());
  return static_cast<std::size_t>(out - begin);
}

}  // namespace tidemark::wire
