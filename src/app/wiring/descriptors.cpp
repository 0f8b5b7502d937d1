#include "app/wiring/descriptors.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

#include <sys/resource.h>

#include "telemetry/log.hpp"

namespace tidemark::app {
namespace {

constexpr std::size_t kFilesLeast = 64;
constexpr std::size_t kFilesMost = 512;
constexpr std::size_t kRefusingLeast = 8;
constexpr std::size_t kRefusingMost = 256;

std::size_t files_of(std::size_t limit) { return std::clamp(limit / 4, kFilesLeast, kFilesMost); }

std::size_t refusing_of(std::size_t connections) {
  return std::clamp(connections / 16, kRefusingLeast, kRefusingMost);
}

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1'024;  // what POSIX systems begin with
  if (limit.rlim_cur < limit.rlim_max) {
    rlimit raised = limit;
    raised.rlim_cur = raised.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return static_cast<std::size_t>(limit.rlim_cur);
}

ConnectionRoom connection_room(std::size_t limit, std::size_t wanted) {
  const std::size_t all = limit - std::min(limit, files_of(limit));
  const std::size_t refusing = refusing_of(std::min(all, wanted));
  const std::size_t left = all - std::min(all, refusing);
  return {.connections = std::max<std::size_t>(std::min(left, wanted), 1), .refusing = refusing};
}

void warn_of_low_limit(std::size_t limit, std::size_t wanted) {
  const std::size_t given = connection_room(limit, wanted).connections;
  if (given >= wanted) return;
  const std::string needed = std::to_string(wanted + refusing_of(wanted) + kFilesMost);
  telemetry::warning(
      "the limit of open files allows fewer connections than connections_max: raise the limit with "
      "ulimit -n " +
          needed + ", or LimitNOFILE=" + needed + " in the unit of systemd",
      {{"limit", static_cast<std::int64_t>(limit)},
       {"connections", static_cast<std::int64_t>(given)},
       {"connections_max", static_cast<std::int64_t>(wanted)}});
}

}  // namespace tidemark::app
