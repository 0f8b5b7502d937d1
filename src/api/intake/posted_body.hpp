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

/// Takes the request's body; or the refusal: its type or coding is not known, it cannot be
/// unpacked, or there is no room for it.
http::Task<std::variant<PostedBody, http::Response>> posted_body(const Service* service,
                                                                 http::RequestPtr request);

}  // namespace tidemark::api
