#include "event/id_hash.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <span>

#include "base/hash.hpp"
#include "event/limits.hpp"

namespace tidemark::event {
namespace {

static_assert(std::endian::native == std::endian::little, "what is hashed is laid out in memory");

enum class Kind : std::uint32_t { Text = 0, Uuid = 1 };

/// The hashed bytes begin with this; see docs/formats/record.md.
struct Prefix {
  std::uint32_t project = 0;
  Kind kind = Kind::Text;
};
static_assert(sizeof(Prefix) == 8);

IdHash hash_of(std::span<const std::byte> input, std::span<const std::byte> secret) {
  const auto hash = base::hash128(input, secret);
  return {.high = hash.high, .low = hash.low};
}

}  // namespace

IdHasher::IdHasher(const Key& key) : secret_{} {
  // XXH3_generateSecret is not promised to stay the same between versions; the seeded hash is.
  static_assert(kSecretBytes % sizeof(decltype(base::canonical({}))) == 0);
  for (std::size_t at = 0; at < kSecretBytes;) {
    const auto block = base::canonical(base::hash128(key, at));
    std::ranges::copy(block, secret_.begin() + static_cast<std::ptrdiff_t>(at));
    assert(at + block.size() <= secret_.size());
    at += block.size();
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
  return hash_of(std::as_bytes(std::span(&input, 1)), secret_);
}

IdHash IdHasher::hash_text(ProjectId project, std::string_view id) const {
  assert(id.size() <= kEventIdBytesMax);
  const Prefix prefix{static_cast<std::uint32_t>(project), Kind::Text};
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled as far as read
  std::array<char, sizeof prefix + kEventIdBytesMax> input;
  const std::size_t size = std::min(id.size(), kEventIdBytesMax);
  std::memcpy(input.data(), &prefix, sizeof prefix);
  std::memcpy(input.data() + sizeof prefix, id.data(), size);
  return hash_of(std::as_bytes(std::span(input)).first(sizeof prefix + size), secret_);
}

}  // namespace tidemark::event
