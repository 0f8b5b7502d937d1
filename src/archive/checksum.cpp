#include "archive/checksum.hpp"

#include <array>
#include <cstdio>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace tidemark::archive {

std::uint64_t checksum(std::string_view bytes, std::uint64_t so_far) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), so_far);
}

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(number));
  return digits.data();
}

}  // namespace tidemark::archive
