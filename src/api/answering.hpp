#pragma once

/// How a question is answered: it waits for its position, moves from the network thread to a lane,
/// and takes a state.

#include <functional>
#include <optional>
#include <stop_token>
#include <utility>

#include "api/parameters.hpp"
#include "api/service.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/task.hpp"
#include "http/worker_pool.hpp"

namespace tidemark::api {

/// Ok once everything below `position` is visible; TimedOut after 10 s; other errors as
/// PositionWaiters.
http::Task<base::Status> wait_until_visible(const Service* service, query::Position position);

/// The refusal for a client that has waited in vain.
http::Problem refuse_waiter(const base::Error& error);

/// Waits until `after` is visible. Nothing once questions can be answered from there, otherwise a
/// refusal: 504 after 10 s, 503 if views are behind.
http::Task<std::optional<http::Problem>> wait_to_answer(const Service* service,
                                                        std::optional<query::Position> after);

/// The work on a lane's thread: it reads one state, and is cancelled when the client has gone or
/// the time is over.
template <class Answer>
using WorkOf = std::function<Answer(const query::Visible&, const query::Cancellation&)>;
using Work = WorkOf<http::Response>;

/// Runs `work` on `lane` with the newest state; nothing if too many wait, or the lane stops.
template <class Answer>
http::Task<std::optional<Answer>> run_with_state(const Service* service, http::RequestPtr request,
                                                 http::WorkerPool* lane, WorkOf<Answer> work) {
  const auto ticket = ticket_of(*request);
  auto on_lane = [service, request = std::move(request), work = std::move(work)]() -> Answer {
    query::Cancellation cancellation;
    const std::stop_callback stopped(request->stop, [&] { cancellation.cancel(); });
    const auto visible = service->publication.current();
    return work(*visible, cancellation);
  };
  auto answer = co_await http::run_on(lane, std::move(on_lane), ticket);
  co_return answer;
}

/// The refusal for a client whose question found no place.
http::Problem refuse_question();

/// `wait_to_answer`, then `work` on `lane`.
http::Task<http::Response> answer_from_visible(const Service* service, http::RequestPtr request,
                                               std::optional<query::Position> after,
                                               http::WorkerPool* lane, Work work);

/// A rule for the parameter `after`: refuses a position that this service cannot have told.
std::function<base::Status(const query::Position&)> told_here(const Service& service);

}  // namespace tidemark::api
