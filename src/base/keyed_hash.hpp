#pragma once

/// Hashes for tables in memory whose keys a client may choose.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidemark::base {

/// Different in each process, and secret: with std::hash, whose seed is the same everywhere,
/// anybody can choose keys that all fall into one bucket.
///
/// Cost:     5 ns for a short text.
std::uint64_t keyed_hash(std::string_view text) noexcept;
std::uint64_t keyed_hash(std::uint64_t number) noexcept;

/// For std::unordered_map and similar containers, with keys of text or of numbers: with
/// `std::equal_to<>`, a `std::string_view` also finds a `std::string`.
struct KeyedHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return keyed_hash(text); }
  std::size_t operator()(std::uint64_t number) const noexcept { return keyed_hash(number); }
};

}  // namespace tidemark::base
