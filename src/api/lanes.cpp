#include "api/lanes.hpp"

#include <algorithm>
#include <string>

#include "http/limits/rate_limit.hpp"

namespace tidemark::api {
namespace {

/// Rejected events and receipts are bounded by the bodies that they came in.
constexpr std::size_t kReceiptsQueueMax = 1'024;
/// Exports that wait to begin; later steps wait beside them, one a connection.
constexpr std::size_t kExportsQueueMax = 64;
constexpr std::size_t kReceiptsThreads = 2;
/// One that meets a slow file holds up no other.
constexpr std::size_t kStreamThreads = 2;

}  // namespace

Lanes::Lanes(const Limits& limits, const std::function<void(std::string_view)>& on_failure)
    : rollup({.name = "rollup",
              .threads = limits.query_threads,
              .queue_max = limits.query_queue_max,
              .on_failure = on_failure}),
      memory({.name = "memory",
              .threads = limits.query_threads,
              .queue_max = limits.query_queue_max,
              .nice = kScanNice,
              .on_failure = on_failure}),
      scans({.name = "scans",
             .threads = std::max(kScansMax, limits.query_threads),
             .queue_max = limits.query_queue_max,
             .nice = kScanNice,
             .on_failure = on_failure}),
      receipts({.name = "receipts",
                .threads = kReceiptsThreads,
                .queue_max = kReceiptsQueueMax,
                .on_failure = on_failure}),
      exports({.name = "exports",
               .threads = kStreamThreads,
               .queue_max = kExportsQueueMax,
               .nice = kScanNice,
               .on_failure = on_failure}),
      // Their number is bounded by that of the listeners: nothing is refused here.
      replays({.name = "replays",
               .threads = kStreamThreads,
               .queue_max = limits.live_listeners_max,
               .nice = kScanNice,
               .on_failure = on_failure}) {}

void Lanes::register_figures(telemetry::Metrics& metrics) {
  for (auto* lane : all()) {
    const telemetry::Labels labels{{"lane", lane->name()}};
    metrics.read_gauge(
        "tidemark_lane_waiting", "Tasks that are waiting in the queue of a lane.",
        [lane] { return static_cast<double>(lane->waiting()); }, labels);
    metrics.read_gauge(
        "tidemark_lane_running", "Tasks that a lane is running.",
        [lane] { return static_cast<double>(lane->running()); }, labels);
    metrics.read_counter(
        "tidemark_lane_refused_total", "Requests that got 503 because a lane's queue was full.",
        [lane] { return static_cast<double>(lane->refused()); }, labels);
  }
}

void Lanes::stop() {
  for (auto* lane : all()) lane->stop();
}

http::Ticket ticket_of(const http::Request& request, http::Turn turn) {
  return {.asker = http::TokenBucket::key_of(request.peer), .turn = turn};
}

}  // namespace tidemark::api
