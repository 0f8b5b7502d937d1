#include "archive/checksum.hpp"

#include <array>
#include <cstdio>
#include <span>

#include "base/hash.hpp"

namespace tidemark::archive {

std::uint64_t checksum(std::string_view bytes, std::uint64_t so_far) {
  return base::hash64(std::as_bytes(std::span(bytes)), so_far);
}

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(number));
  return digits.data();
}

}  // namespace tidemark::archive
