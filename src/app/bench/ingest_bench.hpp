#pragma once

/// Measures how many events a service takes, and what it needs for that.

#include <cstdint>
#include <string>
#include <vector>

#include "app/bench/load.hpp"
#include "app/bench/process_figures.hpp"
#include "base/result.hpp"

namespace tidemark::app::bench {

struct IngestOptions {
  double seconds = 10;  ///< for each size of batch
  std::size_t connections = 64;
  std::uint64_t users = 100'000;
  std::vector<std::size_t> batches = {1, 10, 100, 1'000};
  double events_per_second = 0;  ///< open loop; 0: closed
  std::uint64_t seed = 1;        ///< of the first batch size; each later size has the next one
  std::uint64_t events = 0;      ///< ends earlier after this many events; 0: it does not
  bool archived = false;         ///< also waits until the archive has all but its last segment
  bool json = false;
  // A service that already runs:
  std::string url = {};
  std::string target = "/events";
  bool lines = false;
  int process = 0;          ///< whose CPU and memory are reported; 0: none
  std::string folder = {};  ///< whose size is reported
};

/// Runs a fresh service for each batch size, or the service at `url`, and prints a line for each.
base::Status bench_ingest(const IngestOptions& options);

}  // namespace tidemark::app::bench
