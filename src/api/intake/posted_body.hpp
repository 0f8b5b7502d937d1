#pragma once

/// What a POST of events carries: which form it has, and its bytes without coding and form.

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

/// Takes the body of the request. The refusal says that the type or coding is unknown, that the
/// body cannot be unpacked, or that the memory for bodies is used up.
http::Task<std::variant<PostedBody, http::Response>> posted_body(const Service* service,
                                                                 http::RequestPtr request);

}  // namespace tidemark::api
