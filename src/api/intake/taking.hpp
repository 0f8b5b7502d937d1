#pragma once

/// Takes events from any kind of sender: a body in, a receipt out.

#include <memory>

#include "api/intake/request_body.hpp"
#include "api/service.hpp"
#include "http/response.hpp"
#include "http/task.hpp"
#include "http/worker_pool.hpp"
#include "telemetry/metrics.hpp"
#include "wire/decode.hpp"

namespace tidemark::api {

/// What a sender wants in the answer.
struct Wishes {
  bool with_results = false;
  bool dry_run = false;
  bool quarantine = true;
};

/// What was sent, and what its sender wants in the answer.
struct PostedEvents {
  wire::Body body;
  wire::Format format = wire::Format::Json;
  Wishes wishes;
  Sender sender = {};
};

/// Counts events by what became of them, for `/metrics`.
struct Outcomes {
  explicit Outcomes(telemetry::Metrics& metrics)
      : accepted(counter(metrics, "accepted")),
        duplicates(counter(metrics, "duplicate")),
        rejected(counter(metrics, "rejected")),
        batch_sizes(metrics.histogram("tidemark_batch_events", "Events of one request.",
                                      {1, 10, 100, 1'000, 10'000})) {}

  static telemetry::Counter& counter(telemetry::Metrics& metrics, const char* outcome) {
    return metrics.counter("tidemark_events_total", "Events received over HTTP, by outcome.",
                           {{"outcome", outcome}});
  }
  void count(const wire::Decoded& decoded, const ingest::Receipt& receipt) const {
    batch_sizes.observe(decoded.events_count);
    if (receipt.accepted > 0) accepted.add(static_cast<double>(receipt.accepted));
    if (receipt.duplicates > 0) duplicates.add(static_cast<double>(*receipt.duplicates));
    if (!decoded.rejected.empty()) rejected.add(static_cast<double>(decoded.rejected.size()));
  }

  telemetry::Counter& accepted;
  telemetry::Counter& duplicates;
  telemetry::Counter& rejected;
  telemetry::Histogram& batch_sizes;
};

/// Parses the body, keeps the rejected events, takes the good ones, and answers what became of
/// them.
http::Task<http::Response> take_events(const Service* service, std::shared_ptr<Outcomes> outcomes,
                                       PostedEvents posted);

/// The refusal of a body that cannot be read as a whole, which is a mistake of the sender: 400, not
/// 422.
http::Response refuse_body(const base::Error& error);

}  // namespace tidemark::api
