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
///          421, 503; 401 and 403 if a key is asked for; 413 and 415 with a body; 422 with
///          parameters; 429 if rate limits apply. `security` and `x-tidemark-keys` say which keys
///          may call it.
[[nodiscard]] std::string openapi_document(const OpenApiInfo& info,
                                           const std::vector<Endpoint>& endpoints);

}  // namespace tidemark::http
