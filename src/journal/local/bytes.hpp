#pragma once

/// Reads and writes numbers in files: little-endian, at any place.

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>

namespace tidemark::journal::local {

static_assert(std::endian::native == std::endian::little, "the formats are written as they lie");

template <std::unsigned_integral Number>
[[nodiscard]] Number load(std::span<const std::byte> bytes, std::size_t offset) {
  Number number;
  std::memcpy(&number, bytes.subspan(offset, sizeof(number)).data(), sizeof(number));
  return number;
}

template <std::unsigned_integral Number>
void store(std::span<std::byte> bytes, std::size_t offset, Number number) {
  std::memcpy(bytes.subspan(offset, sizeof(number)).data(), &number, sizeof(number));
}

}  // namespace tidemark::journal::local
