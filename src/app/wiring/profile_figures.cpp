#include "app/wiring/profile_figures.hpp"

namespace tidemark::app {

ingest::MemoryIdempotencyStore::Options answers_options(const config::Settings& settings) {
  return {.keys_max = static_cast<std::size_t>(settings.idempotency_keys_max),
          .bytes_max = static_cast<std::size_t>(settings.idempotency_bytes_max),
          .age_max = settings.idempotency_seconds * base::kMicrosPerSecond};
}

std::optional<http::RateLimit> rate_limit_of(const config::Settings& settings) {
  if (settings.rate_limit_per_second == 0) return std::nullopt;
  return http::RateLimit{.per_second = static_cast<double>(settings.rate_limit_per_second),
                         .burst = static_cast<std::uint32_t>(settings.rate_limit_burst),
                         .exempt_loopback = !settings.rate_limit_loopback};
}

quarantine::Bounds quarantine_bounds(const config::Settings& settings) {
  return {.events_max = static_cast<std::size_t>(settings.quarantine_events_max),
          .bytes_max = static_cast<std::size_t>(settings.quarantine_bytes_max)};
}

void register_quarantine_figures(telemetry::Metrics& metrics,
                                 const quarantine::Quarantine& quarantine) {
  metrics.read_gauge("tidemark_quarantine_events", "Rejected events that are kept.",
                     [&quarantine] { return static_cast<double>(quarantine.figures().events); });
  metrics.read_counter("tidemark_quarantine_dropped_total",
                       "Rejected events that were dropped to make room for newer ones.",
                       [&quarantine] { return static_cast<double>(quarantine.figures().dropped); });
  metrics.read_counter("tidemark_quarantine_damaged_total",
                       "Records of the quarantine file that were damaged when the service started.",
                       [&quarantine] { return static_cast<double>(quarantine.figures().damaged); });
}

}  // namespace tidemark::app
