#pragma once

/// What a running program has used, as the kernel counts it.

#include <cstdint>
#include <filesystem>

#include <sys/types.h>

#include "base/result.hpp"

namespace tidemark::app::bench {

struct ProcessFigures {
  double cpu_seconds = 0;  ///< user and system
  /// The most memory that each had at once, summed: an upper bound where they share pages.
  std::uint64_t peak_memory_bytes = 0;
};

/// Of the process and of all its descendants that live; a child that has ended counts in its
/// parent. Zeros where there is no such process.
ProcessFigures figures_of(pid_t process);

/// Bytes of all files below a folder, but for those in its sub-folder `without`.
std::uint64_t folder_bytes(const std::filesystem::path& folder, const std::string& without = {});

}  // namespace tidemark::app::bench
