#pragma once

/// The inner loops, over bitsets of one block of users, in the widest form that this processor has.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidemark::views::rollup {

inline constexpr std::size_t kBlockUsers = 65'536;
inline constexpr std::size_t kBlockWords = kBlockUsers / 64;
inline constexpr std::size_t kBlockBytes = kBlockWords * sizeof(std::uint64_t);

static_assert(kBlockWords % 64 == 0, "the widest loops take 64 words at a time");

/// Every argument is kBlockWords long; any alignment works, 64 bytes are fastest.
struct Kernels {
  const char* name;
  void (*or_into)(std::uint64_t* into, const std::uint64_t* from);
  void (*and_into)(std::uint64_t* into, const std::uint64_t* from);
  std::uint32_t (*count)(const std::uint64_t* a);
  std::uint32_t (*count_and)(const std::uint64_t* a, const std::uint64_t* b);
  std::uint32_t (*count_or)(const std::uint64_t* a, const std::uint64_t* b);
  std::uint32_t (*count_andnot)(const std::uint64_t* a, const std::uint64_t* b);
};

/// The fastest kernels that run on this processor; chosen once.
const Kernels& kernels();

/// All kernels that run on this processor, the plain ones first.
std::vector<const Kernels*> runnable_kernels();

}  // namespace tidemark::views::rollup
