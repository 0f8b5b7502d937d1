// What `/metrics` tells of the server profile.

#include "app/wiring/server_profile.hpp"

namespace tidemark::app {
namespace {

/// Figures are integers in the program and doubles in Prometheus.
template <class Number>
double figure(Number value) {
  return static_cast<double>(value);
}

}  // namespace

void ServerProfile::register_figures() {
  register_feed_figures();
  register_queue_figures();
  register_shared_figures();
}

void ServerProfile::register_feed_figures() {
  auto& metrics = environment_.metrics;
  metrics.read_gauge("tidemark_feed_position",
                     "Batches of the ledger that are visible in this process.",
                     [this] { return figure(follower_->figures().position); });
  metrics.read_gauge(
      "tidemark_feed_behind_events",
      "Events of the ledger that are not visible in this process yet, when last checked.",
      [this] { return figure(follower_->figures().events_behind); });
  metrics.read_gauge("tidemark_feed_behind_seconds",
                     "Seconds from the commit of the newest batch that this process has read until "
                     "the batch was visible in this process.",
                     [this] { return follower_->figures().seconds_behind; });
  metrics.read_counter("tidemark_feed_failures_total", "Failed attempts to read the ledger's feed.",
                       [this] { return figure(follower_->figures().failures); });
  metrics.read_gauge("tidemark_ledger_connections", "Connections to PostgreSQL for reading.",
                     [this] { return figure(pool_.figures().open); });
}

void ServerProfile::register_queue_figures() {
  auto& metrics = environment_.metrics;
  metrics.read_gauge("tidemark_queue_in_flight_bytes",
                     "Bytes of requests that are being written to the queue.",
                     [this] { return figure(appender_->figures().in_flight_bytes); });
  metrics.read_counter("tidemark_queue_appended_bytes_total",
                       "Bytes of requests written to the queue.",
                       [this] { return figure(appender_->figures().appended_bytes); });
  metrics.read_counter("tidemark_queue_failures_total",
                       "Requests that could not be written to the queue.",
                       [this] { return figure(appender_->figures().failed); });
  metrics.read_counter("tidemark_refused_batches_total",
                       "Batches refused with 503 because a bound was reached; the label names it.",
                       [this] { return figure(appender_->figures().refused_full); },
                       {{"bound", "queue_bytes_max"}});
  metrics.read_counter("tidemark_refused_batches_total",
                       "Batches refused with 503 because a bound was reached; the label names it.",
                       [this] { return figure(appender_->figures().refused_memory); },
                       {{"bound", "redis_maxmemory"}});
  metrics.read_counter("tidemark_refused_batches_total",
                       "Batches refused with 503 because a bound was reached; the label names it.",
                       [this] { return figure(appender_->figures().refused_in_flight); },
                       {{"bound", "in_flight_bytes_max"}});
}

void ServerProfile::register_shared_figures() {
  auto& metrics = environment_.metrics;
  metrics.read_gauge("tidemark_remembered_answers",
                     "Answers remembered by Idempotency-Key, by all processes together.",
                     [this] { return figure(remembered_->figures().keys); });
  const std::string shared = "tidemark_shared_answers_total";
  const std::string help = "Look-ups in the answers that all processes share, by outcome.";
  metrics.read_counter(shared, help, [this] { return figure(kept_answers_->figures().hits); },
                       {{"outcome", "hit"}});
  metrics.read_counter(shared, help, [this] { return figure(kept_answers_->figures().misses); },
                       {{"outcome", "miss"}});
  metrics.read_counter(shared, help, [this] { return figure(kept_answers_->figures().errors); },
                       {{"outcome", "error"}});
  if (!limiter_) return;
  metrics.read_counter(
      "tidemark_rate_limits_decided_here_total",
      "Requests whose rate limit this process decided alone, because Redis did not answer.",
      [this] { return figure(limiter_->figures().decided_here); });
}

}  // namespace tidemark::app
