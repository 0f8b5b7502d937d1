#pragma once

/// The OpenAPI 3.1 document of a set of endpoints.

#include <string>
#include <vector>

#include "http/endpoint.hpp"

namespace tidemark::http {

struct TagDoc {
  std::string name;
  std::string description = {};
};

struct OpenApiInfo {
  std::string title;
  std::string version;
  std::string description = {};
  std::string license = "Apache-2.0";  ///< SPDX
  std::vector<std::string> servers = {"./"};
  std::vector<TagDoc> tags = {};
};

/// The document as JSON text.
///
/// Promise: each operation also lists what the server itself may answer there: always 400, 408,
///          503; 413 and 415 with a body; 422 with parameters; 429 if rate limits apply.
[[nodiscard]] std::string openapi_document(const OpenApiInfo& info,
                                           const std::vector<Endpoint>& endpoints);

}  // namespace tidemark::http
