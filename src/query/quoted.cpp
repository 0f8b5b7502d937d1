#include "query/quoted.hpp"

#include <cassert>
#include <cstdint>

namespace tidemark::query {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

std::optional<std::uint32_t> hex4(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + 4; ++i) {
    const char lower = text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] + 32) : text[i];
    const auto digit = kHexDigits.find(lower);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(digit);
  }
  return value;
}

void append_utf8(std::uint32_t code, std::string& out) {
  assert(code <= 0x10'FFFF);
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6U);
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x1'0000) {
    put(0xE0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3FU));
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

/// Reads `uXXXX`, and its second half where it is the first of a pair; `at` is at the `u` and is
/// left at the last digit.
bool append_unicode(std::string_view text, std::size_t& at, std::string& out) {
  assert(text[at] == 'u');
  auto code = hex4(text, at + 1);
  if (!code) return false;
  at += 4;
  if (*code >= 0xDC00 && *code <= 0xDFFF) return false;
  if (*code >= 0xD800 && *code <= 0xDBFF) {
    if (text.substr(at + 1, 2) != "\\u") return false;
    const auto low = hex4(text, at + 3);
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
    code = 0x1'0000 + ((*code - 0xD800) << 10U) + (*low - 0xDC00);
    at += 6;
  }
  append_utf8(*code, out);
  return true;
}

}  // namespace

std::optional<std::string> unquoted(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  constexpr std::string_view kShort = "\"\\/bfnrt";
  constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' || static_cast<unsigned char>(text[i]) < 0x20) return std::nullopt;
    if (text[i] != '\\') {
      out.push_back(text[i]);
      continue;
    }
    if (++i == text.size()) return std::nullopt;
    if (text[i] == 'u') {
      if (!append_unicode(text, i, out)) return std::nullopt;
      continue;
    }
    const auto known = kShort.find(text[i]);
    if (known == std::string_view::npos) return std::nullopt;
    out.push_back(kMeaning[known]);
  }
  return out;
}

void append_quoted(std::string_view text, std::string& out) {
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20) {
      out += "\\u00";
      out.push_back(kHexDigits[byte >> 4U]);
      out.push_back(kHexDigits[byte & 15U]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

}  // namespace tidemark::query
