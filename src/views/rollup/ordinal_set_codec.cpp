// An ordinal set as bytes, little-endian as this machine has it in memory. The format is described
// in docs/formats/rollup_snapshot.md. Bytes come here with a right checksum; what is still checked
// is what would otherwise let a reader run out of its bounds.

#include "views/rollup/bytes.hpp"
#include "views/rollup/ordinal_block.hpp"

namespace tidemark::views::rollup {
namespace {

enum class Form : std::uint8_t { Empty = 0, Few = 1, Blocks = 2 };

constexpr std::uint32_t kBlocksMax = 65'536;

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
  put(out, table()->size);
  for (std::uint32_t i = 0; i < table()->size; ++i) {
    Block* const block = table()->blocks()[i];
    const std::uint32_t count = block == nullptr ? 0 : block->count();
    put(out, count);
    if (count == 0) continue;
    // Short blocks may be bitsets in memory; on disk the count alone tells the form.
    if (count > Block::kArrayMax) {
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
    const bool as_bits = count > Block::kArrayMax;
    Block* const block =
        as_bits ? Block::make_bits()
                : Block::make_array(std::min(Block::kArrayMax, room_for<std::uint16_t>(count)));
    block->last = static_cast<std::uint16_t>(count - 1);
    made->blocks()[i] = block;
    made->cardinality += count;
    if (as_bits) {
      if (!take_all(bytes, block->words(), kBlockWords)) return false;
      if (kernels().count(block->words()) != count) return false;
    } else if (!take_all(bytes, block->values(), count) || !rises(block->values(), count)) {
      return false;
    }
  }
  return true;
}

}  // namespace tidemark::views::rollup
