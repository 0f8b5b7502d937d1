#pragma once

/// The figures in `/metrics` that all profiles have.

#include "quarantine/quarantine.hpp"
#include "telemetry/metrics.hpp"

namespace tidemark::app {

/// Lifetime: `quarantine` must outlive the last reading of `metrics`.
void register_quarantine_figures(telemetry::Metrics& metrics,
                                 const quarantine::Quarantine& quarantine);

}  // namespace tidemark::app
