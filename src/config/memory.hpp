#pragma once

/// How much memory this process may use, and the share of each bound that is not set.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "config/settings.hpp"

namespace tidemark::config {

/// What the system lets this process use, and where that limit comes from.
struct MemoryLimit {
  std::int64_t bytes = 0;
  std::string source;  ///< "the machine" or "the cgroup"
};

/// The smallest of the machine's memory and the limits of this process's cgroups, version 1 and 2,
/// up to their root: the kernel ends a process that exceeds any of them.
///
/// `system`: the folder of `proc` and `sys`; another one in tests. A limit that cannot be read does
/// not count.
MemoryLimit memory_limit(const std::filesystem::path& system = "/");

/// The default of `memory_max`: three quarters of the limit. The rest is for the page cache, which
/// counts in a cgroup and without which each question reads the disk.
std::int64_t default_memory_max(const MemoryLimit& limit);

/// Lowers each memory bound that is not set to its share of `settings.memory_max`, so that on a
/// small machine the service refuses early instead of being ended by the kernel. On a large machine
/// the bounds stay as they are. `is_default(name)`: the setting is not set.
void fit_into_memory(Settings& settings,
                     const std::function<bool(std::string_view name)>& is_default);

/// Bounds that are not settings themselves, in bytes.
struct PartMemory {
  std::int64_t archive_writer = 0;  ///< for the DuckDB that writes segments
  std::int64_t archive_reader = 0;  ///< for the DuckDB that reads them for a start or an export
  std::int64_t request_bodies = 0;  ///< all bodies being read or handled; the same for all answers
};

/// At most what a large machine needs, and at least what each part needs to work at all.
PartMemory part_memory(const Settings& settings);

}  // namespace tidemark::config
