#pragma once

/// The body of a POST of events: its form, and its bytes without coding.

#include <variant>

#include "api/service.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/task.hpp"
#include "wire/decode.hpp"

namespace tidemark::api {

struct PostedBody {
  wire::Body body;
  wire::Format format = wire::Format::Json;
};

/// Takes the body of the request. It is refused if its type or coding is unknown, if it cannot be
/// unpacked, or if the memory for bodies is used up.
http::Task<std::variant<PostedBody, http::Response>> posted_body(const Service* service,
                                                                 http::RequestPtr request);

}  // namespace tidemark::api
