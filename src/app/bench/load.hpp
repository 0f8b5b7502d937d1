#pragma once

/// A closed-loop load of POST /events: so many connections, each sends as soon as it was answered.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace tidemark::app::bench {

struct LoadOptions {
  std::string host;
  std::uint16_t port = 0;
  std::size_t connections = 64;
  std::size_t batch_events = 1;
  std::uint64_t users = 100'000;
  std::uint64_t seed = 1;
  std::chrono::duration<double> duration{10};
};

struct LoadReport {
  std::uint64_t requests = 0;
  std::uint64_t events = 0;
  std::uint64_t refused = 0;  ///< answers other than 202
  double seconds = 0;
  std::vector<float> latencies_ms;  ///< of every request, sorted

  [[nodiscard]] double percentile_ms(double share) const;
};

/// Runs in the calling thread until the time is over and every answer has come. Bodies are made
/// before the clock runs; of each event only the digits of its id are written anew.
base::Result<LoadReport> run_load(const LoadOptions& options);

}  // namespace tidemark::app::bench
