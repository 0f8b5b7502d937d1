#pragma once

/// Different texts with the same std::hash, as anybody can make them.

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace tidemark::base {

/// `count` different texts of 16 bytes with the same std::hash: libstdc++ hashes with MurmurHash2
/// under a seed that is the same everywhere, and a step of it can be inverted.
inline std::vector<std::string> texts_with_one_std_hash(std::size_t count) {
  constexpr std::uint64_t kFactor = 0xc6a4a7935bd1e995;
  constexpr std::uint64_t kSeed = 0xc70f6907;
  std::uint64_t inverse = kFactor;  // of the factor, modulo 2^64
  for (int i = 0; i < 5; ++i) inverse *= 2 - kFactor * inverse;
  const auto mixed = [](std::uint64_t block) {
    block *= kFactor;
    block ^= block >> 47U;
    return block * kFactor;
  };
  const auto unmixed = [inverse](std::uint64_t block) {
    block *= inverse;
    block ^= block >> 47U;
    return block * inverse;
  };
  std::vector<std::string> texts;
  for (std::uint64_t first = 1; texts.size() < count; ++first) {
    const std::uint64_t state = ((kSeed ^ (16 * kFactor)) ^ mixed(first)) * kFactor;
    const std::uint64_t second = unmixed(state ^ 0x1234);
    std::string text(16, '\0');
    std::memcpy(text.data(), &first, sizeof first);
    std::memcpy(text.data() + sizeof first, &second, sizeof second);
    texts.push_back(std::move(text));
  }
  return texts;
}

}  // namespace tidemark::base
