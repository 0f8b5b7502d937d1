#pragma once

/// POST /events: bytes in, receipt out.

#include <optional>
#include <string>

#include "api/service.hpp"
#include "http/endpoint.hpp"

namespace tidemark::api {

http::Endpoint post_events_endpoint(const Service& service);

/// The value of an Idempotency-Key without its quotes; nothing where it is not 1 to 255 bytes.
std::optional<std::string> plain_key(std::string_view header);

/// Whether a Prefer header asks for `return=representation`.
bool wants_representation(std::string_view prefer);

}  // namespace tidemark::api
