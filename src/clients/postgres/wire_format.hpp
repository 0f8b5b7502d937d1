#pragma once

/// The binary form of PostgreSQL's values: big-endian.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/clock.hpp"

namespace tidemark::clients::postgres {

/// 2000-01-01, from which PostgreSQL counts microseconds.
inline constexpr base::Micros kEpochMicros = 946'684'800 * base::kMicrosPerSecond;

template <class Unsigned>
Unsigned turned(Unsigned value) {
  static_assert(std::endian::native == std::endian::little);
  if constexpr (sizeof(Unsigned) == 2) return __builtin_bswap16(value);
  if constexpr (sizeof(Unsigned) == 4) return __builtin_bswap32(value);
  if constexpr (sizeof(Unsigned) == 8) return __builtin_bswap64(value);
}

template <class Unsigned>
void put(std::string& out, Unsigned value) {
  const Unsigned big = turned(value);
  out.append(reinterpret_cast<const char*>(&big), sizeof big);
}

template <class Unsigned>
Unsigned get(const char* bytes) {
  Unsigned big;
  std::memcpy(&big, bytes, sizeof big);
  return turned(big);
}

}  // namespace tidemark::clients::postgres
