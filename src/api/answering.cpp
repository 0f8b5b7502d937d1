#include "api/answering.hpp"

#include "api/errors.hpp"
#include "http/handoff.hpp"

namespace tidemark::api {

/// A stop is not a failure: the waiting client is told so, and nothing is logged.
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

http::Task<std::optional<http::Problem>> wait_to_answer(const Service* service,
                                                        std::optional<query::Position> after) {
  if (auto able = service->can_answer(); !able) {
    co_return http::problems::unavailable(able.error().message());
  }
  if (after) {
    auto visible = co_await wait_until_visible(service, *after);
    if (!visible) co_return refuse_waiter(visible.error());
  }
  co_return std::nullopt;
}

http::Problem refuse_question() {
  return http::problems::overloaded(
      "too many questions are waiting to be answered; try again later");
}

http::Task<http::Response> answer_from_visible(const Service* service, http::RequestPtr request,
                                               std::optional<query::Position> after,
                                               http::WorkerPool* lane, Work work) {
  auto refused = co_await wait_to_answer(service, after);
  if (refused) co_return std::move(*refused);
  auto response = co_await run_with_state(service, std::move(request), lane, std::move(work));
  if (!response) co_return refuse_question();
  co_return std::move(*response);
}

std::function<base::Status(const query::Position&)> told_here(const Service& service) {
  return [&waiters = service.waiters,
          tag = service.position_tag](const query::Position& position) -> base::Status {
    if (waiters.knows(position)) return base::ok;
    const auto* told = std::get_if<event::Sequence>(&position);
    if (told != nullptr && (tag != 0 || query::tag_of(*told) != 0) && query::tag_of(*told) != tag) {
      return base::Error{
          base::ErrorCode::InvalidInput,
          "a position given after the accepted loss of events; this one is older and "
          "no longer valid"};
    }
    return base::Error{base::ErrorCode::InvalidInput, kPositionExpected};
  };
}

}  // namespace tidemark::api
