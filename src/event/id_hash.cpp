#include "event/id_hash.hpp"

#include <bit>
#include <cassert>
#include <cstring>

#include "event/limits.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace tidemark::event {
namespace {

static_assert(std::endian::native == std::endian::little, "what is hashed is laid out in memory");

enum class Kind : std::uint32_t { Text = 0, Uuid = 1 };

/// What is hashed begins with this; see docs/formats/record.md.
struct Prefix {
  std::uint32_t project = 0;
  Kind kind = Kind::Text;
};
static_assert(sizeof(Prefix) == 8);

}  // namespace

IdHasher::IdHasher(const Key& key) : secret_{} {
  // XXH3_generateSecret is not promised to stay the same between versions; the seeded hash is.
  for (std::size_t at = 0; at < kSecretBytes; at += sizeof(XXH128_canonical_t)) {
    XXH128_canonical_t block;
    XXH128_canonicalFromHash(&block, XXH3_128bits_withSeed(key.data(), key.size(), at));
    std::memcpy(secret_.data() + at, block.digest, sizeof block.digest);
  }
}

IdHash IdHasher::hash(ProjectId project, std::string_view id) const {
  const auto uuid = parse_uuid(id);
  return uuid ? hash(project, *uuid) : hash_text(project, id);
}

IdHash IdHasher::hash(ProjectId project, Uuid uuid) const {
  struct {
    Prefix prefix;
    Uuid uuid;
  } const input{{static_cast<std::uint32_t>(project), Kind::Uuid}, uuid};
  static_assert(sizeof input == 24);
  const auto hash = XXH3_128bits_withSecret(&input, sizeof input, secret_.data(), secret_.size());
  return {.high = hash.high64, .low = hash.low64};
}

IdHash IdHasher::hash_text(ProjectId project, std::string_view id) const {
  assert(id.size() <= kEventIdBytesMax);
  const Prefix prefix{static_cast<std::uint32_t>(project), Kind::Text};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled as far as read
  std::array<char, sizeof prefix + kEventIdBytesMax> input;
  const std::size_t size = std::min(id.size(), kEventIdBytesMax);
  std::memcpy(input.data(), &prefix, sizeof prefix);
  std::memcpy(input.data() + sizeof prefix, id.data(), size);
  const auto hash =
      XXH3_128bits_withSecret(input.data(), sizeof prefix + size, secret_.data(), secret_.size());
  return {.high = hash.high64, .low = hash.low64};
}

}  // namespace tidemark::event
