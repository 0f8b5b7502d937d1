#pragma once

/// The nodes that an OrdinalSet consists of. Only ordinal_set.cpp and ordinal_set_codec.cpp need to
/// see them.

#include <algorithm>
#include <cassert>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

#include "views/rollup/counted.hpp"
#include "views/rollup/sets/ordinal_set.hpp"

namespace tidemark::views::rollup {

/// The first of `count` sorted values that is not below `value`. Without branches, because the
/// place of the next user cannot be predicted.
template <class Value>
std::uint32_t place_of(const Value* values, std::uint32_t count, Value value) {
  if (count == 0 || values[count - 1] < value) return count;  // new users come last
  const Value* first = values;
  for (std::uint32_t left = count; left > 1;) {
    const std::uint32_t half = left / 2;
    first += first[half - 1] < value ? half : 0;
    left -= half;
  }
  return static_cast<std::uint32_t>(first - values) + (*first < value ? 1 : 0);
}

/// How many values to make room for when there are `count`: a quarter more, in whole steps of 16
/// bytes.
template <class Value>
constexpr std::uint32_t room_for(std::uint32_t count) {
  constexpr std::uint32_t kStep = 16 / sizeof(Value);
  return (count + count / 4 + kStep - 1) / kStep * kStep;
}

/// The values, which follow their node in memory.
template <class Node, class Value>
Node* new_node(std::uint32_t capacity) {
  static_assert(sizeof(Node) % alignof(Value) == 0);
  const std::size_t bytes = sizeof(Node) + capacity * sizeof(Value);
  MemoryGauge::add(allocated_bytes(bytes));
  return new (::operator new(bytes)) Node;
}
template <class Node, class Value>
void delete_node(Node* node, std::uint32_t capacity) {
  MemoryGauge::subtract(allocated_bytes(sizeof(Node) + capacity * sizeof(Value)));
  node->~Node();
  ::operator delete(node);
}

struct OrdinalSet::Few {
  static constexpr std::uint32_t kMax = 256;

  HolderCount holders;
  std::uint16_t count = 0;
  std::uint16_t capacity = 0;

  std::uint32_t* values() { return reinterpret_cast<std::uint32_t*>(this + 1); }

  static Few* make(std::uint32_t capacity) {
    assert(capacity > 0 && capacity <= std::numeric_limits<std::uint16_t>::max());
    Few* few = new_node<Few, std::uint32_t>(capacity);
    few->capacity = static_cast<std::uint16_t>(capacity);
    return few;
  }
  static void let_go(Few* few) {
    if (few->holders.let_go()) delete_node<Few, std::uint32_t>(few, few->capacity);
  }
};

struct OrdinalSet::Block {
  // Half the size of the bitset. With arrays up to its whole size the rollup took 1 to 2 % less
  // memory, but up to a quarter more time, to find and move values in the longest arrays.
  static constexpr std::uint32_t kArrayMax = 2'048;
  static constexpr std::size_t kBitsAt = 64;  // so that the words are aligned

  HolderCount holders;
  std::uint16_t capacity = 0;  // of the array; 0: a bitset
  std::uint16_t last = 0;      // users - 1; a block is never empty

  [[nodiscard]] bool is_bits() const { return capacity == 0; }
  [[nodiscard]] std::uint32_t count() const { return last + std::uint32_t{1}; }
  std::uint16_t* values() {
    assert(!is_bits());
    return reinterpret_cast<std::uint16_t*>(this + 1);
  }
  std::uint64_t* words() {
    return reinterpret_cast<std::uint64_t*>(reinterpret_cast<std::byte*>(this) + kBitsAt);
  }
  [[nodiscard]] bool has_bit(std::uint32_t low) {
    assert(is_bits() && low < kBlockUsers);
    return ((words()[low / 64] >> (low % 64)) & 1) != 0;
  }
  void set_bit(std::uint32_t low) {
    assert(is_bits() && low < kBlockUsers);
    words()[low / 64] |= std::uint64_t{1} << (low % 64);
  }

  static Block* make_array(std::uint32_t capacity) {
    assert(capacity > 0 && capacity <= kArrayMax);
    Block* block = new_node<Block, std::uint16_t>(capacity);
    block->capacity = static_cast<std::uint16_t>(capacity);
    return block;
  }
  static Block* make_bits() {
    MemoryGauge::add(allocated_bytes(kBitsAt + kBlockBytes));
    return new (::operator new(kBitsAt + kBlockBytes, std::align_val_t(kBitsAt))) Block;
  }
  /// The same users as a new bitset that belongs to the caller.
  static Block* bits_of(Block* from) {
    Block* block = make_bits();
    if (from->is_bits()) {
      std::memcpy(block->words(), from->words(), kBlockBytes);
    } else {
      std::memset(block->words(), 0, kBlockBytes);
      for (std::uint32_t i = 0; i < from->count(); ++i) block->set_bit(from->values()[i]);
    }
    block->last = from->last;
    return block;
  }
  static void let_go(Block* block) {
    if (!block->holders.let_go()) return;
    if (!block->is_bits()) return delete_node<Block, std::uint16_t>(block, block->capacity);
    MemoryGauge::subtract(allocated_bytes(kBitsAt + kBlockBytes));
    block->~Block();
    ::operator delete(block, std::align_val_t(kBitsAt));
  }
};

struct OrdinalSet::Table {
  HolderCount holders;
  std::uint32_t size = 0;
  std::uint64_t cardinality = 0;

  /// By number of the block; null if no user is in it.
  Block** blocks() { return reinterpret_cast<Block**>(this + 1); }

  static Table* make(std::uint32_t size) {
    assert(size > 0);
    Table* table = new_node<Table, Block*>(size);
    table->size = size;
    std::fill_n(table->blocks(), size, nullptr);
    return table;
  }
  static void let_go(Table* table) {
    if (!table->holders.let_go()) return;
    for (std::uint32_t i = 0; i < table->size; ++i) {
      if (table->blocks()[i] != nullptr) Block::let_go(table->blocks()[i]);
    }
    delete_node<Table, Block*>(table, table->size);
  }
};

inline OrdinalSet::Few* OrdinalSet::few() const { return reinterpret_cast<Few*>(node_); }
inline OrdinalSet::Table* OrdinalSet::table() const {
  return reinterpret_cast<Table*>(node_ & ~kIsTable);
}

}  // namespace tidemark::views::rollup
