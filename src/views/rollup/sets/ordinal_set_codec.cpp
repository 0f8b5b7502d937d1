// An ordinal set as bytes, little-endian as in this machine's memory.
// docs/formats/rollup_snapshot.md describes the format. The bytes come with a correct checksum; the
// remaining checks keep a reader within its bounds.

#include <array>

#include "views/rollup/bytes.hpp"
#include "views/rollup/sets/ordinal_block.hpp"

namespace tidemark::views::rollup {
namespace {

enum class Form : std::uint8_t { Empty = 0, Few = 1, Blocks = 2 };

constexpr std::uint32_t kBlocksMax = 65'536;

/// On disk the count alone tells the form: an array up to so many users, where it is as large as
/// the bitset. In memory bitsets begin earlier (Block::kArrayMax).
constexpr std::uint32_t kStoredArrayMax = 4'096;

template <class Value>
bool rises(const Value* values, std::uint32_t count) {
  for (std::uint32_t i = 1; i < count; ++i) {
    if (values[i - 1] >= values[i]) return false;
  }
  return true;
}

}  // namespace

void OrdinalSet::encode(std::string& out) const {
  const Form form = empty() ? Form::Empty : is_table() ? Form::Blocks : Form::Few;
  put(out, form);
  if (form == Form::Empty) return;
  if (form == Form::Few) {
    const std::uint32_t count = few()->count;
    put(out, count);
    put_all(out, few()->values(), count);
    return;
  }
  // A table may have grown beyond the last block: a reader would ask for users that are not there.
  std::uint32_t size = table()->size;
  while (size > 0 && table()->blocks()[size - 1] == nullptr) --size;
  put(out, size);
  for (std::uint32_t i = 0; i < size; ++i) {
    Block* const block = table()->blocks()[i];
    const std::uint32_t count = block == nullptr ? 0 : block->count();
    put(out, count);
    if (count == 0) continue;
    if (count > kStoredArrayMax) {
      put_all(out, block->words(), kBlockWords);
    } else if (!block->is_bits()) {
      put_all(out, block->values(), count);
    } else {
      this->block(i).for_each([&out](std::uint32_t at) {
        const auto value = static_cast<std::uint16_t>(at);
        put(out, value);
      });
    }
  }
}

OrdinalSet::Block* OrdinalSet::decode_block(std::string_view& bytes, std::uint32_t count) {
  Block* const block =
      count > Block::kArrayMax
          ? Block::make_bits()
          : Block::make_array(std::min(Block::kArrayMax, room_for<std::uint16_t>(count)));
  block->last = static_cast<std::uint16_t>(count - 1);
  bool right = false;
  if (count > kStoredArrayMax) {
    right =
        take_all(bytes, block->words(), kBlockWords) && kernels().count(block->words()) == count;
  } else if (!block->is_bits()) {
    right = take_all(bytes, block->values(), count) && rises(block->values(), count);
  } else {
    std::array<std::uint16_t, kStoredArrayMax> values{};
    right = take_all(bytes, values.data(), count) && rises(values.data(), count);
    std::memset(block->words(), 0, kBlockBytes);
    for (std::uint32_t i = 0; i < count; ++i) block->set_bit(values[i]);
  }
  if (right) return block;
  Block::let_go(block);
  return nullptr;
}

bool OrdinalSet::decode(std::string_view& bytes) {
  clear();
  Form form{};
  if (!take(bytes, form) || form > Form::Blocks) return false;
  if (form == Form::Empty) return true;
  std::uint32_t size = 0;
  if (!take(bytes, size) || size == 0) return false;

  if (form == Form::Few) {
    if (size > Few::kMax) return false;
    Few* const made = Few::make(size);
    node_ = reinterpret_cast<std::uintptr_t>(made);
    made->count = static_cast<std::uint16_t>(size);
    return take_all(bytes, made->values(), size) && rises(made->values(), size);
  }

  if (size > kBlocksMax) return false;
  Table* const made = Table::make(size);
  node_ = reinterpret_cast<std::uintptr_t>(made) | kIsTable;
  for (std::uint32_t i = 0; i < size; ++i) {
    std::uint32_t count = 0;
    if (!take(bytes, count) || count > kBlockUsers) return false;
    if (count == 0) continue;
    Block* const block = decode_block(bytes, count);
    if (block == nullptr) return false;
    made->blocks()[i] = block;
    made->cardinality += count;
  }
  return true;
}

}  // namespace tidemark::views::rollup
