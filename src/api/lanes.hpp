#pragma once

/// The lanes: blocking work, separated by its cost, so that expensive work does not hold up cheap
/// work.

#include <array>
#include <functional>
#include <string_view>

#include "api/limits.hpp"
#include "http/request.hpp"
#include "http/worker_pool.hpp"
#include "telemetry/metrics.hpp"

namespace tidemark::api {

/// The niceness of threads that read events in bulk: taking events and look-ups come first.
inline constexpr int kScanNice = 10;

/// Scans that are under way at one time. Only `query_threads` of them work; the others have had
/// their share of time and wait for the next one (views/columnar/scan_turns.hpp), so that a short
/// scan need not wait for the end of long ones.
inline constexpr std::size_t kScansMax = 16;

/// Promise:  each lane has its own threads and its own bound: work that waits in one lane does not
///           hold up another.
/// Threads:  any, except `stop`: one.
struct Lanes {
  Lanes(const Limits& limits, const std::function<void(std::string_view)>& on_failure);

  /// Questions that a quick look into memory answers: query::Cost::Lookup. A question that costs
  /// more moves to `memory`.
  http::WorkerPool rollup;
  /// Questions that read much memory, or whose answers are long: Cost::Memory. A question that must
  /// read events moves to `scans`.
  http::WorkerPool memory;
  /// Questions that read events: a segment on a property, a zone without days, a list of events.
  http::WorkerPool scans;
  /// Work that a receipt waits for, and reads of a few events by sequence: keeping rejected events,
  /// comparing duplicates, `GET /events/{event_id}`, `/quarantine`, `/queue`.
  http::WorkerPool receipts;
  /// Steps of exports.
  http::WorkerPool exports;
  /// Steps of live streams that begin at an earlier position.
  http::WorkerPool replays;

  [[nodiscard]] std::array<http::WorkerPool*, 6> all() {
    return {&rollup, &memory, &scans, &receipts, &exports, &replays};
  }
  /// For each lane: what waits, what runs, and what was refused.
  void register_figures(telemetry::Metrics& metrics);
  void stop();
};

/// The ticket for the first step of a request; with another `turn`, for a later step.
http::Ticket ticket_of(const http::Request& request, http::Turn turn = http::Turn::First);

}  // namespace tidemark::api
