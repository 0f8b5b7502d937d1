#include "app/wiring/options.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "api/lanes.hpp"
#include "config/memory.hpp"

namespace tidemark::app {
namespace {

/// Settings are signed, and checked to be 0 or more where they are read.
std::uint64_t count(std::int64_t setting) {
  assert(setting >= 0);
  return static_cast<std::uint64_t>(setting);
}

}  // namespace

store::Options store_options(const config::Settings& settings) {
  const auto memory = config::part_memory(settings);
  const auto query_threads = count(settings.query_threads);
  assert(std::in_range<unsigned>(settings.columnar_threads));
  return {.disk_free_bytes_min = count(settings.disk_free_bytes_min),
          .journal_segment_bytes = count(settings.journal_segment_bytes),
          .in_flight_bytes_max = count(settings.in_flight_bytes_max),
          .tail_bytes_max = count(settings.tail_bytes_max),
          .archive_events = count(settings.archive_events),
          .archive_bytes = count(settings.archive_bytes),
          .archive_writer_memory = count(memory.archive_writer),
          .archive_reader_memory = count(memory.archive_reader),
          .archive_check = std::chrono::seconds(settings.archive_check_seconds),
          .snapshot_events = count(settings.snapshot_events),
          .rollup_memory_max = count(settings.rollup_memory_max),
          .rollup_project_memory_max = count(settings.rollup_project_memory_max),
          .zone_sets_max = count(settings.zone_sets_max),
          .zone_build_max = std::chrono::seconds(settings.zone_build_seconds_max),
          .columnar_memory_max = count(settings.columnar_memory_max),
          .columnar_threads = static_cast<unsigned>(settings.columnar_threads),
          .scan_nice = api::kScanNice,
          .scans_max = std::max<std::size_t>(api::kScansMax, query_threads),
          .scans_working = query_threads,
          .live_listeners_max = count(settings.live_listeners_max),
          .live_bytes_max = count(settings.live_bytes_max),
          .live_heartbeat = std::chrono::seconds(settings.live_heartbeat_seconds)};
}

api::Limits api_limits(const config::Settings& settings) {
  assert(std::in_range<std::uint32_t>(settings.batch_events_max));
  return {.body_bytes_max = count(settings.body_bytes_max),
          .batch_events_max = static_cast<std::uint32_t>(settings.batch_events_max),
          .future_max = settings.future_seconds_max * base::kMicrosPerSecond,
          .live_replay_events_max = count(settings.live_replay_events_max),
          .csv_formulas_quoted = settings.csv_formulas_quoted,
          .query_threads = count(settings.query_threads),
          .query_queue_max = count(settings.query_queue_max),
          .live_listeners_max = count(settings.live_listeners_max)};
}

ingest::MemoryIdempotencyStore::Options answers_options(const config::Settings& settings) {
  return {.keys_max = count(settings.idempotency_keys_max),
          .bytes_max = count(settings.idempotency_bytes_max),
          .age_max = settings.idempotency_seconds * base::kMicrosPerSecond};
}

quarantine::Bounds quarantine_bounds(const config::Settings& settings) {
  return {.events_max = count(settings.quarantine_events_max),
          .bytes_max = count(settings.quarantine_bytes_max)};
}

std::optional<http::RateLimit> rate_limit_of(const config::Settings& settings) {
  if (settings.rate_limit_per_second == 0) return std::nullopt;
  assert(std::in_range<std::uint32_t>(settings.rate_limit_burst));
  return http::RateLimit{.per_second = static_cast<double>(settings.rate_limit_per_second),
                         .burst = static_cast<std::uint32_t>(settings.rate_limit_burst),
                         .exempt_loopback = !settings.rate_limit_loopback};
}

}  // namespace tidemark::app
