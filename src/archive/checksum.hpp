#pragma once

/// Checksums of what the archive writes.

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::archive {

/// XXH3-64; chained by giving the number so far.
std::uint64_t checksum(std::string_view bytes, std::uint64_t so_far = 0);

/// Sixteen digits.
std::string hexadecimal(std::uint64_t number);

}  // namespace tidemark::archive
