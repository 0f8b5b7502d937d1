#include "api/intake/taking.hpp"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>
#include <vector>

#include "api/errors.hpp"
#include "api/intake/accepting.hpp"
#include "api/intake/receipts.hpp"
#include "api/intake/request_body.hpp"
#include "wire/property.hpp"

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;

/// Whether two events with one id differ. One may be stored, one sent.
template <class Standing>
bool differ(const Standing& standing, const event::Row& sent) {
  return standing.occurred_at != sent.occurred_at || standing.user_id != sent.user_id ||
         standing.event_type != sent.event_type ||
         !wire::same_json(standing.properties, sent.properties);
}

/// The first row with the id of row `i`.
const event::Row& first_of(const std::vector<event::Row>& rows, std::size_t i) {
  assert(i < rows.size());
  return *std::ranges::find(rows, rows[i].id_hash, &event::Row::id_hash);
}

/// Where a duplicate differs from the event that stands; in a dry run that may be one of the same
/// batch, which has no sequence. Blocks: runs on a worker.
base::Result<std::vector<bool>> find_conflicts(const Service& service, const wire::Decoded& decoded,
                                               const ingest::Receipt& receipt) {
  std::vector<event::Sequence> sequences;
  for (const auto& outcome : receipt.outcomes) {
    if (!outcome.accepted && outcome.sequence != event::kNoSequence) {
      sequences.push_back(outcome.sequence);
    }
  }
  const auto visible = service.publication.current();
  auto standing = service.events.by_sequences(*visible, sequences);
  if (!standing) return standing.error();
  const auto& rows = decoded.batch.rows;
  assert(receipt.outcomes.size() == rows.size());
  assert(std::ranges::is_sorted(*standing, {}, &query::ListedEvent::sequence));
  std::vector<bool> conflicts(receipt.outcomes.size(), false);
  for (std::size_t i = 0; i < receipt.outcomes.size(); ++i) {
    const auto& outcome = receipt.outcomes[i];
    if (outcome.accepted) continue;
    if (outcome.sequence == event::kNoSequence) {
      conflicts[i] = differ(first_of(rows, i), rows[i]);
      continue;
    }
    const auto first =
        std::ranges::lower_bound(*standing, outcome.sequence, {}, &query::ListedEvent::sequence);
    if (first == standing->end() || first->sequence != outcome.sequence) continue;
    conflicts[i] = differ(*first, rows[i]);
  }
  return conflicts;
}

/// A request that is being carried out. Shared with workers, which may outlive the coroutine.
struct Taken {
  http::Ticket ticket;
  wire::Decoded decoded;
  ingest::Receipt receipt;
  std::vector<bool> conflicts;
};

/// Nothing where it went well.
http::Task<std::optional<http::Problem>> keep_rejected(const Service* service,
                                                       std::shared_ptr<Taken> taken) {
  auto keep = [service, taken] {
    return service->quarantine.add(quarantined(taken->decoded, service->clock.now()));
  };
  auto kept = co_await http::run_on(&service->lanes.receipts, std::move(keep), taken->ticket);
  if (!kept)
    co_return http::problems::overloaded(
        "too many requests are waiting for a worker; try again later");
  if (!*kept) co_return to_problem(kept->error());
  co_return std::nullopt;
}

http::Task<std::optional<http::Problem>> compare_duplicates(const Service* service,
                                                            std::shared_ptr<Taken> taken) {
  auto compare = [service, taken] {
    return find_conflicts(*service, taken->decoded, taken->receipt);
  };
  auto found = co_await http::run_on(&service->lanes.receipts, std::move(compare), taken->ticket);
  if (!found)
    co_return http::problems::overloaded(
        "too many requests are waiting for a worker; try again later");
  if (!*found) co_return to_problem(found->error());
  taken->conflicts = std::move(**found);
  co_return std::nullopt;
}

/// For a dry run it says what would become of the events.
http::Task<base::Result<ingest::Receipt>> receipt_of(const Service* service, event::Batch batch,
                                                     Wishes wishes, http::Ticket ticket) {
  if (!wishes.dry_run) {
    auto receipt = co_await accept(service, std::move(batch), wishes.with_results, ticket);
    co_return receipt;
  }
  auto receipt = co_await check(service, batch.rows, ticket);
  co_return receipt;
}

}  // namespace

http::Response refuse_body(const Error& error) {
  if (error.code() != ErrorCode::InvalidInput) {
    auto problem = to_problem(error);
    problem.crowded = error.code() == ErrorCode::Overloaded;  // only large ones need room
    return problem;
  }
  return http::Problem{.status = 400,
                       .code = "malformed_body",
                       .title = "The body cannot be read",
                       .detail = error.message()};
}

http::Task<http::Response> take_events(const Service* service, std::shared_ptr<Outcomes> outcomes,
                                       PostedEvents posted) {
  base::Result<wire::Decoded> decoded = Error{ErrorCode::Unavailable, ""};
  if (posted.body.text.size() <= IngestLanes::kHereBytesMax) {
    decoded = wire::decode(std::move(posted.body), posted.format,
                           decode_options(*service, posted.sender.project));
  } else {
    auto on_lane =
        co_await decode_body(service, std::move(posted.body), posted.format, posted.sender);
    decoded = std::move(on_lane);
  }
  if (!decoded) co_return refuse_body(decoded.error());
  const auto wishes = posted.wishes;
  auto taken = std::make_shared<Taken>();
  taken->ticket = posted.sender.ticket;
  taken->decoded = std::move(*decoded);

  if (!taken->decoded.rejected.empty() && wishes.quarantine && !wishes.dry_run) {
    auto failed = co_await keep_rejected(service, taken);
    if (failed) co_return std::move(*failed);
  }
  if (!taken->decoded.batch.rows.empty()) {
    // For a representation the rows are looked at again when the batch has been handed over; the
    // bytes that they point into belong to both.
    auto batch = wishes.with_results ? taken->decoded.batch : std::move(taken->decoded.batch);
    auto receipt = co_await receipt_of(service, std::move(batch), wishes, taken->ticket);
    if (!receipt) co_return to_problem(receipt.error());
    taken->receipt = std::move(*receipt);
  }
  if (!wishes.dry_run) outcomes->count(taken->decoded, taken->receipt);

  std::vector<EventResult> results;
  if (wishes.with_results) {
    taken->conflicts.resize(taken->receipt.outcomes.size(), false);
    if (taken->receipt.duplicates > 0) {
      auto failed = co_await compare_duplicates(service, taken);
      if (failed) co_return std::move(*failed);
    }
    results = results_of(taken->decoded, taken->receipt, taken->conflicts);
  }
  auto response = receipt_response({.decoded = taken->decoded,
                                    .receipt = taken->receipt,
                                    .results = results,
                                    .with_results = wishes.with_results,
                                    .dry_run = wishes.dry_run,
                                    .quarantined = wishes.quarantine && !wishes.dry_run,
                                    .position_tag = service->position_tag});
  if (wishes.with_results) response.header("Preference-Applied", "return=representation");
  co_return response;
}

}  // namespace tidemark::api
