#pragma once

/// What operators and their programs ask of any process: a service, or a worker.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/endpoint.hpp"
#include "telemetry/metrics.hpp"

namespace tidemark::api {

/// One line of `/readyz`.
struct ReadinessCheck {
  std::string name;  ///< "journal"
  base::Status status;
  std::string note = {};  ///< told though all is well; may be empty
};

/// Lifetime: everything outlives the server that answers with it.
struct Operations {
  std::string_view profile;  ///< as `/version` tells it: "embedded"
  /// A folder that no answer may name; may be empty.
  std::string data_dir;
  std::function<std::vector<ReadinessCheck>()> readiness;
  telemetry::Metrics& metrics;
};

/// `/healthz`, `/readyz`, `/version`, `/metrics`.
std::vector<http::Endpoint> operations_endpoints(const Operations& operations);

}  // namespace tidemark::api
