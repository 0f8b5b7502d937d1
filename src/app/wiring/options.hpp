#pragma once

/// Translates settings into the plain options of parts, which do not know settings.

#include <optional>

#include "api/limits.hpp"
#include "config/settings.hpp"
#include "http/limits/rate_limit.hpp"
#include "ingest/memory_idempotency_store.hpp"
#include "quarantine/quarantine.hpp"
#include "store/options.hpp"

namespace tidemark::app {

store::Options store_options(const config::Settings& settings);
api::Limits api_limits(const config::Settings& settings);
ingest::MemoryIdempotencyStore::Options answers_options(const config::Settings& settings);
quarantine::Bounds quarantine_bounds(const config::Settings& settings);
/// None: there is no limit.
std::optional<http::RateLimit> rate_limit_of(const config::Settings& settings);

}  // namespace tidemark::app
