#pragma once

/// What `/metrics` tells of what the profiles have in common.

#include "quarantine/quarantine.hpp"
#include "telemetry/metrics.hpp"

namespace tidemark::app {

/// Lifetime: `quarantine` outlives the last reading of `metrics`.
void register_quarantine_figures(telemetry::Metrics& metrics,
                                 const quarantine::Quarantine& quarantine);

}  // namespace tidemark::app
