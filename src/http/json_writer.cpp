#include "http/json_writer.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cmath>

namespace tidemark::http {
namespace {

/// Bytes of the well-formed UTF-8 sequence that `text` begins with; 0 where there is none.
std::size_t sequence_length(std::string_view text) noexcept {
  assert(!text.empty());
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto continues = [&](std::size_t i, unsigned least = 0x80, unsigned most = 0xbf) {
    return i < text.size() && byte(i) >= least && byte(i) <= most;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return continues(1) ? 2 : 0;
  if (first < 0xf0) {
    const unsigned least = first == 0xe0 ? 0xa0 : 0x80;  // no overlong form
    const unsigned most = first == 0xed ? 0x9f : 0xbf;   // no surrogate
    return continues(1, least, most) && continues(2) ? 3 : 0;
  }
  const unsigned least = first == 0xf0 ? 0x90 : 0x80;
  const unsigned most = first == 0xf4 ? 0x8f : 0xbf;  // not beyond U+10FFFF
  return continues(1, least, most) && continues(2) && continues(3) ? 4 : 0;
}

bool is_plain(char c) noexcept {
  return static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x80 &&
         c != '"' && c != '\\';
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  assert(byte < 0x80);
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (static_cast<unsigned char>(text[0]) < 0x80) {
      append_escaped(out, text[0]);
      text.remove_prefix(1);
      continue;
    }
    const std::size_t length = sequence_length(text);
    out += length == 0 ? std::string_view{"\xef\xbf\xbd"} : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  std::array<char, 32> text{};
  const auto written = std::to_chars(text.data(), text.data() + text.size(), number);
  assert(written.ec == std::errc{});
  const std::string_view digits{text.data(), static_cast<std::size_t>(written.ptr - text.data())};
  raw(digits);
  // A rate of 1 is written 1.0: readers that type by the first value they see expect a fraction.
  if (digits.find_first_of(".e") == std::string_view::npos) out_ += ".0";
  return *this;
}

}  // namespace tidemark::http
