#pragma once

/// XXH3 hashes of bytes: checksums of data on disk, and names of contents.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tidemark::base {

// Every version of the program must give the same hashes, because they are on the disks of users.
// Anybody can make two contents with one hash on purpose, unless the secret is really secret.

struct Hash128 {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
};

std::uint64_t hash64(std::span<const std::byte> bytes, std::uint64_t seed = 0);
/// The same hash as for all pieces joined together.
std::uint64_t hash64(std::span<const std::span<const std::byte>> pieces, std::uint64_t seed);

Hash128 hash128(std::span<const std::byte> bytes, std::uint64_t seed = 0);
/// `secret`: at least 136 bytes, as random as can be.
Hash128 hash128(std::span<const std::byte> bytes, std::span<const std::byte> secret);

/// The hash as bytes, the same on every machine.
std::array<std::byte, 16> canonical(const Hash128& hash);

}  // namespace tidemark::base
