#pragma once

/// Local days by the C library's own reading of the system's time zones, which the product does
/// not use: an independent witness.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace tidemark::contract {

/// Cost:     a microsecond for an instant that is new; TZ of the process is changed on the way.
/// Threads:  any.
class LocalDays {
 public:
  /// Days since 1970-01-01 on the calendar of `zone` at this instant.
  std::int32_t day_of(const std::string& zone, std::int64_t micros);

  /// An instant near `micros`, to the microsecond the first of another local day.
  std::int64_t midnight_near(const std::string& zone, std::int64_t micros);

 private:
  std::mutex mutex_;
  std::string current_;
  std::map<std::pair<std::string, std::int64_t>, std::int32_t> known_;
};

}  // namespace tidemark::contract
