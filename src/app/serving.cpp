#include "app/serving.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

#include <pthread.h>
#include <signal.h>

#include "api/api.hpp"
#include "app/setting_checks.hpp"
#include "base/thread_name.hpp"
#include "event/zone.hpp"
#include "http/handoff.hpp"
#include "telemetry/log.hpp"

namespace tidemark::app {
namespace {

constexpr std::chrono::seconds kTick{1};

http::ServerOptions server_options(const config::Settings& settings) {
  http::ServerOptions options;
  options.host = settings.host;
  options.port = static_cast<std::uint16_t>(settings.port);
  options.threads = static_cast<std::size_t>(settings.network_threads);
  options.limits.connections_max = static_cast<std::size_t>(settings.connections_max);
  options.limits.header_bytes_max = static_cast<std::size_t>(settings.header_bytes_max);
  options.limits.body_bytes_max = static_cast<std::size_t>(settings.body_bytes_max);
  options.limits.request_max = std::chrono::seconds(settings.request_seconds_max);
  options.limits.header_max = std::min(options.limits.header_max, options.limits.request_max);
  options.limits.answer_max = std::chrono::seconds(settings.query_seconds_max);
  options.limits.idle_max = std::chrono::seconds(settings.idle_seconds_max);
  options.limits.stop_max = std::chrono::seconds(settings.stop_seconds_max);
  options.cors.origins = origins_of(settings.cors_origins);
  if (settings.rate_limit_per_second > 0) {
    options.rate_limit =
        http::RateLimit{.per_second = static_cast<double>(settings.rate_limit_per_second),
                        .burst = static_cast<std::uint32_t>(settings.rate_limit_burst),
                        .exempt_loopback = !settings.rate_limit_loopback};
  }
  return options;
}

/// A folder that was restored from a copy goes on from an earlier position with other events, and
/// nobody can tell: so a history ends with the process.
std::string history_of(const Embedded& embedded, const base::Clock& clock) {
  return std::to_string(embedded.folder().ledger_id()) + ' ' + std::to_string(clock.now());
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Serving::Serving(Parts parts)
    : observer_(parts.metrics, parts.settings.access_log),
      workers_({.threads = static_cast<std::size_t>(parts.settings.query_threads),
                .queue_max = static_cast<std::size_t>(parts.settings.query_queue_max),
                .on_thread_start = [] { base::name_this_thread("worker"); },
                .on_failure =
                    [](std::string_view what) {
                      telemetry::error("a piece of work failed", {{"what", what}});
                    }}),
      remembered_(parts.clock,
                  {.keys_max = static_cast<std::size_t>(parts.settings.idempotency_keys_max),
                   .bytes_max = static_cast<std::size_t>(parts.settings.idempotency_bytes_max),
                   .age_max = parts.settings.idempotency_seconds * base::kMicrosPerSecond}),
      answers_(parts.embedded.engines(),
               static_cast<std::size_t>(parts.settings.kept_answers_bytes_max)) {}

base::Result<std::unique_ptr<Serving>> Serving::start(Parts parts) {
  auto zone = event::find_zone(parts.settings.timezone);
  if (!zone) return zone.error().while_doing("setting timezone");
  std::unique_ptr<Serving> self(new Serving(parts));
  auto& embedded = parts.embedded;
  self->service_ = std::make_unique<api::Service>(
      api::Service{.settings = parts.settings,
                   .clock = parts.clock,
                   .hasher = embedded.hasher(),
                   .default_zone = *zone,
                   .acceptor = embedded.acceptor(),
                   .quarantine = embedded.quarantine(),
                   .remembered = self->remembered_,
                   .publication = embedded.publication(),
                   .answers = self->answers_,
                   .events = embedded.columnar(),
                   .scan_events = embedded.scan_events(),
                   .live = embedded.live(),
                   .waiters = embedded.waiters(),
                   .workers = self->workers_,
                   .metrics = parts.metrics,
                   .readiness = [&embedded] { return embedded.readiness(); },
                   .history = history_of(embedded, parts.clock)});
  self->router_ = std::make_unique<http::Router>(api::endpoints(*self->service_));
  auto server = http::Server::start(server_options(parts.settings),
                                    {*self->router_, self->workers_, parts.clock, self->observer_});
  if (!server) return server.error();
  self->server_ = std::move(*server);

  self->register_figures(parts.metrics);
  self->ticker_ = std::jthread([&embedded](const std::stop_token& stop) {
    using Clock = api::PositionWaiters::Clock;
    base::name_this_thread("ticker");
    std::mutex mutex;
    std::condition_variable_any stopped;
    std::unique_lock lock(mutex);
    auto next = Clock::now() + kTick;
    while (!stopped.wait_until(lock, stop, next, [&] { return stop.stop_requested(); })) {
      const auto now = Clock::now();
      next = std::min(now + kTick, embedded.waiters().expire(now).value_or(now + kTick));
    }
  });
  return self;
}

void Serving::register_figures(telemetry::Metrics& metrics) {
  metrics.read_gauge("tidemark_query_queue", "Questions that wait for a worker.",
                     [this] { return static_cast<double>(workers_.waiting()); });
  metrics.read_gauge("tidemark_remembered_answers", "Answers kept by Idempotency-Key.",
                     [this] { return static_cast<double>(remembered_.size()); });
  metrics.read_gauge("tidemark_kept_answers_bytes",
                     "Memory of answers kept until a new event comes.",
                     [this] { return static_cast<double>(answers_.figures().bytes); });
  metrics.read_counter("tidemark_kept_answers_total", "Questions by whether their answer was kept.",
                       [this] { return static_cast<double>(answers_.figures().hits); },
                       {{"outcome", "hit"}});
  metrics.read_counter("tidemark_kept_answers_total", "Questions by whether their answer was kept.",
                       [this] { return static_cast<double>(answers_.figures().misses); },
                       {{"outcome", "miss"}});
  metrics.read_gauge("tidemark_http_connections", "Open connections.",
                     [this] { return static_cast<double>(server_->connections()); });
}

Serving::~Serving() { stop(); }

std::string Serving::url() const { return "http://" + server_->address(); }

void Serving::stop() {
  // First: the server waits for who is being answered, and they wait for what may never come.
  if (service_) {
    service_->waiters.close();
    service_->live.close();
  }
  if (server_) server_->stop();
  workers_.stop();
}

void block_stop_signals() {
  const sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void wait_for_stop_signal() {
  const sigset_t set = stop_signals();
  int signal = 0;
  sigwait(&set, &signal);
}

}  // namespace tidemark::app
