#include "journal/local/record.hpp"

#include "base/hash.hpp"
#include "journal/local/bytes.hpp"

namespace tidemark::journal::local {
namespace {

// "TMR" and the version of this layout.
constexpr std::uint32_t kMagic = 0x01524D54;
constexpr std::size_t kHashedBytes = 40;
static_assert(kHashedBytes + sizeof(std::uint64_t) == kRecordHeaderBytes);

std::uint64_t hash(std::span<const std::byte> bytes, Salt salt) {
  return base::hash64(bytes, static_cast<std::uint64_t>(salt));
}

}  // namespace

std::uint64_t hash_content(Salt salt, Pieces pieces) {
  return base::hash64(pieces, static_cast<std::uint64_t>(salt));
}

void encode(const RecordHeader& header, Salt salt, std::span<std::byte, kRecordHeaderBytes> into) {
  store(into, 0, kMagic);
  store(into, 4, header.length);
  store(into, 8, header.first);
  store(into, 16, header.synced_to);
  store(into, 24, header.count);
  store(into, 28, std::uint32_t{0});
  store(into, 32, header.content_hash);
  store(into, kHashedBytes, hash(into.first(kHashedBytes), salt));
}

std::optional<RecordHeader> decode(std::span<const std::byte> bytes, Salt salt) {
  if (bytes.size() < kRecordHeaderBytes || load<std::uint32_t>(bytes, 0) != kMagic) return {};
  if (load<std::uint64_t>(bytes, kHashedBytes) != hash(bytes.first(kHashedBytes), salt)) return {};
  const RecordHeader header{.length = load<std::uint32_t>(bytes, 4),
                            .count = load<std::uint32_t>(bytes, 24),
                            .first = load<std::uint64_t>(bytes, 8),
                            .synced_to = load<std::uint64_t>(bytes, 16),
                            .content_hash = load<std::uint64_t>(bytes, 32)};
  // The hash is keyed but short: what could do harm is looked at all the same.
  if (header.count == 0 || header.length > kContentBytesMax || header.end() < header.first) {
    return {};
  }
  return header;
}

}  // namespace tidemark::journal::local
