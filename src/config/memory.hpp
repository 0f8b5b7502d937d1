#pragma once

/// How much memory this process may use, and what of it each bound gets where nobody has set one.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace tidemark::config {

/// What the system lets this process use, and who says so.
struct MemoryLimit {
  std::int64_t bytes = 0;
  std::string source;  ///< "the machine" or "the cgroup"
};

/// The least of the machine's memory and of the limits of this process's cgroups, version 1 and 2,
/// up to their root: the kernel ends a process that passes any of them.
///
/// `system`: the folder where `proc` and `sys` lie; another one in tests. What cannot be read
/// limits nothing.
MemoryLimit memory_limit(const std::filesystem::path& system = "/");

/// The default of `memory_max`: three quarters of the limit. The rest is the page cache's, which a
/// cgroup counts as its own and without which each question reads the disk.
std::int64_t default_memory_max(const MemoryLimit& limit);

/// Lowers each bound on memory that nobody has set to its share of `settings.memory_max`: a small
/// machine gets a service that refuses early in place of one that the kernel ends. On a large one
/// the bounds stay as they are. `is_default(name)`: nobody has set it.
void fit_into_memory(Settings& settings,
                     const std::function<bool(std::string_view name)>& is_default);

/// Bounds that are not settings of their own, in bytes.
struct PartMemory {
  std::int64_t archive_writer = 0;  ///< of the DuckDB that writes segments
  std::int64_t archive_reader = 0;  ///< of the DuckDB that reads them back for a start or an export
  std::int64_t request_bodies = 0;  ///< all bodies being read or handled; all answers the same
};

/// At most what a large machine needs, at least what each part needs to work at all.
PartMemory part_memory(const Settings& settings);

}  // namespace tidemark::config
