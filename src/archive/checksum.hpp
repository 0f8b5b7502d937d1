#pragma once

/// Checksums of the archive's files.

#include <cstdint>
#include <string>
#include <string_view>

namespace tidemark::archive {

/// XXH3-64. To chain it, give the checksum of the bytes before as `so_far`.
std::uint64_t checksum(std::string_view bytes, std::uint64_t so_far = 0);

/// The number as sixteen digits.
std::string hexadecimal(std::uint64_t number);

}  // namespace tidemark::archive
