#pragma once

/// Checksums of the blocks of a file.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/result.hpp"
#include "files/files.hpp"

namespace tidemark::archive {

/// XXH3-64 of each kSumBlockBytes of the file (archive/manifest.hpp); the last block may be
/// shorter.
///
/// `before` is called with the bytes of each block before the block is read; its error ends the
/// reading.
/// Errors:   Corrupt if the file does not have `bytes` bytes; Unavailable.
base::Result<std::vector<std::uint64_t>> block_sums(
    files::Files& files, const std::filesystem::path& path, std::uint64_t bytes,
    const std::function<base::Status(std::uint64_t bytes)>& before = {});

/// Ok, or Corrupt with the first block in which `found` differs from `written`.
base::Status compare_sums(const std::filesystem::path& path, std::uint64_t bytes,
                          const std::vector<std::uint64_t>& written,
                          const std::vector<std::uint64_t>& found);

}  // namespace tidemark::archive
