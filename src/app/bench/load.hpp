#pragma once

/// A load of POST /events, closed (each connection sends as soon as it got its answer) or open (a
/// fixed number of requests a second, whatever the answers do).

#include <chrono>
#include <cstdint>
#include <string>

#include "app/bench/latency.hpp"
#include "app/bench/request_template.hpp"
#include "base/result.hpp"

namespace tidemark::app::bench {

struct LoadOptions {
  std::string host;
  std::uint16_t port = 0;
  std::string target = "/events";
  BodyFormat format = BodyFormat::Array;
  std::size_t connections = 64;
  std::size_t batch_events = 1;
  std::uint64_t users = 100'000;
  std::uint64_t seed = 1;
  std::chrono::duration<double> duration{10};
  std::uint64_t events_max = 0;    ///< ends earlier after this many events; 0: it does not
  double requests_per_second = 0;  ///< for the open loop; 0: closed
};

struct LoadReport {
  std::uint64_t requests = 0;  ///< answered
  std::uint64_t events = 0;    ///< in requests that were answered 2xx
  std::uint64_t refused = 0;   ///< other answers
  /// Open loop: requests whose time came while every connection waited for an answer until the end.
  std::uint64_t missed = 0;
  double seconds = 0;
  /// From sending to the last byte of the answer; in the open loop from the planned time of
  /// sending.
  LatencyHistogram latency;
};

/// Runs in the calling thread until the time is over and every answer has come, at most 10 s
/// longer.
///
/// Errors: Unavailable if the service closes a connection, TimedOut if it does not answer.
base::Result<LoadReport> run_load(const LoadOptions& options);

}  // namespace tidemark::app::bench
