#include "api/intake/accepting.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <set>
#include <type_traits>
#include <utility>
#include <vector>

#include "http/handoff.hpp"
#include "http/worker_pool.hpp"

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;
using Sequences = std::vector<event::Sequence>;

/// Below, looking the ids up costs less than to leave the network thread. Each that is known may be
/// a read of the disk.
constexpr std::size_t kRowsHereMax = 500;

Error stopping() { return {ErrorCode::Unavailable, "the service is stopping"}; }
Error no_turn() {
  return {ErrorCode::Overloaded, "too many large bodies are waiting; try again later"};
}

/// Runs `work` here where there are few rows, else on a lane; nothing where that is full.
template <class Work>
http::Task<std::optional<std::invoke_result_t<Work&>>> run_for(const Service* service,
                                                               std::size_t rows, Work work,
                                                               http::Ticket ticket) {
  if (rows <= kRowsHereMax) co_return work();
  auto& lane = service->ingest.lane_for(IngestLanes::kMediumBytesMax);
  ticket.turn = http::Turn::Later;
  auto done = co_await http::run_on(&lane, std::move(work), ticket);
  co_return done;
}

http::Task<base::Result<Sequences>> find_ids(const Service* service, std::vector<event::IdHash> ids,
                                             http::Ticket ticket) {
  http::Handoff<base::Result<Sequences>> handoff;
  auto shared = std::make_shared<std::vector<event::IdHash>>(std::move(ids));
  const std::size_t rows = shared->size();
  auto find = [service, shared, done = handoff.completion()] {
    service->ids.find(std::move(*shared), done);
    return true;
  };
  auto begun = co_await run_for(service, rows, std::move(find), ticket);
  if (!begun) co_return no_turn();
  auto found = co_await handoff.wait();
  if (!found) co_return stopping();
  co_return std::move(*found);
}

}  // namespace

http::Task<base::Result<ingest::Receipt>> accept(const Service* service, event::Batch batch,
                                                 bool wants_outcomes, http::Ticket ticket) {
  auto shared = std::make_shared<event::Batch>(std::move(batch));
  const std::size_t rows = shared->rows.size();
  auto prepare = [service, shared] { return service->acceptor.prepare(std::move(*shared)); };
  auto submission = co_await run_for(service, rows, std::move(prepare), ticket);
  if (!submission) co_return no_turn();
  if (!*submission) co_return submission->error();
  (*submission)->wants_outcomes = wants_outcomes;
  http::Handoff<base::Result<ingest::Receipt>> handoff;
  service->acceptor.accept(std::move(**submission), handoff.completion());
  auto receipt = co_await handoff.wait();
  if (!receipt) co_return stopping();
  co_return std::move(*receipt);
}

http::Task<base::Result<ingest::Receipt>> check(const Service* service,
                                                std::span<const event::Row> rows,
                                                http::Ticket ticket) {
  std::vector<event::IdHash> ids(rows.size());
  std::ranges::transform(rows, ids.begin(), &event::Row::id_hash);
  const auto asked = ids;
  auto found = co_await find_ids(service, std::move(ids), ticket);
  if (!found) co_return found.error();
  ingest::Receipt receipt;
  std::set<event::IdHash> seen;
  assert(found->size() == asked.size() && receipt.duplicates);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const event::Sequence there = (*found)[i];
    const bool is_new = seen.insert(asked[i]).second && there == event::kNoSequence;
    ++(is_new ? receipt.accepted : *receipt.duplicates);
    receipt.outcomes.push_back({.accepted = is_new, .sequence = there});
  }
  co_return receipt;
}

http::Task<base::Result<std::optional<event::Sequence>>> find_id(const Service* service,
                                                                 event::ProjectId project,
                                                                 std::string id) {
  std::vector<event::IdHash> ids;
  ids.push_back(service->hasher.hash(project, id));
  auto found = co_await find_ids(service, std::move(ids), http::Ticket());
  if (!found) co_return found.error();
  assert(found->size() == 1);
  if (found->front() == event::kNoSequence) co_return std::optional<event::Sequence>();
  co_return std::optional<event::Sequence>(found->front());
}

}  // namespace tidemark::api
