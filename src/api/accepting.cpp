#include "api/accepting.hpp"

#include <utility>

#include "http/handoff.hpp"

namespace tidemark::api {

http::Task<base::Result<ingest::Receipt>> accept(const Service* service, event::Batch batch,
                                                 AcceptOptions options) {
  auto& acceptor = options.check_only ? service->known : service->acceptor;
  auto submission = acceptor.prepare(std::move(batch));
  if (!submission) co_return submission.error();
  submission->wants_outcomes = options.wants_outcomes;
  submission->check_only = options.check_only;
  http::Handoff<base::Result<ingest::Receipt>> handoff;
  acceptor.accept(std::move(*submission), handoff.completion());
  auto receipt = co_await handoff.wait();
  if (!receipt) {
    co_return base::Error{base::ErrorCode::Unavailable, "the service is stopping"};
  }
  co_return std::move(*receipt);
}

}  // namespace tidemark::api
