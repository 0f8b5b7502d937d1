#include "views/rollup/sets/ordinal_set.hpp"

#include <bit>
#include <cassert>

#include "views/rollup/sets/ordinal_block.hpp"

namespace tidemark::views::rollup {
namespace {

std::uint32_t high(std::uint32_t ordinal) {
  return static_cast<std::uint32_t>(ordinal / kBlockUsers);
}
std::uint16_t low(std::uint32_t ordinal) {
  return static_cast<std::uint16_t>(ordinal % kBlockUsers);
}

bool has_bit(const std::uint64_t* bits, std::uint32_t at) {
  return ((bits[at / 64] >> (at % 64)) & 1) != 0;
}

}  // namespace

void or_into(std::uint64_t* bits, const BlockView& block) {
  if (block.form == BlockView::Form::Bits) {
    kernels().or_into(bits, block.bits());
  } else {
    block.for_each([bits](std::uint32_t at) { bits[at / 64] |= std::uint64_t{1} << (at % 64); });
  }
}

std::uint32_t count_and(const BlockView& a, const BlockView& b) {
  if (a.count == 0 || b.count == 0) return 0;
  if (b.form == BlockView::Form::Bits) {
    if (a.form == BlockView::Form::Bits) return kernels().count_and(a.bits(), b.bits());
    std::uint32_t both = 0;
    a.for_each([&](std::uint32_t at) { both += has_bit(b.bits(), at) ? 1 : 0; });
    return both;
  }
  if (a.form == BlockView::Form::Bits) return count_and(b, a);
  // Two arrays: the engine makes bitsets of long ones, so both are short here.
  std::uint32_t both = 0;
  a.for_each(
      [&](std::uint32_t x) { b.for_each([&](std::uint32_t y) { both += x == y ? 1 : 0; }); });
  return both;
}

OrdinalSet::OrdinalSet(const OrdinalSet& other) : node_(other.node_) {
  if (node_ == 0) return;
  (is_table() ? table()->holders : few()->holders).take();
}

OrdinalSet::OrdinalSet(OrdinalSet&& other) noexcept : node_(std::exchange(other.node_, 0)) {}

OrdinalSet& OrdinalSet::operator=(OrdinalSet other) noexcept {
  std::swap(node_, other.node_);
  return *this;
}

OrdinalSet::~OrdinalSet() { let_go(); }

void OrdinalSet::clear() {
  let_go();
  node_ = 0;
}

void OrdinalSet::let_go() {
  if (node_ == 0) return;
  if (is_table()) {
    Table::let_go(table());
  } else {
    Few::let_go(few());
  }
}

bool OrdinalSet::add(std::uint32_t ordinal) {
  return is_table() ? add_to_table(ordinal) : add_to_few(ordinal);
}

bool OrdinalSet::add_to_few(std::uint32_t ordinal) {
  Few* const old = few();
  const std::uint32_t count = old == nullptr ? 0 : old->count;
  const std::uint32_t place = count == 0 ? 0 : place_of(old->values(), count, ordinal);
  if (place < count && old->values()[place] == ordinal) return false;
  if (count == Few::kMax) {
    few_to_table();
    return add_to_table(ordinal);
  }

  Few* into = old;
  if (old == nullptr || old->capacity == count || !old->holders.alone()) {
    into = Few::make(std::min(Few::kMax, room_for<std::uint32_t>(count + 1)));
    if (old != nullptr) std::copy_n(old->values(), place, into->values());
  }
  if (old != nullptr) {
    std::memmove(into->values() + place + 1, old->values() + place, (count - place) * 4);
  }
  assert(place <= count && count < into->capacity);
  into->values()[place] = ordinal;
  into->count = static_cast<std::uint16_t>(count + 1);
  if (into != old) {
    if (old != nullptr) Few::let_go(old);
    node_ = reinterpret_cast<std::uintptr_t>(into);
  }
  return true;
}

void OrdinalSet::few_to_table() {
  Few* const old = few();
  const std::uint32_t count = old->count;
  assert(count > 0);
  Table* const made = Table::make(high(old->values()[count - 1]) + 1);
  made->cardinality = count;
  for (std::uint32_t begin = 0; begin < count;) {
    const std::uint32_t index = high(old->values()[begin]);
    std::uint32_t end = begin + 1;
    while (end < count && high(old->values()[end]) == index) ++end;
    Block* const block = Block::make_array(room_for<std::uint16_t>(end - begin + 1));
    for (std::uint32_t i = begin; i < end; ++i) block->values()[i - begin] = low(old->values()[i]);
    block->last = static_cast<std::uint16_t>(end - begin - 1);
    made->blocks()[index] = block;
    begin = end;
  }
  Few::let_go(old);
  node_ = reinterpret_cast<std::uintptr_t>(made) | kIsTable;
}

OrdinalSet::Table& OrdinalSet::own_table(std::uint32_t blocks) {
  Table* const old = table();
  if (blocks <= old->size && old->holders.alone()) return *old;
  const bool grows = blocks > old->size;
  Table* const made = Table::make(grows ? std::max(blocks, old->size + old->size / 8) : old->size);
  made->cardinality = old->cardinality;
  for (std::uint32_t i = 0; i < old->size; ++i) {
    Block* const block = old->blocks()[i];
    if (block != nullptr) block->holders.take();
    made->blocks()[i] = block;
  }
  Table::let_go(old);
  node_ = reinterpret_cast<std::uintptr_t>(made) | kIsTable;
  return *made;
}

bool OrdinalSet::add_to_table(std::uint32_t ordinal) {
  const std::uint32_t index = high(ordinal);
  const std::uint16_t at = low(ordinal);
  Block* old = index < table()->size ? table()->blocks()[index] : nullptr;

  // First look: what is there already need not be owned, and so not copied.
  if (old != nullptr && old->is_bits()) {
    if (old->has_bit(at)) return false;
    Table& mine = own_table(index + 1);
    if (!old->holders.alone()) {
      mine.blocks()[index] = Block::bits_of(old);
      Block::let_go(old);
      old = mine.blocks()[index];
    }
    old->set_bit(at);
    ++old->last;
    ++mine.cardinality;
    return true;
  }

  const std::uint32_t count = old == nullptr ? 0 : old->count();
  const std::uint32_t place = count == 0 ? 0 : place_of(old->values(), count, at);
  if (place < count && old->values()[place] == at) return false;
  Table& mine = own_table(index + 1);
  ++mine.cardinality;
  if (count == Block::kArrayMax) {
    mine.blocks()[index] = Block::bits_of(old);
    assert(mine.blocks()[index]->last == Block::kArrayMax - 1);
    Block::let_go(old);
    mine.blocks()[index]->set_bit(at);
    ++mine.blocks()[index]->last;
    return true;
  }

  Block* into = old;
  if (old == nullptr || old->capacity == count || !old->holders.alone()) {
    into = Block::make_array(std::min(Block::kArrayMax, room_for<std::uint16_t>(count + 1)));
    if (old != nullptr) std::copy_n(old->values(), place, into->values());
    mine.blocks()[index] = into;
  }
  if (old != nullptr) {
    std::memmove(into->values() + place + 1, old->values() + place, (count - place) * 2);
  }
  assert(place <= count && count < into->capacity);
  into->values()[place] = at;
  into->last = static_cast<std::uint16_t>(count);
  if (into != old && old != nullptr) Block::let_go(old);
  return true;
}

void OrdinalSet::add_all(const OrdinalSet& other) {
  if (other.empty() || other.node_ == node_) return;
  if (empty()) {
    *this = other;
    return;
  }
  for (std::uint32_t index = 0; index < other.blocks(); ++index) {
    const BlockView block = other.block(index);
    if (block.form == BlockView::Form::Bits) {
      add_bits(index, block.bits());
    } else {
      const std::uint32_t base = index * static_cast<std::uint32_t>(kBlockUsers);
      block.for_each([&](std::uint32_t at) { add(base + at); });
    }
  }
}

void OrdinalSet::add_bits(std::uint32_t index, const std::uint64_t* bits) {
  if (empty()) node_ = reinterpret_cast<std::uintptr_t>(Table::make(index + 1)) | kIsTable;
  if (!is_table()) few_to_table();
  Table& mine = own_table(index + 1);
  Block* const old = mine.blocks()[index];
  Block* into = old;
  if (old == nullptr) {
    into = Block::make_bits();
    std::memset(into->words(), 0, kBlockBytes);
  } else if (!old->is_bits() || !old->holders.alone()) {
    into = Block::bits_of(old);
  }
  const std::uint32_t before = old == nullptr ? 0 : old->count();
  kernels().or_into(into->words(), bits);
  const std::uint32_t after = kernels().count(into->words());
  assert(after > 0 && after >= before);
  into->last = static_cast<std::uint16_t>(after - 1);
  mine.cardinality += after - before;
  if (into != old && old != nullptr) Block::let_go(old);
  mine.blocks()[index] = into;
}

bool OrdinalSet::contains(std::uint32_t ordinal) const {
  if (node_ == 0) return false;
  if (!is_table()) {
    const std::uint32_t place = place_of(few()->values(), few()->count, ordinal);
    return place < few()->count && few()->values()[place] == ordinal;
  }
  if (high(ordinal) >= table()->size) return false;
  Block* const block = table()->blocks()[high(ordinal)];
  if (block == nullptr) return false;
  if (block->is_bits()) return block->has_bit(low(ordinal));
  const std::uint32_t place = place_of(block->values(), block->count(), low(ordinal));
  return place < block->count() && block->values()[place] == low(ordinal);
}

std::uint64_t OrdinalSet::cardinality() const {
  if (node_ == 0) return 0;
  return is_table() ? table()->cardinality : few()->count;
}

std::uint32_t OrdinalSet::blocks() const {
  if (node_ == 0) return 0;
  return is_table() ? table()->size : high(few()->values()[few()->count - 1]) + 1;
}

BlockView OrdinalSet::block(std::uint32_t index) const {
  if (node_ == 0) return {};
  if (!is_table()) {
    const std::uint32_t* const values = few()->values();
    const auto first = static_cast<std::uint32_t>(index * kBlockUsers);
    const std::uint32_t count = few()->count;
    const std::uint32_t begin = place_of(values, count, first);
    if (begin == count || high(values[begin]) != index) return {};
    std::uint32_t end = count;  // mostly all that follow are of this block
    if (high(values[count - 1]) != index) {
      end = place_of(values, count, static_cast<std::uint32_t>(first + kBlockUsers));
    }
    return {.form = BlockView::Form::Wide, .count = end - begin, .items = values + begin};
  }
  if (index >= table()->size || table()->blocks()[index] == nullptr) return {};
  Block* const block = table()->blocks()[index];
  if (block->is_bits()) {
    return {.form = BlockView::Form::Bits, .count = block->count(), .items = block->words()};
  }
  return {.form = BlockView::Form::Array, .count = block->count(), .items = block->values()};
}

std::size_t OrdinalSet::memory_bytes() const {
  if (node_ == 0) return 0;
  if (!is_table()) return allocated_bytes(sizeof(Few) + few()->capacity * sizeof(std::uint32_t));
  std::size_t bytes = allocated_bytes(sizeof(Table) + table()->size * sizeof(Block*));
  for (std::uint32_t i = 0; i < table()->size; ++i) {
    const Block* const block = table()->blocks()[i];
    if (block == nullptr) continue;
    bytes += allocated_bytes(block->is_bits() ? Block::kBitsAt + kBlockBytes
                                              : sizeof(Block) + block->capacity * 2U);
  }
  return bytes;
}

void OrdinalSet::prefetch(std::uint32_t ordinal) const {
  if (!is_table()) {
    if (node_ != 0) __builtin_prefetch(few());
    return;
  }
  if (high(ordinal) >= table()->size) return;
  Block* const block = table()->blocks()[high(ordinal)];
  if (block == nullptr) return;
  __builtin_prefetch(block);
  __builtin_prefetch(block->words() + low(ordinal) / 64);
}

}  // namespace tidemark::views::rollup
