#include "app/wiring/profile_figures.hpp"

namespace tidemark::app {

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
