#include "views/rollup/type_sets.hpp"

#include <algorithm>
#include <iterator>

#include "base/check.hpp"

namespace tidemark::views::rollup {

std::uint32_t TypeSets::block_of(std::uint32_t type) const {
  const auto above = std::upper_bound(lowest_.begin(), lowest_.end(), type);
  return above == lowest_.begin() ? 0 : static_cast<std::uint32_t>(above - lowest_.begin() - 1);
}

const OrdinalSet* TypeSets::find(std::uint32_t type) const {
  if (blocks_.empty()) return nullptr;
  const auto& rows = blocks_[block_of(type)]->rows;
  const auto found = std::ranges::lower_bound(rows, type, {}, &TypeRow::type);
  return found != rows.end() && found->type == type ? &found->users : nullptr;
}

TypeSets::Place TypeSets::find_or_add(std::uint32_t type) {
  if (blocks_.empty() || blocks_.back()->rows.back().type < type) {
    append({.type = type});
    const auto last = static_cast<std::uint32_t>(blocks_.size() - 1);
    return {.block = last, .row = static_cast<std::uint32_t>(blocks_[last]->rows.size() - 1)};
  }
  const std::uint32_t number = block_of(type);
  const auto& rows = blocks_[number]->rows;
  const auto found = std::ranges::lower_bound(rows, type, {}, &TypeRow::type);
  const auto row = found - rows.begin();
  if (found == rows.end() || found->type != type) {
    if (rows.size() == kBlockTypes) {
      split(number);
      return find_or_add(type);
    }
    auto& owned = blocks_[number].own().rows;
    owned.insert(owned.begin() + row, {.type = type});
    lowest_[number] = owned.front().type;
    ++size_;
  }
  return {.block = number, .row = static_cast<std::uint32_t>(row)};
}

void TypeSets::append(TypeRow row) {
  TIDEMARK_CHECK(blocks_.empty() || blocks_.back()->rows.back().type < row.type);
  if (blocks_.empty() || blocks_.back()->rows.size() == kBlockTypes) {
    lowest_.push_back(row.type);
    blocks_.emplace_back();
  }
  blocks_.back().own().rows.push_back(std::move(row));
  ++size_;
}

void TypeSets::split(std::uint32_t number) {
  auto& lower = blocks_[number].own().rows;
  const auto middle = lower.begin() + kBlockTypes / 2;
  Ref<Block> upper;
  upper.own().rows.assign(std::make_move_iterator(middle), std::make_move_iterator(lower.end()));
  lower.erase(middle, lower.end());
  lowest_.insert(lowest_.begin() + number + 1, upper->rows.front().type);
  blocks_.insert(blocks_.begin() + number + 1, std::move(upper));
}

void TypeSets::merge(const TypeSets& other) {
  other.for_each([this](const TypeRow& more) {
    TypeRow& row = own(find_or_add(more.type));
    row.count += more.count;
    row.users.add_all(more.users);
  });
}

}  // namespace tidemark::views::rollup
