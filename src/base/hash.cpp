#include "base/hash.hpp"

#include <cassert>
#include <cstring>

#define XXH_INLINE_ALL  // no library to link, and a state needs no memory of its own
#include <xxhash.h>

namespace tidemark::base {

std::uint64_t hash64(std::span<const std::byte> bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::uint64_t hash64(std::span<const std::span<const std::byte>> pieces, std::uint64_t seed) {
  if (pieces.size() == 1) return hash64(pieces.front(), seed);
  XXH3_state_t state;
  XXH3_INITSTATE(&state);
  XXH3_64bits_reset_withSeed(&state, seed);
  for (const auto piece : pieces) XXH3_64bits_update(&state, piece.data(), piece.size());
  return XXH3_64bits_digest(&state);
}

Hash128 hash128(std::span<const std::byte> bytes, std::uint64_t seed) {
  const auto hash = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {.high = hash.high64, .low = hash.low64};
}

Hash128 hash128(std::span<const std::byte> bytes, std::span<const std::byte> secret) {
  assert(secret.size() >= XXH3_SECRET_SIZE_MIN);
  const auto hash =
      XXH3_128bits_withSecret(bytes.data(), bytes.size(), secret.data(), secret.size());
  return {.high = hash.high64, .low = hash.low64};
}

std::array<std::byte, 16> canonical(const Hash128& hash) {
  XXH128_canonical_t digits;
  XXH128_canonicalFromHash(&digits, {.low64 = hash.low, .high64 = hash.high});
  std::array<std::byte, 16> bytes{};
  static_assert(sizeof digits == sizeof bytes);
  std::memcpy(bytes.data(), digits.digest, sizeof bytes);
  return bytes;
}

}  // namespace tidemark::base
