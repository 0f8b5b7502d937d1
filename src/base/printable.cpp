#include "base/printable.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace tidemark::base {
namespace {

/// A code point of UTF-8 and how many bytes it takes; a byte that is none by itself.
struct Character {
  char32_t point = 0;
  std::size_t bytes = 1;
  bool valid = false;
};

std::uint8_t byte_at(std::string_view text, std::size_t at) noexcept {
  return static_cast<std::uint8_t>(text[at]);
}

/// The first character of a text that is not empty (Unicode 15, table 3-7).
Character first_of(std::string_view text) noexcept {
  const std::uint8_t lead = byte_at(text, 0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < bytes) return {lead};
  char32_t point = lead & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i) {
    const std::uint8_t next = byte_at(text, i);
    if ((next & 0xc0U) != 0x80) return {lead};
    point = point << 6U | (next & 0x3fU);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x1'0000};
  const bool surrogate = point >= 0xd800 && point < 0xe000;
  if (point < kLeast.at(bytes) || point > 0x10'ffff || surrogate) return {lead};
  return {point, bytes, true};
}

/// Characters that a terminal acts on, or that turn and break lines where text is shown.
bool acts(char32_t point) noexcept {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0x061c || point == 0x200e ||
         point == 0x200f || (point >= 0x2028 && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x206f);
}

bool is_plain(char c) noexcept { return c >= 0x20 && c < 0x7f; }

void append_hex(std::string& out, std::string_view mark, std::uint32_t value, int digits) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += mark;
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out += kHex[value >> static_cast<unsigned>(shift) & 15U];
  }
}

void append_escape(std::string& out, const Character& character) {
  if (!character.valid) return append_hex(out, "\\x", character.point, 2);
  if (character.point == '\n') {
    out += "\\n";
  } else if (character.point == '\r') {
    out += "\\r";
  } else if (character.point == '\t') {
    out += "\\t";
  } else if (character.point < 0x80) {
    append_hex(out, "\\x", character.point, 2);
  } else {
    append_hex(out, "\\u", character.point, 4);
  }
}

/// What becomes of the characters that are not plain ASCII, and with `Quotes` of `"` and `\` too.
template <bool Quotes, class Escape>
void append_with(std::string& out, std::string_view text, const Escape& escape) {
  const auto stays = [](char c) { return is_plain(c) && (!Quotes || (c != '"' && c != '\\')); };
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), stays);
    const auto plain = static_cast<std::size_t>(end - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const Character character = first_of(text);
    if (character.valid && !acts(character.point) && character.point >= 0x80) {
      out.append(text.substr(0, character.bytes));
    } else {
      escape(character);
    }
    text.remove_prefix(character.bytes);
  }
}

}  // namespace

void append_printable(std::string& out, std::string_view text) {
  append_with<false>(out, text, [&](const Character& each) { append_escape(out, each); });
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_printable(out, text);
  return out;
}

std::string printable_lines(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_with<false>(out, text, [&](const Character& each) {
    if (each.valid && each.point == '\n') {
      out += '\n';
    } else {
      append_escape(out, each);
    }
  });
  return out;
}

std::string printable_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  append_with<false>(out, json, [&](const Character& each) {
    if (!each.valid) {
      out += "\\ufffd";
    } else if (each.point == '\n' || each.point == '\r' || each.point == '\t') {
      out += ' ';  // between values: within a string JSON has escaped it
    } else {
      append_hex(out, "\\u", each.point, 4);
    }
  });
  return out;
}

void append_json_escaped(std::string& out, std::string_view text) {
  append_with<true>(out, text, [&](const Character& each) {
    if (!each.valid) {
      append_hex(out, "\\\\x", each.point, 2);
    } else if (each.point == '"' || each.point == '\\') {
      out += '\\';
      out += static_cast<char>(each.point);
    } else if (each.point == '\n') {
      out += "\\n";
    } else {
      append_hex(out, "\\u", each.point, 4);
    }
  });
}

std::size_t width_of(std::string_view printable) noexcept {
  return static_cast<std::size_t>(std::count_if(printable.begin(), printable.end(), [](char c) {
    return (static_cast<std::uint8_t>(c) & 0xc0U) != 0x80;
  }));
}

}  // namespace tidemark::base
