#pragma once

/// What the profiles have in common: settings of theirs, and what `/metrics` tells.

#include <optional>

#include "config/settings.hpp"
#include "http/rate_limit.hpp"
#include "ingest/memory_idempotency_store.hpp"
#include "quarantine/quarantine.hpp"
#include "telemetry/metrics.hpp"

namespace tidemark::app {

ingest::MemoryIdempotencyStore::Options answers_options(const config::Settings& settings);
/// None: there is no limit.
std::optional<http::RateLimit> rate_limit_of(const config::Settings& settings);

quarantine::Bounds quarantine_bounds(const config::Settings& settings);

/// Lifetime: `quarantine` outlives the last reading of `metrics`.
void register_quarantine_figures(telemetry::Metrics& metrics,
                                 const quarantine::Quarantine& quarantine);

}  // namespace tidemark::app
