#pragma once

/// What a running program has used, as the kernel counts it.

#include <cstdint>
#include <filesystem>

#include <sys/types.h>

#include "base/result.hpp"

namespace tidemark::app::bench {

struct ProcessFigures {
  double cpu_seconds = 0;  ///< user and system
  /// The sum of the most memory that each process had at once: an upper bound if they share pages.
  std::uint64_t peak_memory_bytes = 0;
};

/// Covers the process and all of its living descendants; a child that has ended counts in its
/// parent. Zeros if there is no such process.
ProcessFigures figures_of(pid_t process);

/// Bytes of all files below a folder, except for those in its sub-folder `without`.
std::uint64_t folder_bytes(const std::filesystem::path& folder, const std::string& without = {});

}  // namespace tidemark::app::bench
