// What is taken stays as it was written for as long as it is held, whatever is taken after it.

#include "ledger/tail_memory.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include <gtest/gtest.h>

namespace tidemark::ledger {
namespace {

std::span<std::byte> filled(const std::shared_ptr<std::byte[]>& taken, std::size_t bytes,
                            std::byte with) {
  std::fill_n(taken.get(), bytes, with);
  return {taken.get(), bytes};
}

TEST(TailMemoryTest, WhatIsTakenDoesNotOverlap) {
  TailMemory memory;
  // Over the end of a piece, and one that is larger than a piece by itself.
  const std::vector<std::size_t> sizes{1, 100, 24 << 20, 16 << 20, 40 << 20, 7};
  std::vector<std::shared_ptr<std::byte[]>> held;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    held.push_back(memory.take(sizes[i]));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(held.back().get()) % 64, 0U);
    filled(held.back(), sizes[i], static_cast<std::byte>(i));
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::span<const std::byte> bytes{held[i].get(), sizes[i]};
    EXPECT_TRUE(std::ranges::all_of(bytes, [&](auto b) { return b == static_cast<std::byte>(i); }))
        << "the " << i << "th, of " << sizes[i] << " bytes";
  }
}

TEST(TailMemoryTest, WhatIsHeldOutlivesTheMemory) {
  std::shared_ptr<std::byte[]> held;
  {
    TailMemory memory;
    held = memory.take(5);
    filled(held, 5, std::byte{42});
  }
  EXPECT_EQ(held[4], std::byte{42});
}

TEST(TailMemoryTest, APieceThatNobodyHoldsIsUsedAgainAndNoMoreAreKeptThanTheBound) {
  TailMemory memory;
  const std::size_t pieces = TailMemory::kSparesMax + 3;
  std::vector<std::shared_ptr<std::byte[]>> held;
  for (std::size_t i = 0; i < pieces; ++i) held.push_back(memory.take(TailMemory::kPieceBytes));
  EXPECT_EQ(memory.spares(), 0U);
  const auto* const first = held.front().get();
  held.erase(held.begin());
  EXPECT_EQ(memory.spares(), 1U);
  EXPECT_EQ(memory.take(TailMemory::kPieceBytes).get(), first);
  held.clear();
  EXPECT_EQ(memory.spares(), TailMemory::kSparesMax);
}

}  // namespace
}  // namespace tidemark::ledger
