#include "app/profile_figures.hpp"

namespace tidemark::app {

ingest::MemoryAnswers::Options answers_options(const config::Settings& settings) {
  return {.keys_max = static_cast<std::size_t>(settings.idempotency_keys_max),
          .bytes_max = static_cast<std::size_t>(settings.idempotency_bytes_max),
          .age_max = settings.idempotency_seconds * base::kMicrosPerSecond};
}

void register_quarantine_figures(telemetry::Metrics& metrics,
                                 const ingest::Quarantine& quarantine) {
  metrics.read_gauge("tidemark_quarantine_events", "Rejected events that are kept.",
                     [&quarantine] { return static_cast<double>(quarantine.figures().events); });
  metrics.read_counter("tidemark_quarantine_dropped_total",
                       "Rejected events that had to go for newer ones.",
                       [&quarantine] { return static_cast<double>(quarantine.figures().dropped); });
}

}  // namespace tidemark::app
