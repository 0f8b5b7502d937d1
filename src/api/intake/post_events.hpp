#pragma once

/// POST /events: bytes in, receipt out.

#include <string_view>

#include "api/service.hpp"
#include "http/endpoint.hpp"

namespace tidemark::api {

http::Endpoint post_events_endpoint(const Service& service);

/// Whether a Prefer header asks for `return=representation`.
bool wants_representation(std::string_view prefer);

}  // namespace tidemark::api
