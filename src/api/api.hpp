#pragma once

/// All endpoints of the service, each declared once.

#include <memory>
#include <string>
#include <vector>

#include "api/service.hpp"
#include "http/endpoint.hpp"

namespace tidemark::api {

/// All endpoints, including the one for their own OpenAPI document.
std::vector<http::Endpoint> endpoints(const Service& service);

/// "0.1.0".
std::string_view version();

// One file per resource.
std::vector<http::Endpoint> event_endpoints(const Service& service);
std::vector<http::Endpoint> export_endpoints(const Service& service);
std::vector<http::Endpoint> live_endpoints(const Service& service);
std::vector<http::Endpoint> statistics_endpoints(const Service& service);
std::vector<http::Endpoint> quarantine_endpoints(const Service& service);
std::vector<http::Endpoint> document_endpoints(const std::string& openapi);

}  // namespace tidemark::api
