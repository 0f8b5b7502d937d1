#include "clients/redis/sha1.hpp"

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <span>

namespace tidemark::clients::redis {
namespace {

// RFC 3174, the words by its names.
constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kLengthBytes = 8;
using State = std::array<std::uint32_t, 5>;

std::array<std::uint32_t, 80> schedule(std::span<const char> block) {
  assert(block.size() == kBlockBytes);
  std::array<std::uint32_t, 80> words{};
  for (std::size_t i = 0; i < kBlockBytes; ++i) {
    words[i / 4] = (words[i / 4] << 8U) | static_cast<unsigned char>(block[i]);
  }
  for (std::size_t t = 16; t < words.size(); ++t) {
    words[t] = std::rotl(words[t - 3] ^ words[t - 8] ^ words[t - 14] ^ words[t - 16], 1);
  }
  return words;
}

void add_block(State& state, std::span<const char> block) {
  const auto words = schedule(block);
  auto [a, b, c, d, e] = state;
  for (std::size_t t = 0; t < words.size(); ++t) {
    std::uint32_t mixed = 0;
    if (t < 20) {
      mixed = ((b & c) | (~b & d)) + 0x5A827999U;
    } else if (t < 40) {
      mixed = (b ^ c ^ d) + 0x6ED9EBA1U;
    } else if (t < 60) {
      mixed = ((b & c) | (b & d) | (c & d)) + 0x8F1BBCDCU;
    } else {
      mixed = (b ^ c ^ d) + 0xCA62C1D6U;
    }
    const auto next = std::rotl(a, 5) + mixed + e + words[t];
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = next;
  }
  const State added = {a, b, c, d, e};
  for (std::size_t i = 0; i < state.size(); ++i) state[i] += added[i];
}

}  // namespace

std::string sha1_hex(std::string_view text) {
  std::string padded(text);
  padded += '\x80';
  while (padded.size() % kBlockBytes != kBlockBytes - kLengthBytes) padded += '\0';
  const std::uint64_t bits = std::uint64_t{text.size()} * 8;
  for (std::size_t i = kLengthBytes; i-- > 0;) padded += static_cast<char>(bits >> (8 * i));

  assert(padded.size() % kBlockBytes == 0);
  State state = {0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
  for (std::size_t at = 0; at < padded.size(); at += kBlockBytes) {
    add_block(state, std::span(padded).subspan(at, kBlockBytes));
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const auto word : state) {
    for (int shift = 28; shift >= 0; shift -= 4) hex += kDigits[(word >> unsigned(shift)) & 15U];
  }
  assert(hex.size() == 40);
  return hex;
}

}  // namespace tidemark::clients::redis
