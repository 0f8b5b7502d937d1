#pragma once

/// Strings to ordinals: the first string is 0, the next new one 1, and so on.

#include <array>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string_view>
#include <vector>

#include "views/rollup/counted.hpp"

namespace tidemark::views::rollup {

/// Only grows; a string never moves. Used for the users and for the event types of a project.
///
/// Threads:  `find_or_add` from the writer only; everything else from any thread, also meanwhile.
/// Lifetime: the strings that `names` gives live as long as the dictionary.
/// Cost:     a string takes its length and some 22 bytes; a look-up takes some 20 ns, because the
///           memory for a batch of look-ups is fetched ahead.
class Dictionary {
 public:
  static constexpr std::size_t kBatchMax = 256;
  static constexpr std::uint32_t kAbsent = ~std::uint32_t{0};

  explicit Dictionary(std::uint64_t seed) : seed_(seed) {}
  ~Dictionary();
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  /// The ordinals of at most kBatchMax strings (at most 64 KiB each), new ones added in order.
  void find_or_add(std::span<const std::string_view> keys, std::uint32_t* ordinals);
  /// As above; kAbsent for an unknown string.
  void find(std::span<const std::string_view> keys, std::uint32_t* ordinals) const;

  [[nodiscard]] std::uint32_t size() const { return size_.load(std::memory_order_acquire); }
  /// The strings [first, end), end at most `size()`.
  [[nodiscard]] std::vector<std::string_view> names(std::uint32_t first, std::uint32_t end) const;

 private:
  // A slot is 32 bits of the hash above the ordinal. Slots are in the order of hashes, so that a
  // partition can grow by any factor without reading a string.
  using Slot = std::uint64_t;
  static constexpr Slot kFree = ~Slot{0};
  struct Partition {
    std::vector<Slot, Metered<Slot>> slots;
    std::uint32_t used = 0;
    [[nodiscard]] std::size_t home(std::uint32_t tag) const {
      return static_cast<std::size_t>((std::uint64_t{tag} * slots.size()) >> 32);
    }
  };
  static constexpr std::size_t kPartitions =
      64;  // a growing one stops the writer, but not for long
  static constexpr std::uint32_t kNamesInPage = 8'192;
  using Page = std::array<const char*, kNamesInPage>;  // each: two bytes of length, then the string
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };

  [[nodiscard]] std::uint64_t hash(std::string_view key) const;
  [[nodiscard]] const Partition& partition_of(std::uint64_t hashed) const {
    return partitions_[hashed >> 58];
  }
  void find_some(std::span<const std::string_view> keys, const std::uint64_t* hashes,
                 std::uint32_t* ordinals) const;
  [[nodiscard]] std::uint32_t find_one(std::string_view key, std::uint64_t hashed) const;
  [[nodiscard]] const char* stored(std::uint32_t ordinal) const {
    assert(ordinal / kNamesInPage < pages_.size());
    return (*pages_[ordinal / kNamesInPage])[ordinal % kNamesInPage];
  }
  [[nodiscard]] bool equals(std::uint32_t ordinal, std::string_view key) const;

  std::uint32_t add(std::string_view key, std::uint64_t hashed);
  static void insert(Partition& partition, Slot slot);
  static void grow(Partition& partition);
  const char* store(std::string_view key);

  const std::uint64_t seed_;
  mutable std::shared_mutex mutex_;  // exclusive for the writer while it adds, shared for others
  std::array<Partition, kPartitions> partitions_;
  std::vector<std::unique_ptr<Page>> pages_;
  std::vector<Chunk> chunks_;
  std::size_t chunk_used_ = 0;
  std::atomic<std::uint32_t> size_{0};
};

}  // namespace tidemark::views::rollup
