#include "contract/local_days.hpp"

#include <chrono>
#include <cstdlib>
#include <ctime>

namespace tidemark::contract {

std::int32_t LocalDays::day_of(const std::string& zone, std::int64_t micros) {
  constexpr std::int64_t kSecond = 1'000'000;
  const std::int64_t second = micros / kSecond - (micros % kSecond < 0 ? 1 : 0);
  const std::lock_guard lock(mutex_);
  const auto [at, is_new] = known_.try_emplace({zone, second}, 0);
  if (!is_new) return at->second;
  if (current_ != zone) {
    ::setenv("TZ", (":" + zone).c_str(), 1);
    ::tzset();
    current_ = zone;
  }
  const std::time_t time = second;
  std::tm local{};
  ::localtime_r(&time, &local);
  const std::chrono::sys_days day =
      std::chrono::year{local.tm_year + 1900} / (local.tm_mon + 1) / local.tm_mday;
  return at->second = static_cast<std::int32_t>(day.time_since_epoch().count());
}

std::int64_t LocalDays::midnight_near(const std::string& zone, std::int64_t micros) {
  constexpr std::int64_t kDay = 86'400'000'000;
  std::int64_t before = micros;
  std::int64_t after = micros + kDay;
  const auto day = day_of(zone, before);
  if (day_of(zone, after) == day) after += kDay / 4;  // a day of 25 hours
  while (after - before > 1) {
    const auto middle = before + (after - before) / 2;
    (day_of(zone, middle) == day ? before : after) = middle;
  }
  return after;
}

}  // namespace tidemark::contract
