#include "config/memory.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <string_view>

#include <unistd.h>

namespace tidemark::config {
namespace {

constexpr std::int64_t kNoLimit = std::numeric_limits<std::int64_t>::max();

/// Where a hierarchy of cgroups is mounted: which of its folders, and at which place.
struct Mount {
  std::string root;
  std::filesystem::path at;
};

/// The number that a file of the kernel's holds; nothing for "max" and for a file that is not
/// there.
std::optional<std::int64_t> read_number(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string text;
  if (!(file >> text)) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// "a,b" holds "a".
bool holds(std::string_view list, std::string_view word) {
  for (std::size_t at = 0; at <= list.size();) {
    const auto end = std::min(list.find(',', at), list.size());
    if (list.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

/// The mount of version 2, or the one of version 1 that limits memory. A line of mountinfo
/// (proc(5)) is: id parent device ROOT PLACE options [more…] - TYPE source SUPER_OPTIONS.
std::optional<Mount> find_mount(const std::filesystem::path& system, bool version_2) {
  std::ifstream file(system / "proc/self/mountinfo");
  for (std::string line; std::getline(file, line);) {
    const auto middle = line.find(" - ");
    if (middle == std::string::npos) continue;
    std::istringstream first(line.substr(0, middle));
    std::istringstream second(line.substr(middle + 3));
    std::string id, parent, device, root, place, type, source, options;
    first >> id >> parent >> device >> root >> place;
    second >> type >> source >> options;
    if (version_2 ? type != "cgroup2" : type != "cgroup" || !holds(options, "memory")) continue;
    return Mount{.root = root, .at = system / std::filesystem::path(place).relative_path()};
  }
  return std::nullopt;
}

/// The cgroup of this process within a hierarchy, from "/proc/self/cgroup": "0::/a/b" in version 2,
/// "4:memory:/a/b" in version 1.
std::optional<std::string> find_group(const std::filesystem::path& system, bool version_2) {
  std::ifstream file(system / "proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    if (version_2 ? controllers.empty() : holds(controllers, "memory")) {
      return line.substr(second + 1);
    }
  }
  return std::nullopt;
}

/// The least limit of the group and of all above it. In a container the group's path may be the
/// host's, of which the mount shows the last part only: the mount itself is the group then.
std::int64_t limit_of_groups(const std::filesystem::path& system, bool version_2) {
  const auto mount = find_mount(system, version_2);
  const auto group = find_group(system, version_2);
  if (!mount || !group) return kNoLimit;
  std::string_view below(*group);
  if (mount->root != "/" && below.starts_with(mount->root)) below.remove_prefix(mount->root.size());
  const auto relative = std::filesystem::path(below).relative_path();

  const auto* const name = version_2 ? "memory.max" : "memory.limit_in_bytes";
  auto least = read_number(mount->at / name).value_or(kNoLimit);
  auto folder = mount->at;
  for (const auto& part : relative) {
    folder /= part;
    least = std::min(least, read_number(folder / name).value_or(kNoLimit));
  }
  return least;
}

std::int64_t memory_of_machine(const std::filesystem::path& system) {
  std::ifstream file(system / "proc/meminfo");
  std::string word;
  std::int64_t kilobytes = 0;
  while (file >> word) {
    if (word == "MemTotal:" && file >> kilobytes) return kilobytes * kKiB;
  }
  return kNoLimit;
}

}  // namespace

MemoryLimit memory_limit(const std::filesystem::path& system) {
  const auto machine = memory_of_machine(system);
  const auto groups = std::min(limit_of_groups(system, true), limit_of_groups(system, false));
  if (groups < machine) return {.bytes = groups, .source = "the cgroup"};
  return {.bytes = machine, .source = "the machine"};
}

std::int64_t default_memory_max(const MemoryLimit& limit) {
  return std::max(limit.bytes / 4 * 3, kMemoryMin);
}

void fit_into_memory(Settings& settings,
                     const std::function<bool(std::string_view name)>& is_default) {
  for (const auto& row : setting_rows()) {
    if (row.memory_share == 0 || !is_default(row.name)) continue;
    auto& bytes = settings.*std::get<std::int64_t Settings::*>(row.member);
    bytes = memory_share(settings, row.memory_share, {.at_least = row.min, .at_most = bytes});
  }
}

PartMemory part_memory(const Settings& settings) {
  const auto share = [&](std::int64_t thousandths, SizeBounds bounds) {
    return memory_share(settings, thousandths, bounds);
  };
  return {.archive_writer = share(80, {.at_least = 64 * kMiB, .at_most = 256 * kMiB}),
          .archive_reader = share(100, {.at_least = 64 * kMiB, .at_most = 512 * kMiB}),
          .request_bodies = share(50, {.at_least = 32 * kMiB, .at_most = 256 * kMiB})};
}

}  // namespace tidemark::config
