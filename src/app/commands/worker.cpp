// tidemark worker: carries events from the queue into the database.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include "api/api.hpp"
#include "api/operations.hpp"
#include "app/commands/command_line.hpp"
#include "app/commands/print.hpp"
#include "app/wiring/descriptors.hpp"
#include "app/wiring/observer.hpp"
#include "app/wiring/server_profile.hpp"
#include "app/wiring/signals.hpp"
#include "clients/redis/address.hpp"
#include "http/server.hpp"
#include "ingest/queue_worker.hpp"
#include "ledger/postgres/writer.hpp"
#include "telemetry/log.hpp"

namespace tidemark::app {
namespace {

using ingest::QueueWorker;

/// A worker's HTTP is for a monitor or two.
constexpr std::size_t kHttpConnectionsMax = 64;

/// "host-4711-0": unique among all that may use one queue.
std::string consumer_name(std::size_t number) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return std::string(host.data()) + "-" + std::to_string(getpid()) + "-" + std::to_string(number);
}

/// All of this process's workers.
class Workers {
 public:
  Workers(const clients::redis::Address& queue, const config::Settings& settings,
          telemetry::Metrics& metrics) {
    auto& seconds =
        metrics.histogram("tidemark_worker_batch_seconds",
                          "Seconds that a worker takes to write one batch into the database.",
                          telemetry::seconds_bounds());
    auto& events = metrics.histogram("tidemark_worker_batch_events",
                                     "Events of one batch that a worker writes.",
                                     {1, 10, 100, 1'000, 10'000, 100'000});
    for (std::int64_t i = 0; i < settings.worker_concurrency; ++i) {
      QueueWorker::Options options{
          .consumer = {.streams = streams_of(settings),
                       .name = consumer_name(static_cast<std::size_t>(i))},
          .batch = {.bytes = static_cast<std::size_t>(settings.worker_batch_bytes)},
          .gather = std::chrono::milliseconds(settings.worker_batch_milliseconds),
          .claim_after = std::chrono::seconds(settings.worker_claim_seconds),
          .kept = {.time = std::chrono::seconds(settings.queue_kept_seconds),
                   .bytes_max = static_cast<std::uint64_t>(settings.queue_kept_bytes_max)},
          .observe_batch = [&seconds, &events](double took, std::size_t count) {
            seconds.observe(took);
            events.observe(static_cast<double>(count));
          }};
      auto ledger = ledger_options(settings, clients::postgres::Needs::Writes);
      ledger.application_name = "tidemark worker";
      if (i == 0) options.names_kept = std::chrono::seconds(settings.entry_names_kept_seconds);
      workers_.push_back(std::make_unique<QueueWorker>(
          queue, std::make_unique<ledger::postgres::PostgresWriter>(std::move(ledger)),
          std::move(options)));
    }
    register_figures(metrics);
    register_queue_figures(metrics);
  }

  [[nodiscard]] std::vector<api::ReadinessCheck> readiness() const {
    std::vector<api::ReadinessCheck> checks;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      checks.push_back({"worker_" + std::to_string(i), workers_[i]->healthy()});
    }
    return checks;
  }

  void stop() {
    for (auto& worker : workers_) worker->stop();
  }

 private:
  void register_figures(telemetry::Metrics& metrics) {
    const auto count = [&](const char* name, const char* help,
                           std::uint64_t QueueWorker::Figures::* member) {
      metrics.read_counter(name, help, [this, member] {
        std::uint64_t sum = 0;
        for (const auto& worker : workers_) sum += worker->figures().*member;
        return static_cast<double>(sum);
      });
    };
    using Figures = QueueWorker::Figures;
    count("tidemark_worker_entries_total", "Requests that a worker took out of the queue.",
          &Figures::entries);
    count("tidemark_worker_accepted_total",
          "Events that a worker stored, because their ids were new.", &Figures::accepted);
    count("tidemark_worker_duplicates_total",
          "Events that a worker did not store, because their ids were known.",
          &Figures::duplicates);
    count("tidemark_worker_repeated_total",
          "Requests that a worker found committed by an earlier attempt.", &Figures::repeated);
    count("tidemark_worker_claimed_total",
          "Requests that a worker took over from workers that had stopped responding.",
          &Figures::claimed);
    count("tidemark_worker_rewound_total",
          "Requests that were processed again because the ledger was restored or replaced.",
          &Figures::rewound);
    count("tidemark_worker_retries_total", "Steps of a worker that failed and were repeated.",
          &Figures::retries);
    count("tidemark_worker_buried_total",
          "Events written to the dead letters, because no worker could store them.",
          &Figures::buried);
  }

  /// For the whole queue, some seconds old: the same in every worker.
  void register_queue_figures(telemetry::Metrics& metrics) {
    const auto gauge = [&](const char* name, const char* help, auto read) {
      metrics.read_gauge(name, help, [this, read] {
        return static_cast<double>(read(workers_.front()->queue()));
      });
    };
    gauge("tidemark_queue_depth", "Requests in the queue that are not committed.",
          [](const auto& queue) { return queue.depth(); });
    gauge(
        "tidemark_queue_oldest_seconds",
        "Age of the oldest request in the queue that is not committed, in seconds.",
        [](const auto& queue) { return std::chrono::duration<double>(queue.oldest_age).count(); });
    gauge("tidemark_queue_bytes", "Bytes of the requests in the queue.",
          [](const auto& queue) { return queue.bytes; });
    gauge("tidemark_queue_bytes_max",
          "Bytes of the queue at which new events are refused (queue_bytes_max).",
          [](const auto& queue) { return queue.bytes_max; });
    gauge("tidemark_queue_dead_letters",
          "Events in the dead letters, because no worker could store them.",
          [](const auto& queue) { return queue.dead_letters; });
  }

  std::vector<std::unique_ptr<QueueWorker>> workers_;
};

base::Result<std::unique_ptr<http::Server>> start_http(const config::Settings& settings,
                                                       const http::ServerParts& parts) {
  http::ServerOptions options;
  options.host = settings.worker_host;
  options.port = static_cast<std::uint16_t>(settings.worker_port);
  options.threads = 1;
  const auto room = connection_room(raise_descriptor_limit(), kHttpConnectionsMax);
  options.limits.connections_max = room.connections;
  options.limits.refusing_max = room.refusing;
  return http::Server::start(options, parts);
}

std::vector<api::ReadinessCheck> readiness(const Workers& workers, bool stopping) {
  auto checks = workers.readiness();
  if (stopping) {
    checks.push_back({"worker", base::Error{base::ErrorCode::Unavailable, "stopping"}});
  }
  return checks;
}

int work(const config::Settings& settings) {
  if (!is_server_profile(settings)) {
    return fail(kExitUsage,
                "a worker needs the settings journal (redis://…) and ledger (postgres://…)");
  }
  block_stop_signals();
  const std::size_t descriptors = raise_descriptor_limit();
  warn_of_low_limit(descriptors, kHttpConnectionsMax);
  const auto queue = clients::redis::parse_address(settings.journal);
  if (!queue) return fail(queue.error().while_doing("setting journal"));
  const base::SystemClock clock;
  telemetry::Metrics metrics;
  Workers workers(*queue, settings, metrics);
  std::atomic<bool> stopping{false};

  const api::Operations operations{.profile = "worker",
                                   .data_dir = "",
                                   .readiness = [&] { return readiness(workers, stopping); },
                                   .metrics = metrics};
  const http::Router router(api::operations_endpoints(operations));
  RequestObserver observer(metrics, settings.access_log);
  auto server = start_http(settings, {router, clock, observer});
  if (!server) return fail(kExitCannotWork, server.error().message());
  const std::string url = "http://" + (*server)->address();
  announce(
      "Tidemark worker {} listens on {}\n"
      "  from, to         {}  {}\n"
      "  health, figures  {}/readyz  {}/metrics\n"
      "Ctrl-C ends it.\n",
      api::version(), url, queue->printable(), clients::postgres::printable(settings.ledger), url,
      url);

  wait_for_stop_signal();
  stopping = true;
  telemetry::info("stopping: finishing the batches under way", {});
  workers.stop();
  (*server)->stop();
  return kExitOk;
}

}  // namespace

void add_worker(CommandLine& commands) {
  auto concurrency = std::make_shared<std::int64_t>(0);
  const auto command =
      commands.add("worker", "Writes events from the queue into the database (server profile)",
                   [concurrency](const config::Loaded& loaded) {
                     auto settings = loaded.settings;
                     if (*concurrency > 0) settings.worker_concurrency = *concurrency;
                     return work(settings);
                   });
  command.option("--concurrency", concurrency.get(),
                 "Batches written at the same time (same as the setting worker_concurrency)");
}

}  // namespace tidemark::app
