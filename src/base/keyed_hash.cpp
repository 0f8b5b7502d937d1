#include "base/keyed_hash.hpp"

#include <array>
#include <cstring>

#include <sys/random.h>

#include "base/check.hpp"

#define XXH_INLINE_ALL  // no library to link
#include <xxhash.h>

namespace tidemark::base {
namespace {

using Secret = std::array<std::byte, XXH3_SECRET_DEFAULT_SIZE>;

/// Not a seed: anyone who knows XXH3 can make texts that collide under every seed.
const Secret& secret() noexcept {
  static const Secret made = [] {
    Secret bytes;
    // Up to 256 bytes come whole once the system is up (getrandom(2)).
    TIDEMARK_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == ssize_t{bytes.size()});
    return bytes;
  }();
  return made;
}

}  // namespace

std::uint64_t keyed_hash(std::string_view text) noexcept {
  const Secret& key = secret();
  return XXH3_64bits_withSecret(text.data(), text.size(), key.data(), key.size());
}

std::uint64_t keyed_hash(std::uint64_t number) noexcept {
  std::array<char, sizeof number> bytes{};
  std::memcpy(bytes.data(), &number, sizeof number);
  return keyed_hash(std::string_view(bytes.data(), bytes.size()));
}

}  // namespace tidemark::base
