#pragma once

/// Endpoints for operators and their programs, in every kind of process: a service, or a worker.

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
  std::string note = {};  ///< shown although all is well; may be empty
};

/// Lifetime: everything must outlive the server that answers with it.
struct Operations {
  std::string_view profile;  ///< as `/version` shows it: "embedded"
  /// A folder that no answer may name; may be empty.
  std::string data_dir;
  std::function<std::vector<ReadinessCheck>()> readiness;
  telemetry::Metrics& metrics;
};

/// `/healthz`, `/readyz`, `/version`, `/metrics`.
std::vector<http::Endpoint> operations_endpoints(const Operations& operations);

}  // namespace tidemark::api
