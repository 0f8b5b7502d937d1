#pragma once

/// The bytes of a run file, as docs/formats/id_runs.md defines them.

#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "base/result.hpp"
#include "event/event.hpp"
#include "ledger/local/crc32c.hpp"
#include "ledger/local/fuse_filter.hpp"
#include "ledger/local/partition.hpp"

namespace tidemark::ledger::local {

static_assert(std::endian::native == std::endian::little, "run files are read as they lie");

/// A look-up of a known id reads and checks a whole page. Reading 512 bytes from the page cache
/// takes 1.1 us, 2 KiB take 1.7 and 4 KiB 3; smaller pages need more fences.
inline constexpr std::size_t kPageBytes = 512;
/// Each id takes 16 bytes of hash and 5 of sequence; the page has 4 bytes of checksum.
inline constexpr std::size_t kPageIds = 24;

/// What memory keeps of the first id of each page: the bits after those of the partition.
using Fence = std::uint32_t;
inline Fence fence_of(const event::IdHash& hash) {
  return static_cast<Fence>(hash.high >> (32 - kPartitionBits));
}

/// The key that a filter is built from: the half of the hash by which runs are not sorted first.
inline std::uint64_t filter_key(const event::IdHash& hash) { return hash.low; }

/// The content of the first page.
struct RunHeader {
  std::uint32_t partition = 0;
  std::uint32_t partitions = 0;  ///< the number of all partitions
  event::Sequence first = 0;
  event::Sequence end = 0;
  std::uint64_t ids = 0;
  std::uint32_t slices = 0;          ///< number of filters; a power of two
  std::uint32_t pages_checksum = 0;  ///< over the checksums of all pages
  std::uint32_t index_checksum = 0;  ///< over fences, shapes and fingerprints
  std::uint64_t index_bytes = 0;

  [[nodiscard]] std::uint64_t pages() const { return (ids + kPageIds - 1) / kPageIds; }
  [[nodiscard]] std::uint64_t index_offset() const { return (1 + pages()) * kPageBytes; }
  [[nodiscard]] std::uint64_t file_bytes() const { return index_offset() + index_bytes; }
  /// Fences (an even number, so that the shapes are aligned), then shapes, then fingerprints.
  [[nodiscard]] std::uint64_t fences_and_shapes_bytes() const {
    return (pages() + pages() % 2) * sizeof(Fence) + std::uint64_t{slices} * sizeof(FuseShape);
  }
};

/// One page in memory.
///
/// Columns: the higher halves of the hashes, the lower halves, 5-byte sequences relative to the
/// run's first, 4 bytes of zeros, the checksum of all that.
class Page {
 public:
  void clear() { bytes_.fill(std::byte{0}); }
  void set(std::size_t row, const event::IdHash& hash, std::uint64_t offset) {
    assert(row < kPageIds && offset < kOffsetEnd);
    std::memcpy(&bytes_[row * 8], &hash.high, 8);
    std::memcpy(&bytes_[kLowAt + row * 8], &hash.low, 8);
    std::memcpy(&bytes_[kOffsetAt + row * kOffsetBytes], &offset, kOffsetBytes);
  }
  void seal() {
    const std::uint32_t sum = computed_checksum();
    std::memcpy(&bytes_[kChecksumAt], &sum, 4);
  }

  [[nodiscard]] std::uint64_t high(std::size_t row) const {
    assert(row < kPageIds);
    return word(row * 8);
  }
  [[nodiscard]] event::IdHash hash(std::size_t row) const {
    assert(row < kPageIds);
    return {.high = high(row), .low = word(kLowAt + row * 8)};
  }
  [[nodiscard]] std::uint64_t offset(std::size_t row) const {
    assert(row < kPageIds);
    std::uint64_t value = 0;
    std::memcpy(&value, &bytes_[kOffsetAt + row * kOffsetBytes], kOffsetBytes);
    return value;
  }
  [[nodiscard]] std::uint32_t checksum() const {
    std::uint32_t value = 0;
    std::memcpy(&value, &bytes_[kChecksumAt], 4);
    return value;
  }
  [[nodiscard]] bool intact() const { return checksum() == computed_checksum(); }

  [[nodiscard]] std::span<std::byte, kPageBytes> bytes() { return bytes_; }
  [[nodiscard]] std::span<const std::byte, kPageBytes> bytes() const { return bytes_; }

  static constexpr std::size_t kOffsetBytes = 5;
  static constexpr std::uint64_t kOffsetEnd = std::uint64_t{1} << (8 * kOffsetBytes);

 private:
  static constexpr std::size_t kLowAt = kPageIds * 8;
  static constexpr std::size_t kOffsetAt = kPageIds * 16;
  static constexpr std::size_t kChecksumAt = kPageBytes - 4;
  static_assert(kOffsetAt + kPageIds * kOffsetBytes <= kChecksumAt);

  [[nodiscard]] std::uint64_t word(std::size_t at) const {
    std::uint64_t value = 0;
    std::memcpy(&value, &bytes_[at], 8);
    return value;
  }
  [[nodiscard]] std::uint32_t computed_checksum() const {
    return crc32c(std::span(bytes_).first<kChecksumAt>());
  }

  std::array<std::byte, kPageBytes> bytes_;
};
static_assert(sizeof(Page) == kPageBytes);
static_assert(std::is_trivially_copyable_v<Page>, "pages are read and written as they lie");

/// The first page of a run file.
std::array<std::byte, kPageBytes> encode(const RunHeader& header);

/// Errors: Corrupt if the page is not a header, is damaged, or has a newer version.
base::Result<RunHeader> decode_header(std::span<const std::byte, kPageBytes> page);

/// The checksum of a header page, which stands for the whole file.
std::uint32_t header_checksum(std::span<const std::byte, kPageBytes> page);

/// Which of `slices` filters a hash belongs to, by the bits after those of the partition.
inline std::uint32_t slice_of(const event::IdHash& hash, std::uint32_t slices) {
  assert(std::has_single_bit(slices));
  return static_cast<std::uint32_t>(scaled(hash.high << kPartitionBits, slices));
}

/// The number of filters for a run of `ids` ids: at most about 2^17 keys each, so that a filter is
/// built within a core's cache; four times as many keys take twice as long.
inline std::uint32_t slices_for(std::uint64_t ids) {
  constexpr std::uint64_t kSliceIds = std::uint64_t{1} << 17;
  return static_cast<std::uint32_t>(std::bit_ceil((ids + kSliceIds - 1) / kSliceIds));
}

}  // namespace tidemark::ledger::local
