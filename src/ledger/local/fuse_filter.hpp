#pragma once

/// A binary fuse filter with 16-bit fingerprints (Graf and Lemire, 2022): it never denies a key
/// that it was built from, and lets 1 in 65,536 others pass.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

namespace tidemark::ledger::local {

/// The shape of one filter, as it lies on disk (docs/formats/id_runs.md): little-endian, 24 bytes.
struct FuseShape {
  enum class Kind : std::uint32_t {
    Empty = 0,  ///< built from no key: lets nothing pass
    Fuse = 1,
    Open = 2,  ///< could not be built: lets everything pass
  };

  std::uint64_t seed = 0;
  std::uint32_t begin = 0;           ///< its first fingerprint, counted in fingerprints
  std::uint32_t segment_length = 0;  ///< a power of two
  std::uint32_t segments_span = 0;   ///< number of segments a key can start in, times their length
  Kind kind = Kind::Empty;

  /// The number of its fingerprints.
  [[nodiscard]] std::uint64_t size() const {
    return kind == Kind::Fuse ? std::uint64_t{segments_span} + 2 * std::uint64_t{segment_length}
                              : 0;
  }
};
static_assert(sizeof(FuseShape) == 24);
static_assert(std::is_trivially_copyable_v<FuseShape>, "it is written as it lies");

/// Where the three fingerprints of a key lie, and the value that they must xor to.
struct FuseSlots {
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
  std::uint16_t print = 0;
};

/// Murmur3's finalizer.
constexpr std::uint64_t mixed(std::uint64_t key) {
  key ^= key >> 33;
  key *= 0xFF51AFD7ED558CCD;
  key ^= key >> 33;
  key *= 0xC4CEB9FE1A85EC53;
  key ^= key >> 33;
  return key;
}

/// The upper half of a * b: maps a hash `a` evenly onto [0, b).
constexpr std::uint64_t scaled(std::uint64_t a, std::uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(a) * b) >> 64);
}

inline FuseSlots slots_of_hash(const FuseShape& shape, std::uint64_t hash) {
  const auto start = static_cast<std::uint32_t>(scaled(hash, shape.segments_span));
  const std::uint32_t mask = shape.segment_length - 1;
  FuseSlots slots;
  slots.a = start;
  slots.b = (start + shape.segment_length) ^ (static_cast<std::uint32_t>(hash >> 18) & mask);
  slots.c = (start + 2 * shape.segment_length) ^ (static_cast<std::uint32_t>(hash) & mask);
  slots.print = static_cast<std::uint16_t>(hash ^ (hash >> 32));
  return slots;
}

/// For a filter of Kind::Fuse.
inline FuseSlots slots_of(const FuseShape& shape, std::uint64_t key) {
  assert(shape.kind == FuseShape::Kind::Fuse);
  return slots_of_hash(shape, mixed(key + shape.seed));
}

/// False if the filter was certainly not built from this key.
inline bool may_contain(const FuseShape& shape, std::span<const std::uint16_t> prints,
                        std::uint64_t key) {
  if (shape.kind != FuseShape::Kind::Fuse) return shape.kind == FuseShape::Kind::Open;
  assert(shape.begin + shape.size() <= prints.size());
  const FuseSlots slots = slots_of(shape, key);
  const std::uint16_t* at = prints.data() + shape.begin;
  return (at[slots.a] ^ at[slots.b] ^ at[slots.c]) == slots.print;
}

/// Builds filters one after another into one array of fingerprints.
///
/// Cost: about 30 ns a key; 24 bytes a key of temporary memory, kept for the next filter; 2.25 to
///       2.6 bytes a key of fingerprints from 10,000 keys on.
class FuseBuilder {
 public:
  /// Appends the filter's fingerprints to `prints`. May sort `keys` and drop repeated ones. The
  /// same keys in the same order give the same filter.
  FuseShape build(std::vector<std::uint64_t>& keys, std::vector<std::uint16_t>& prints);

 private:
  bool try_to_build(const FuseShape& shape, std::span<const std::uint64_t> keys,
                    std::span<std::uint16_t> prints);
  void order_by_place(const FuseShape& shape, std::span<const std::uint64_t> keys);
  bool count_places(const FuseShape& shape, std::size_t places);
  std::size_t peel(const FuseShape& shape);
  void assign(const FuseShape& shape, std::span<std::uint16_t> prints) const;

  std::vector<std::uint64_t> order_;  // hashes: roughly by place, later in the order of peeling
  std::vector<std::uint8_t> which_;   // for each peeled hash, which of its three places was alone
  std::vector<std::uint64_t> xor_;    // for each place, the xor of the hashes there
  std::vector<std::uint8_t> count_;   // for each place, 4 * hashes, xor which of the three places
  std::vector<std::uint32_t> alone_;  // places with one hash left
  std::vector<std::uint32_t> positions_;  // where each block of `order_` continues
};

}  // namespace tidemark::ledger::local
