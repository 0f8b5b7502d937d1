#pragma once

/// Requests with an Idempotency-Key: carried out once, and then answered the same way again.

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

/// As take_events if the key is new; otherwise the earlier answer, or a refusal.
http::Task<http::Response> take_events_once(const Service* service,
                                            std::shared_ptr<Outcomes> outcomes,
                                            http::RequestPtr request, std::string key,
                                            PostedEvents posted);

/// True if the request has more than one key, because nobody can say which one was meant.
bool has_several_keys(const http::Request& request);

/// The value of an Idempotency-Key without its quotes; nothing if it is not 1 to 255 bytes long.
std::optional<std::string> plain_key(std::string_view header);

}  // namespace tidemark::api
