#pragma once

/// Hands a batch to the acceptor, and looks up ids, from a coroutine.

#include <optional>
#include <span>
#include <string>

#include "api/service.hpp"
#include "http/task.hpp"
#include "http/worker_pool.hpp"
#include "ingest/acceptor.hpp"

namespace tidemark::api {

/// Looks up the ids, hands over the batch, waits for its receipt. Errors as the acceptor's;
/// Unavailable if the service stops first. `ticket`: the sender of the batch.
http::Task<base::Result<ingest::Receipt>> accept(const Service* service, event::Batch batch,
                                                 bool wants_outcomes, http::Ticket ticket);

/// The answer that `accept` would give for these rows, without a position; nothing is taken. Errors
/// as IdLookup's.
http::Task<base::Result<ingest::Receipt>> check(const Service* service,
                                                std::span<const event::Row> rows,
                                                http::Ticket ticket);

/// The sequence of the project's event with this id; nothing if there is none. Errors as
/// IdLookup's.
http::Task<base::Result<std::optional<event::Sequence>>> find_id(const Service* service,
                                                                 event::ProjectId project,
                                                                 std::string id);

}  // namespace tidemark::api
