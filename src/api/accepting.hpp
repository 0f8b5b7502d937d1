#pragma once

/// Handing a batch to the acceptor from a coroutine.

#include "api/service.hpp"
#include "http/task.hpp"
#include "http/worker_pool.hpp"
#include "ingest/acceptor.hpp"

namespace tidemark::api {

struct AcceptOptions {
  bool wants_outcomes = false;
  bool check_only = false;
  http::Ticket ticket = {};  ///< whose batch it is
};

/// Looks the ids up, hands the batch over, waits for its receipt. Errors as the acceptor's;
/// Unavailable where the service stops first.
http::Task<base::Result<ingest::Receipt>> accept(const Service* service, event::Batch batch,
                                                 AcceptOptions options);

}  // namespace tidemark::api
