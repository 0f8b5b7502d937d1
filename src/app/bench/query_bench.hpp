#pragma once

/// Measures how long questions take, over many events at rest and while events arrive.

#include <cstdint>
#include <string>

#include "base/result.hpp"
#include "config/settings.hpp"

namespace tidemark::app::bench {

struct QueryOptions {
  std::uint64_t events = 10'000'000;
  std::uint64_t users = 1'000'000;
  std::int32_t days = 30;
  std::uint64_t times = 5;  ///< that each question is asked
  bool json = false;
  std::string url = {};  ///< a service that already has its events
};

/// Fills a service with generated events, asks each question and prints a line for each.
base::Status bench_questions(const config::Settings& settings, const QueryOptions& options);

struct MixedOptions {
  double seconds = 20;
  std::size_t batch = 1'000;
  std::size_t connections = 64;
  double events_per_second = 200'000;
  std::uint64_t users = 100'000;
  bool json = false;
};

/// Asks questions one after another while events arrive in an open loop; prints the latencies of
/// both.
base::Status bench_mixed(const config::Settings& settings, const MixedOptions& options);

}  // namespace tidemark::app::bench
