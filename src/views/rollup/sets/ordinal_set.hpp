#pragma once

/// A set of user ordinals that can be shared and still grow.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "views/rollup/sets/kernels.hpp"

namespace tidemark::views::rollup {

/// The content of one block of a set, for reading.
struct BlockView {
  enum class Form : std::uint8_t {
    Empty,
    Array,  ///< sorted, 16 bits each
    Wide,   ///< sorted, 32 bits each, of which the lower 16 count here
    Bits
  };
  Form form = Form::Empty;
  std::uint32_t count = 0;  ///< users in the block
  const void* items = nullptr;

  [[nodiscard]] const std::uint64_t* bits() const {
    return static_cast<const std::uint64_t*>(items);
  }
  template <class Visit>
  void for_each(Visit&& visit) const;
};

/// Adds the block's users to a bitset.
void or_into(std::uint64_t* bits, const BlockView& block);
/// The number of users that are in both.
std::uint32_t count_and(const BlockView& a, const BlockView& b);

/// Up to 256 ordinals are one sorted array. More are blocks of 65,536 ordinals, each a sorted array
/// of 16-bit numbers up to 2,048, and above that a bitset of 8 KiB. Copies share everything; the
/// copy that adds an ordinal first copies the shared block.
///
/// Threads:  as for a Ref: each OrdinalSet has one user at a time; sets that share may have many.
/// Cost:     8 bytes empty; some 50 ns to add.
class OrdinalSet {
 public:
  OrdinalSet() = default;
  OrdinalSet(const OrdinalSet& other);
  OrdinalSet(OrdinalSet&& other) noexcept;
  OrdinalSet& operator=(OrdinalSet other) noexcept;
  ~OrdinalSet();

  /// False if the ordinal was there already.
  bool add(std::uint32_t ordinal);
  void add_all(const OrdinalSet& other);
  /// Adds the users of block `index` that are in the bitset, which must not be empty; as a bitset.
  void add_bits(std::uint32_t index, const std::uint64_t* bits);
  void clear();

  [[nodiscard]] bool contains(std::uint32_t ordinal) const;
  [[nodiscard]] std::uint64_t cardinality() const;
  [[nodiscard]] bool empty() const { return node_ == 0; }
  /// Every ordinal is below blocks() * kBlockUsers.
  [[nodiscard]] std::uint32_t blocks() const;
  [[nodiscard]] BlockView block(std::uint32_t index) const;

  /// The memory that the set holds; shared memory counts in full.
  [[nodiscard]] std::size_t memory_bytes() const;

  /// Prefetches the memory that `add(ordinal)` will touch.
  void prefetch(std::uint32_t ordinal) const;

  /// Appends the set's bytes to `out`; see docs/formats/rollup_snapshot.md.
  void encode(std::string& out) const;
  /// Takes one set from the front of `bytes`; false if they are not a set.
  bool decode(std::string_view& bytes);

 private:
  struct Few;
  struct Block;
  struct Table;

  static constexpr std::uintptr_t kIsTable = 1;
  [[nodiscard]] bool is_table() const { return (node_ & kIsTable) != 0; }
  [[nodiscard]] Few* few() const;
  [[nodiscard]] Table* table() const;

  bool add_to_few(std::uint32_t ordinal);
  bool add_to_table(std::uint32_t ordinal);
  void few_to_table();
  Table& own_table(std::uint32_t blocks);
  /// Null if the bytes are not a block of `count` users.
  static Block* decode_block(std::string_view& bytes, std::uint32_t count);
  void let_go();

  std::uintptr_t node_ = 0;  // 0, or a Few*, or a Table* with the lowest bit set
};

template <class Visit>
void BlockView::for_each(Visit&& visit) const {
  if (form == Form::Array) {
    const auto* values = static_cast<const std::uint16_t*>(items);
    for (std::uint32_t i = 0; i < count; ++i) visit(std::uint32_t{values[i]});
  } else if (form == Form::Wide) {
    const auto* values = static_cast<const std::uint32_t*>(items);
    for (std::uint32_t i = 0; i < count; ++i) visit(values[i] % kBlockUsers);
  } else if (form == Form::Bits) {
    for (std::size_t word = 0; word < kBlockWords; ++word) {
      for (std::uint64_t left = bits()[word]; left != 0; left &= left - 1) {
        visit(static_cast<std::uint32_t>(word * 64 +
                                         static_cast<std::size_t>(__builtin_ctzll(left))));
      }
    }
  }
}

}  // namespace tidemark::views::rollup
