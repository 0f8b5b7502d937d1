#include "ledger/local/crc32c.hpp"

#include <array>
#include <cstring>

namespace tidemark::ledger::local {
namespace {

constexpr std::uint32_t kPolynomial = 0x82F63B78;  // 0x1EDC6F41 with its bits reversed

constexpr std::array<std::uint32_t, 256> byte_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    table[i] = crc;
  }
  return table;
}
constexpr auto kByteTable = byte_table();

/// The state `crc` after one more byte of zeros.
constexpr std::uint32_t after_zero(std::uint32_t crc) {
  return (crc >> 8) ^ kByteTable[crc & 0xFF];
}

// The crc32 instruction takes 3 cycles but can start every cycle, so three stretches are summed
// side by side; the table moves a state over the stretch that follows it. Three times 224 bytes
// fit three times into a page of 2 KiB.
constexpr std::size_t kStretch = 224;
static_assert(kStretch % sizeof(std::uint64_t) == 0);

using ShiftTable = std::array<std::array<std::uint32_t, 256>, 4>;

ShiftTable shift_table() {
  ShiftTable table{};
  for (std::size_t byte = 0; byte < 4; ++byte) {
    for (std::uint32_t value = 0; value < 256; ++value) {
      std::uint32_t crc = value << (8 * byte);
      for (std::size_t i = 0; i < kStretch; ++i) crc = after_zero(crc);
      table[byte][value] = crc;
    }
  }
  return table;
}

#if defined(__x86_64__)

std::uint64_t load(const std::byte* from) {
  std::uint64_t word = 0;
  std::memcpy(&word, from, sizeof word);
  return word;
}

std::uint32_t over_stretch(const ShiftTable& table, std::uint64_t crc) {
  return table[0][crc & 0xFF] ^ table[1][(crc >> 8) & 0xFF] ^ table[2][(crc >> 16) & 0xFF] ^
         table[3][(crc >> 24) & 0xFF];
}

__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(std::span<const std::byte> bytes,
                                                             std::uint32_t before) {
  static const ShiftTable table = shift_table();
  std::uint64_t a = ~before;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 3 * kStretch; at += 3 * kStretch, left -= 3 * kStretch) {
    std::uint64_t b = 0;
    std::uint64_t c = 0;
    for (std::size_t i = 0; i < kStretch; i += 8) {
      a = __builtin_ia32_crc32di(a, load(at + i));
      b = __builtin_ia32_crc32di(b, load(at + kStretch + i));
      c = __builtin_ia32_crc32di(c, load(at + 2 * kStretch + i));
    }
    a = over_stretch(table, a) ^ b;
    a = over_stretch(table, a) ^ c;
  }
  for (; left >= 8; at += 8, left -= 8) a = __builtin_ia32_crc32di(a, load(at));
  auto crc = static_cast<std::uint32_t>(a);
  for (; left > 0; ++at, --left) {
    crc = __builtin_ia32_crc32qi(crc, std::to_integer<unsigned char>(*at));
  }
  return ~crc;
}

#endif

}  // namespace

std::uint32_t crc32c_by_table(std::span<const std::byte> bytes, std::uint32_t before) {
  std::uint32_t crc = ~before;
  for (const std::byte byte : bytes) {
    crc = (crc >> 8) ^ kByteTable[(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xFF];
  }
  return ~crc;
}

std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t before) {
#if defined(__x86_64__)
  static const bool fast = __builtin_cpu_supports("sse4.2") != 0;
  if (fast) return crc32c_sse42(bytes, before);
#endif
  return crc32c_by_table(bytes, before);
}

}  // namespace tidemark::ledger::local
