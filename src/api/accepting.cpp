#include "api/accepting.hpp"

#include <memory>
#include <utility>

#include "http/handoff.hpp"
#include "http/worker_pool.hpp"

namespace tidemark::api {
namespace {

/// Below, looking the ids up costs less than to leave the network thread. Each that is known may be
/// a read of the disk.
constexpr std::size_t kRowsHereMax = 500;

}  // namespace

http::Task<base::Result<ingest::Receipt>> accept(const Service* service, event::Batch batch,
                                                 AcceptOptions options) {
  auto& acceptor = options.check_only ? service->known : service->acceptor;
  using Prepared = base::Result<ingest::Submission>;
  Prepared submission = base::Error{base::ErrorCode::Overloaded, "too many large bodies wait"};
  if (batch.rows.size() <= kRowsHereMax) {
    submission = acceptor.prepare(std::move(batch));
  } else {
    auto& lane = service->ingest.lane_for(IngestLanes::kMediumBytesMax);
    auto shared = std::make_shared<event::Batch>(std::move(batch));
    auto prepare = [&acceptor, shared] { return acceptor.prepare(std::move(*shared)); };
    auto prepared = co_await http::run_on(
        &lane, std::move(prepare), {.asker = options.ticket.asker, .turn = http::Turn::Later});
    if (prepared) submission = std::move(*prepared);
  }
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
