#pragma once

/// The number of events of each type on a day, and their users.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "views/rollup/counted.hpp"
#include "views/rollup/sets/ordinal_set.hpp"

namespace tidemark::views::rollup {

template <class T>
using MeteredVector = std::vector<T, Metered<T>>;

/// The events of one type on one day.
struct TypeRow {
  std::uint32_t type = 0;
  std::uint64_t count = 0;
  OrdinalSet users{};
};

/// The types of a day in ascending order, in blocks. Copies share the blocks, and a copy that
/// changes a type copies only the type's block: with a million types on a day, a commit with a few
/// of them copies a few kilobytes and not the whole day.
///
/// Threads:  as for a Ref: each TypeSets has one user at a time; those that share may have many.
class TypeSets {
 public:
  /// Types in a block. Few, because a commit copies each block that it touches; not fewer, because
  /// it also copies the list of blocks.
  static constexpr std::uint32_t kBlockTypes = 64;

  /// The place of a type. An outdated guess does no harm, because `at` checks it.
  struct Place {
    std::uint32_t block = 0;
    std::uint32_t row = 0;
  };

  [[nodiscard]] std::size_t size() const { return size_; }
  /// The users of `type`; null if the day has no such event.
  [[nodiscard]] const OrdinalSet* find(std::uint32_t type) const;
  /// Calls `visit(const TypeRow&)` for each type, in ascending order.
  template <class Visit>
  void for_each(Visit&& visit) const;

  /// The row at the place; null if it is not a row of `type`.
  [[nodiscard]] const TypeRow* at(Place place, std::uint32_t type) const {
    if (place.block >= blocks_.size()) return nullptr;
    const auto& rows = blocks_[place.block]->rows;
    if (place.row >= rows.size()) return nullptr;
    const TypeRow* const row = rows.data() + place.row;
    return row->type == type ? row : nullptr;
  }
  /// The place of `type`, which is added without events if it is missing.
  Place find_or_add(std::uint32_t type);
  /// The row at the place, to change its count and users.
  TypeRow& own(Place place) { return blocks_[place.block].own().rows[place.row]; }

  /// Adds a row whose type must be above all others.
  void append(TypeRow row);
  /// Adds the events of `other`, none of which may be here already.
  void merge(const TypeSets& other);
  /// Drops the users of each type for which `forget(type)` is true; the type's count stays.
  template <class Forget>
  void clear_sets(Forget&& forget);

 private:
  /// Some types that follow one another.
  struct Block : Counted {
    MeteredVector<TypeRow> rows;
  };

  /// The block where `type` is or belongs; there must be one.
  [[nodiscard]] std::uint32_t block_of(std::uint32_t type) const;
  void split(std::uint32_t block);

  MeteredVector<std::uint32_t> lowest_;  // the first type of each block
  MeteredVector<Ref<Block>> blocks_;
  std::size_t size_ = 0;
};

template <class Visit>
void TypeSets::for_each(Visit&& visit) const {
  for (const Ref<Block>& block : blocks_) {
    for (const TypeRow& row : block->rows) visit(row);
  }
}

template <class Forget>
void TypeSets::clear_sets(Forget&& forget) {
  for (Ref<Block>& block : blocks_) {
    for (std::size_t i = 0; i < block->rows.size(); ++i) {
      const TypeRow& row = block->rows[i];
      if (!row.users.empty() && forget(row.type)) block.own().rows[i].users.clear();
    }
  }
}

}  // namespace tidemark::views::rollup
