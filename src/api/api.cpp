#include "api/api.hpp"

#include <iterator>
#include <utility>

#include "api/access/access.hpp"
#include "http/openapi.hpp"

namespace tidemark::api {
namespace {

constexpr std::string_view kDescription =
    "Takes events from applications, keeps each exactly once, and answers how many people do what, "
    "exactly and at once. Every path is also served under /api/v1 and with a trailing slash. "
    "Errors are problem documents (RFC 9457).";

void append(std::vector<http::Endpoint>& all, std::vector<http::Endpoint> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

}  // namespace

std::vector<http::Endpoint> endpoints(const Service& service) {
  std::vector<http::Endpoint> all = event_endpoints(service);
  append(all, live_endpoints(service));
  append(all, export_endpoints(service));
  append(all, statistics_endpoints(service));
  append(all, quarantine_endpoints(service));
  append(all, queue_endpoints(service.queue, service.lanes.receipts));
  append(all, project_endpoints(service));
  append(all, key_endpoints(service));
  append(all, audit_endpoints(service));
  append(all, operations_endpoints(service.operations));
  const http::OpenApiInfo info{
      .title = "Tidemark",
      .version = std::string(version()),
      .description = std::string(kDescription),
      .tags = {{"Events", "Taking events, and reading them back"},
               {"Statistics", "How many people do what; every answer is exact"},
               {"Quarantine", "Rejected events, as they were sent"},
               {"Access", "Projects, keys, and the record of their changes"},
               {"Operations", "For those who run the service"}}};
  append(all, document_endpoints(http::openapi_document(info, all)));
  return all;
}

}  // namespace tidemark::api
