#pragma once

/// Handing a batch to the acceptor, and looking ids up, from a coroutine.

#include <optional>
#include <span>
#include <string>

#include "api/service.hpp"
#include "http/task.hpp"
#include "http/worker_pool.hpp"
#include "ingest/acceptor.hpp"

namespace tidemark::api {

/// Looks the ids up, hands the batch over, waits for its receipt. Errors as the acceptor's;
/// Unavailable where the service stops first. `ticket`: whose batch it is.
http::Task<base::Result<ingest::Receipt>> accept(const Service* service, event::Batch batch,
                                                 bool wants_outcomes, http::Ticket ticket);

/// What `accept` would say of these rows, without a position; nothing is taken. Errors as
/// IdLookup's.
http::Task<base::Result<ingest::Receipt>> check(const Service* service,
                                                std::span<const event::Row> rows,
                                                http::Ticket ticket);

/// Where the event with this id stands; nothing where there is none. Errors as IdLookup's.
http::Task<base::Result<std::optional<event::Sequence>>> find_id(const Service* service,
                                                                 std::string id);

}  // namespace tidemark::api
