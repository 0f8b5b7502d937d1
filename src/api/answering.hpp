#pragma once

/// How a question is answered: wait for its position, leave the network thread, take a state.

#include <functional>
#include <optional>

#include "api/parameters.hpp"
#include "api/service.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/task.hpp"

namespace tidemark::api {

/// Ok once everything below `position` is visible; TimedOut after 10 s, and as PositionWaiters.
http::Task<base::Status> wait_until_visible(const Service* service, query::Position position);

/// What a client hears that waited in vain.
http::Problem refuse_waiter(const base::Error& error);

/// Runs on a worker.
using Work = std::function<http::Response(const query::Visible&, const query::Cancellation&)>;

/// Waits until `after` is visible (504 after 10 s), then runs `work` on a worker (503 when too many
/// wait) with the newest state. The cancellation is set when the client has gone or time is over.
http::Task<http::Response> answer_from_visible(const Service* service, http::RequestPtr request,
                                               std::optional<query::Position> after, Work work);

/// A rule for the parameter `after`: refuses a position that nobody here can have told.
std::function<base::Status(const query::Position&)> told_here(const Service& service);

}  // namespace tidemark::api
