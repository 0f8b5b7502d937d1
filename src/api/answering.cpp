#include "api/answering.hpp"

#include <stop_token>

#include "api/errors.hpp"
#include "http/handoff.hpp"

namespace tidemark::api {

/// A stop is no failure: who waited is told so, and nothing is logged.
http::Problem refuse_waiter(const base::Error& error) {
  if (error.code() != base::ErrorCode::Unavailable) return to_problem(error);
  return http::problems::unavailable(error.message());
}

http::Task<base::Status> wait_until_visible(const Service* service, query::Position position) {
  http::Handoff<base::Status> reached;
  service->waiters.add(position, PositionWaiters::Clock::now(), reached.completion());
  auto status = co_await reached.wait();
  if (!status) co_return base::Error{base::ErrorCode::Unavailable, "the service is stopping"};
  co_return *status;
}

http::Task<http::Response> answer_from_visible(const Service* service, http::RequestPtr request,
                                               std::optional<query::Position> after, Work work) {
  if (auto able = service->can_answer(); !able) {
    co_return http::problems::unavailable(able.error().message());
  }
  if (after) {
    auto visible = co_await wait_until_visible(service, *after);
    if (!visible) co_return refuse_waiter(visible.error());
  }
  auto on_worker = [service, request, work = std::move(work)]() -> http::Response {
    query::Cancellation cancellation;
    const std::stop_callback stopped(request->stop, [&] { cancellation.cancel(); });
    const auto visible = service->publication.current();
    return work(*visible, cancellation);
  };
  auto response = co_await http::run_on(&service->workers, std::move(on_worker));
  if (!response) co_return http::problems::overloaded("too many questions wait to be answered");
  co_return std::move(*response);
}

std::function<base::Status(const query::Position&)> told_here(const Service& service) {
  return [&waiters = service.waiters,
          tag = service.position_tag](const query::Position& position) -> base::Status {
    if (waiters.knows(position)) return base::ok;
    const auto* told = std::get_if<event::Sequence>(&position);
    if (told != nullptr && (tag != 0 || query::tag_of(*told) != 0) && query::tag_of(*told) != tag) {
      return base::Error{base::ErrorCode::InvalidInput,
                         "a position that was told since this service went on without events that "
                         "were lost: this one is of another time and means nothing any more"};
    }
    return base::Error{base::ErrorCode::InvalidInput, kPositionExpected};
  };
}

}  // namespace tidemark::api
