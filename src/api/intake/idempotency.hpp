#pragma once

/// Requests under an Idempotency-Key: carried out once, and answered the same again.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/intake/taking.hpp"
#include "api/service.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/task.hpp"

namespace tidemark::api {

/// As take_events, where the key is new; else what was answered then, or a refusal.
http::Task<http::Response> take_events_once(const Service* service,
                                            std::shared_ptr<Outcomes> outcomes,
                                            http::RequestPtr request, std::string key,
                                            PostedEvents posted);

/// Which of two keys was meant, nobody can say.
bool has_several_keys(const http::Request& request);

/// The value of an Idempotency-Key without its quotes; nothing where it is not 1 to 255 bytes.
std::optional<std::string> plain_key(std::string_view header);

}  // namespace tidemark::api
