#include "event/event_id.hpp"

#include <bit>
#include <cstring>

namespace tidemark::event {
namespace {

static_assert(std::endian::native == std::endian::little, "the arithmetic below reads eight bytes");

constexpr std::uint64_t kEach = 0x0101010101010101;

/// Eight hexadecimal digits to 32 bits, all at once. `wrong` gains a bit where one is no digit.
inline std::uint64_t read_eight(const char* digits, std::uint64_t& wrong) {
  std::uint64_t text = 0;
  std::memcpy(&text, digits, sizeof text);
  wrong |= text & (kEach * 0x80);
  text &= kEach * 0x7F;
  const std::uint64_t small = text | (kEach * 0x20);
  // The high bit of each byte tells whether a bound was reached; no byte carries into the next.
  const std::uint64_t from_zero = text + (kEach * (0x80 - '0'));
  const std::uint64_t beyond_nine = text + (kEach * (0x80 - '9' - 1));
  const std::uint64_t from_a = small + (kEach * (0x80 - 'a'));
  const std::uint64_t beyond_f = small + (kEach * (0x80 - 'f' - 1));
  const std::uint64_t digit = from_zero & ~beyond_nine;
  const std::uint64_t letter = from_a & ~beyond_f;
  wrong |= ~(digit | letter) & (kEach * 0x80);

  const std::uint64_t is_letter = (letter & (kEach * 0x80)) >> 7;
  std::uint64_t value = (text & (kEach * 0x0F)) + (is_letter * 9);
  // The first digit is the lowest byte and the highest nibble: join pairs, then pairs of pairs.
  value = ((value << 4) | (value >> 8)) & 0x00FF00FF00FF00FF;
  value = ((value << 8) | (value >> 16)) & 0x0000FFFF0000FFFF;
  return ((value << 16) | (value >> 32)) & 0xFFFFFFFF;
}

void write_digits(std::uint64_t value, int count, char*& out) {
  for (int shift = (count - 1) * 4; shift >= 0; shift -= 4) {
    *out++ = "0123456789abcdef"[(value >> shift) & 0xF];
  }
}

}  // namespace

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != kUuidTextBytes) return std::nullopt;
  const char* t = text.data();
  if (t[8] != '-' || t[13] != '-' || t[18] != '-' || t[23] != '-') return std::nullopt;
  char middle[16];
  std::memcpy(middle, t + 9, 4);
  std::memcpy(middle + 4, t + 14, 4);
  std::memcpy(middle + 8, t + 19, 4);
  std::memcpy(middle + 12, t + 24, 4);
  std::uint64_t wrong = 0;
  const std::uint64_t a = read_eight(t, wrong);
  const std::uint64_t b = read_eight(middle, wrong);
  const std::uint64_t c = read_eight(middle + 8, wrong);
  const std::uint64_t d = read_eight(t + 28, wrong);
  if (wrong != 0) return std::nullopt;
  return Uuid{.high = (a << 32) | b, .low = (c << 32) | d};
}

void write_uuid(Uuid uuid, char* out) {
  write_digits(uuid.high >> 32, 8, out);
  *out++ = '-';
  write_digits(uuid.high >> 16, 4, out);
  *out++ = '-';
  write_digits(uuid.high, 4, out);
  *out++ = '-';
  write_digits(uuid.low >> 48, 4, out);
  *out++ = '-';
  write_digits(uuid.low, 12, out);
}

bool has_capitals(std::string_view uuid_text) {
  // Of digits, dashes and letters only capitals have bit 6 set and bit 5 clear.
  std::uint64_t capitals = 0;
  for (const std::size_t at : {0, 8, 16, 24, 28}) {
    std::uint64_t text = 0;
    std::memcpy(&text, uuid_text.data() + at, sizeof text);
    capitals |= (text >> 1) & ~text & (kEach * 0x20);
  }
  return capitals != 0;
}

}  // namespace tidemark::event
