#pragma once

/// From settings to the bounds of a store.

#include "config/settings.hpp"
#include "store/options.hpp"

namespace tidemark::app {

store::Options store_options(const config::Settings& settings);

}  // namespace tidemark::app
