#include "app/bench/process_figures.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <unistd.h>

namespace tidemark::app::bench {
namespace {

namespace fs = std::filesystem;

struct Stat {
  pid_t parent = 0;
  double cpu_seconds = 0;
};

/// /proc/PID/stat; proc(5).
Stat read_stat(const fs::path& process) {
  std::ifstream file(process / "stat");
  std::string text;
  std::getline(file, text);
  // The name in brackets may hold blanks; what follows it begins with field 3.
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  std::string skipped;
  Stat stat;
  fields >> skipped >> stat.parent;
  for (int i = 5; i < 14; ++i) fields >> skipped;
  double ticks = 0;
  for (int i = 0; i < 4; ++i) {  // user, system, and the same of children that have ended
    double value = 0;
    fields >> value;
    ticks += value;
  }
  stat.cpu_seconds = ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  return stat;
}

std::uint64_t peak_memory_of(const fs::path& process) {
  constexpr std::string_view kPeak = "VmHWM:";
  std::ifstream file(process / "status");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(kPeak)) continue;
    return std::strtoull(line.c_str() + kPeak.size(), nullptr, 10) * 1'024;
  }
  return 0;
}

std::map<pid_t, Stat> all_processes() {
  std::map<pid_t, Stat> all;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    all[static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10))] = read_stat(entry.path());
  }
  return all;
}

}  // namespace

ProcessFigures figures_of(pid_t process) {
  const auto all = all_processes();
  std::set<pid_t> ours = {process};
  for (bool grown = true; grown;) {
    grown = false;
    for (const auto& [id, stat] : all) {
      if (ours.contains(stat.parent) && ours.insert(id).second) grown = true;
    }
  }
  ProcessFigures figures;
  for (const auto id : ours) {
    const auto found = all.find(id);
    if (found == all.end()) continue;
    figures.cpu_seconds += found->second.cpu_seconds;
    figures.peak_memory_bytes += peak_memory_of("/proc/" + std::to_string(id));
  }
  return figures;
}

std::uint64_t folder_bytes(const fs::path& folder, const std::string& without) {
  std::uint64_t bytes = 0;
  std::error_code error;
  fs::recursive_directory_iterator entries(folder, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    if (entries.depth() == 0 && !without.empty() && entries->path().filename() == without) {
      entries.disable_recursion_pending();
      continue;
    }
    std::error_code gone;  // a file may go while we look
    if (entries->is_regular_file(gone)) {
      const auto size = entries->file_size(gone);
      if (!gone) bytes += size;
    }
  }
  return bytes;
}

}  // namespace tidemark::app::bench
