#include "base/base64.hpp"

#include <cstdint>

namespace tidemark::base {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() * 8 + 5) / 6);
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8U | static_cast<unsigned char>(c);
    for (held += 8; held >= 6; held -= 6) {
      text.push_back(kAlphabet[bits >> static_cast<unsigned>(held - 6) & 63U]);
    }
  }
  if (held > 0) text.push_back(kAlphabet[bits << static_cast<unsigned>(6 - held) & 63U]);
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const auto digit = kAlphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(digit);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<char>(bits >> static_cast<unsigned>(held) & 255U));
  }
  const bool spare_bits_are_zero = (bits & ((1U << static_cast<unsigned>(held)) - 1)) == 0;
  if (held >= 6 || !spare_bits_are_zero) return std::nullopt;
  return bytes;
}

}  // namespace tidemark::base
