#pragma once

/// The lanes: work that blocks, by what it costs, so that dear work holds up no cheap one.

#include <array>
#include <functional>
#include <string_view>

#include "api/limits.hpp"
#include "http/request.hpp"
#include "http/worker_pool.hpp"
#include "telemetry/metrics.hpp"

namespace tidemark::api {

/// Of the threads that read events in bulk: taking events and looking answers up come first.
inline constexpr int kScanNice = 10;

/// Scans that are under way at one time. Only `query_threads` of them work; the others have had
/// their share of time and wait for the next one (views/columnar/scan_turns.hpp), so that a short
/// scan needs not wait for the end of long ones.
inline constexpr std::size_t kScansMax = 16;

/// Promise:  each lane has threads and a bound of its own: what waits in one holds up no other.
/// Threads:  any, but `stop`: one.
struct Lanes {
  Lanes(const Limits& limits, const std::function<void(std::string_view)>& on_failure);

  /// Questions that a quick look into memory answers: query::Cost::Lookup. A question that costs
  /// more moves to `memory`.
  http::WorkerPool rollup;
  /// Questions that take a lot of what is in memory, or whose answers are long: Cost::Memory.
  /// A question that has to read events moves to `scans`.
  http::WorkerPool memory;
  /// Questions that read events: a segment on a property, a zone without days, a list of events.
  http::WorkerPool scans;
  /// What a receipt waits for, and a few events by their place: keeping rejected events, comparing
  /// duplicates, `GET /events/{event_id}`, `/quarantine`, `/queue`.
  http::WorkerPool receipts;
  /// Steps of exports.
  http::WorkerPool exports;
  /// Steps of live streams that begin behind an earlier position.
  http::WorkerPool replays;

  [[nodiscard]] std::array<http::WorkerPool*, 6> all() {
    return {&rollup, &memory, &scans, &receipts, &exports, &replays};
  }
  /// What waits and runs in each, and what was refused.
  void register_figures(telemetry::Metrics& metrics);
  void stop();
};

/// The first step of a request; of another turn where it is one more.
http::Ticket ticket_of(const http::Request& request, http::Turn turn = http::Turn::First);

}  // namespace tidemark::api
