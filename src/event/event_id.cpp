#include "event/event_id.hpp"

#include <bit>
#include <cassert>
#include <cstring>

namespace tidemark::event {
namespace {

static_assert(std::endian::native == std::endian::little, "a pair's first digit is its low byte");

/// Sixteen characters at once; the compiler makes SSE2 or NEON of it.
using Bytes [[gnu::vector_size(16)]] = std::uint8_t;
using Pairs [[gnu::vector_size(16)]] = std::uint16_t;
using PairBytes [[gnu::vector_size(8)]] = std::uint8_t;

Bytes load(const char* text) {
  Bytes bytes;
  std::memcpy(&bytes, text, sizeof bytes);
  return bytes;
}

bool any(const Bytes& mask) {
  std::uint64_t halves[2];
  std::memcpy(&halves, &mask, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

/// Sixteen hexadecimal digits to 64 bits. `wrong` gains what is not zero where one is not a digit.
std::uint64_t read_sixteen(const Bytes& text, Bytes& wrong) {
  const Bytes digit = text - '0';
  const Bytes letter = (text | 0x20) - 'a';
  const auto is_digit = reinterpret_cast<Bytes>(digit <= 9);
  const auto is_letter = reinterpret_cast<Bytes>(letter <= 5);
  wrong |= ~(is_digit | is_letter);
  const auto values = reinterpret_cast<Pairs>((is_digit & digit) | (is_letter & (letter + 10)));
  // The first digit is the lower byte of a pair and the higher half of what the pair means.
  const Pairs joined = (values << 4) | (values >> 8);
  const PairBytes bytes = __builtin_convertvector(joined, PairBytes);  // the lower byte of each
  std::uint64_t value = 0;
  std::memcpy(&value, &bytes, sizeof value);
  return __builtin_bswap64(value);
}

Bytes digits_of(const Bytes& values) {
  const auto is_letter = reinterpret_cast<Bytes>(values > 9);
  return values + '0' + (is_letter & ('a' - '0' - 10));
}

}  // namespace

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != kUuidTextBytes) return std::nullopt;
  const char* t = text.data();
  if (t[8] != '-' || t[13] != '-' || t[18] != '-' || t[23] != '-') return std::nullopt;
  char first[16];
  std::memcpy(first, t, 8);
  std::memcpy(first + 8, t + 9, 4);
  std::memcpy(first + 12, t + 14, 4);
  char second[16];
  std::memcpy(second, t + 19, 4);
  std::memcpy(second + 4, t + 24, 12);
  Bytes wrong{};
  const std::uint64_t high = read_sixteen(load(first), wrong);
  const std::uint64_t low = read_sixteen(load(second), wrong);
  if (any(wrong)) return std::nullopt;
  return Uuid{.high = high, .low = low};
}

void write_uuid(Uuid uuid, char* out) {
  assert(out != nullptr);
  const std::uint64_t halves[] = {__builtin_bswap64(uuid.high), __builtin_bswap64(uuid.low)};
  Bytes bytes;
  std::memcpy(&bytes, halves, sizeof bytes);
  const Bytes tens = bytes >> 4;
  const Bytes ones = bytes & 0x0F;
  const Bytes first = digits_of(
      __builtin_shufflevector(tens, ones, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23));
  const Bytes second = digits_of(__builtin_shufflevector(tens, ones, 8, 24, 9, 25, 10, 26, 11, 27,
                                                         12, 28, 13, 29, 14, 30, 15, 31));
  char digits[32];
  std::memcpy(digits, &first, sizeof first);
  std::memcpy(digits + sizeof first, &second, sizeof second);
  std::memcpy(out, digits, 8);
  std::memcpy(out + 9, digits + 8, 4);
  std::memcpy(out + 14, digits + 12, 4);
  std::memcpy(out + 19, digits + 16, 4);
  std::memcpy(out + 24, digits + 20, 12);
  out[8] = out[13] = out[18] = out[23] = '-';
}

bool has_capitals(std::string_view uuid_text) {
  assert(uuid_text.size() == kUuidTextBytes);
  // Of digits, dashes and letters only capitals have bit 6 set and bit 5 clear.
  Bytes capitals{};
  for (const std::size_t at : {0, 16, 20}) {
    const Bytes text = load(uuid_text.data() + at);
    capitals |= (text >> 1) & ~text & 0x20;
  }
  return any(capitals);
}

}  // namespace tidemark::event
