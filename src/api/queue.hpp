#pragma once

/// The answer of `GET /queue`, if there is a queue before the ledger.

#include <cstdint>
#include <functional>
#include <vector>

#include "base/result.hpp"
#include "http/endpoint.hpp"

namespace tidemark::api {

/// How far events are on their way from receipt to answers: a moment's values.
struct QueueStatus {
  std::uint64_t waiting = 0;    ///< requests that no worker has taken yet
  std::uint64_t pending = 0;    ///< requests that a worker holds
  std::uint64_t bytes = 0;      ///< of both
  std::uint64_t bytes_max = 0;  ///< bound at which events get 503
  double oldest_age_seconds = 0;
  std::uint64_t consumers = 0;  ///< workers, one per thread
  std::uint64_t dead_letters = 0;
  std::uint64_t behind_events = 0;  ///< committed, but not visible in this process yet
  double behind_seconds = 0;
};

/// Blocks for the queue's server.
using ReadQueue = std::function<base::Result<QueueStatus>()>;

/// Empty if there is no queue: then `read` is empty.
std::vector<http::Endpoint> queue_endpoints(const ReadQueue& read, http::WorkerPool& lane);

}  // namespace tidemark::api
