#pragma once

/// What the profiles have in common: settings of theirs, and what `/metrics` tells.

#include "config/settings.hpp"
#include "ingest/memory_answers.hpp"
#include "ingest/quarantine.hpp"
#include "telemetry/metrics.hpp"

namespace tidemark::app {

ingest::MemoryAnswers::Options answers_options(const config::Settings& settings);

/// Lifetime: `quarantine` outlives the last reading of `metrics`.
void register_quarantine_figures(telemetry::Metrics& metrics, const ingest::Quarantine& quarantine);

}  // namespace tidemark::app
