#include "app/wiring/serving.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>
#include <utility>

#include "api/api.hpp"
#include "api/foreign_paths.hpp"
#include "app/wiring/descriptors.hpp"
#include "app/wiring/options.hpp"
#include "app/wiring/setting_checks.hpp"
#include "base/this_thread.hpp"
#include "config/memory.hpp"
#include "event/zone.hpp"
#include "http/handoff.hpp"
#include "store/local_store.hpp"
#include "telemetry/log.hpp"

namespace tidemark::app {
namespace {

constexpr std::chrono::seconds kTick{1};

http::ServerOptions server_options(const config::Settings& settings) {
  http::ServerOptions options;
  options.host = settings.host;
  assert(std::in_range<std::uint16_t>(settings.port));
  options.port = static_cast<std::uint16_t>(settings.port);
  options.tls = tls_of(settings);
  options.threads = static_cast<std::size_t>(settings.network_threads);
  const auto room =
      connection_room(raise_descriptor_limit(), static_cast<std::size_t>(settings.connections_max));
  options.limits.connections_max = room.connections;
  options.limits.refusing_max = room.refusing;
  options.limits.header_bytes_max = static_cast<std::size_t>(settings.header_bytes_max);
  options.limits.body_bytes_max = static_cast<std::size_t>(settings.body_bytes_max);
  // One address may hold half: one of the largest bodies at least, however little memory there is.
  options.limits.bodies_bytes_max =
      std::max(static_cast<std::size_t>(config::part_memory(settings).request_bodies),
               2 * options.limits.body_bytes_max);
  options.limits.answers_bytes_max = options.limits.bodies_bytes_max;
  options.limits.request_max = std::chrono::seconds(settings.request_seconds_max);
  options.limits.header_max = std::min(options.limits.header_max, options.limits.request_max);
  options.limits.answer_max = std::chrono::seconds(settings.query_seconds_max);
  options.limits.idle_max = std::chrono::seconds(settings.idle_seconds_max);
  options.limits.stop_max = std::chrono::seconds(settings.stop_seconds_max);
  options.cors.origins = list_of(settings.cors_origins);
  options.rate_limit = rate_limit_of(settings);
  return options;
}

/// As many threads as read bodies, because they only wait if reading is quicker than parsing. The
/// threads for the largest bodies give way to all others, which would otherwise wait for megabytes.
http::WorkerPool::Options ingest_lane(const config::Settings& settings, const char* name,
                                      int nice) {
  constexpr std::size_t kWaitingMax = 1'024;  // what they hold is bounded by the memory of bodies
  return {.name = name,
          .threads = static_cast<std::size_t>(settings.network_threads),
          .queue_max = kWaitingMax,
          .nice = nice,  // a refusal costs others some milliseconds and nothing else
          .on_failure = [](std::string_view what) {
            telemetry::error("reading a body failed", {{"what", what}});
          }};
}

}  // namespace

Serving::Serving(Parts parts)
    : profile_(parts.profile),
      observer_(parts.metrics, parts.settings.access_log, &intake_),
      lanes_(api_limits(parts.settings),
             [](std::string_view what) { telemetry::error("a task failed", {{"what", what}}); }),
      ingest_(ingest_lane(parts.settings, "ingest", 0),
              ingest_lane(parts.settings, "ingest large", 5)),
      answers_(parts.profile.store().engines(),
               static_cast<std::size_t>(parts.settings.kept_answers_bytes_max),
               parts.profile.shared_answers()) {}

base::Result<std::unique_ptr<Serving>> Serving::start(Parts parts) {
  auto zone = event::find_zone(parts.settings.timezone);
  if (!zone) return zone.error().while_doing("setting timezone");
  std::unique_ptr<Serving> self(new Serving(parts));
  auto& profile = parts.profile;
  auto& store = profile.store();
  self->service_ = std::make_unique<api::Service>(
      api::Service{.limits = api_limits(parts.settings),
                   .clock = parts.clock,
                   .hasher = store.hasher(),
                   .catalog = parts.entrance.catalog(),
                   .directory = parts.entrance.directory(),
                   .default_zone = *zone,
                   .acceptor = profile.acceptor(),
                   .ids = store.acceptor(),
                   .quarantine = profile.quarantine(),
                   .remembered = profile.remembered(),
                   .publication = store.publication(),
                   .answers = self->answers_,
                   .events = store.columnar(),
                   .scan_events = store.scan_events(),
                   .live = store.live(),
                   .waiters = profile.waiters(),
                   .lanes = self->lanes_,
                   .ingest = self->ingest_,
                   .metrics = parts.metrics,
                   .operations = {.profile = profile.name(),
                                  .data_dir = parts.settings.data_dir,
                                  .readiness = [self = self.get()] { return self->readiness(); },
                                  .metrics = parts.metrics},
                   .can_answer = [&profile] { return profile.can_answer(); },
                   .queue = profile.queue(),
                   .history = profile.history(),
                   .position_tag = profile.position_tag()});
  self->router_ = std::make_unique<http::Router>(
      api::endpoints(*self->service_),
      http::Router::Options{.base_path = parts.settings.base_path, .hint = api::foreign_path_hint});
  auto server =
      http::Server::start(server_options(parts.settings), {.router = *self->router_,
                                                           .clock = parts.clock,
                                                           .observer = self->observer_,
                                                           .limiter = profile.limiter(),
                                                           .gate = &parts.entrance.gate()});
  if (!server) return server.error();
  self->server_ = std::move(*server);

  self->register_figures(parts.metrics);
  if (!parts.settings.tls_certificate.empty()) {
    self->certificate_.emplace(*self->server_, parts.clock, parts.metrics);
  }
  self->ticker_ =
      std::jthread([self = self.get()](const std::stop_token& stop) { self->tick(stop); });
  return self;
}

void Serving::tick(const std::stop_token& stop) {
  using Clock = api::PositionWaiters::Clock;
  base::name_this_thread("ticker");
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  auto next = Clock::now() + kTick;
  while (!stopped.wait_until(lock, stop, next, [&] { return stop.stop_requested(); })) {
    if (certificate_) certificate_->look();
    const auto now = Clock::now();
    next = std::min(now + kTick, profile_.waiters().expire(now).value_or(now + kTick));
  }
}

void Serving::register_figures(telemetry::Metrics& metrics) {
  lanes_.register_figures(metrics);
  metrics.read_gauge("tidemark_query_queue", "Questions that are waiting to be answered.", [this] {
    return static_cast<double>(lanes_.rollup.waiting() + lanes_.scans.waiting());
  });
  metrics.read_gauge("tidemark_kept_answers_bytes",
                     "Bytes of memory taken by answers that are kept until a new event comes.",
                     [this] { return static_cast<double>(answers_.figures().bytes); });
  metrics.read_counter("tidemark_kept_answers_total",
                       "Questions, by whether their answer was kept from an earlier question.",
                       [this] { return static_cast<double>(answers_.figures().hits); },
                       {{"outcome", "hit"}});
  metrics.read_counter("tidemark_kept_answers_total",
                       "Questions, by whether their answer was kept from an earlier question.",
                       [this] { return static_cast<double>(answers_.figures().misses); },
                       {{"outcome", "miss"}});
  metrics.read_gauge("tidemark_http_connections", "Open connections.",
                     [this] { return static_cast<double>(server_->connections()); });
  metrics.read_gauge("tidemark_http_body_bytes",
                     "Bytes of memory taken by request bodies being read or handled, without the "
                     "first 16 KiB of each.",
                     [this] { return static_cast<double>(server_->bodies().bytes()); });
  metrics.read_gauge("tidemark_ingest_lane_queue",
                     "Large bodies that are waiting to be unpacked or parsed.",
                     [this] { return static_cast<double>(ingest_.waiting()); });
  metrics.read_counter(
      "tidemark_ingest_lane_refused_total",
      "Large bodies refused because too many were waiting to be unpacked or parsed.",
      [this] { return static_cast<double>(ingest_.refused()); });
  metrics.read_gauge(
      "tidemark_http_answer_bytes",
      "Bytes of memory taken by answers that are not sent yet, without answers below 16 KiB.",
      [this] { return static_cast<double>(server_->answers().bytes()); });
  metrics.read_counter(
      "tidemark_http_answers_refused_total",
      "Answers replaced by 503 because unread answers filled the memory for answers.",
      [this] { return static_cast<double>(server_->answers().refused()); });
  metrics.read_counter(
      "tidemark_http_bodies_refused_total",
      "Requests refused because other bodies filled the memory for request bodies.",
      [this] { return static_cast<double>(server_->bodies().refused()); });
}

Serving::~Serving() { stop(); }

std::string Serving::url() const {
  assert(server_ != nullptr);
  return server_->url();
}

std::uint16_t Serving::port() const {
  assert(server_ != nullptr);
  return server_->port();
}

std::vector<api::ReadinessCheck> Serving::readiness() const {
  auto checks = profile_.readiness();
  checks.push_back({"intake", intake_.status()});
  if (draining_) {
    checks.push_back(
        {"service", base::Error{base::ErrorCode::Unavailable, "stopping: the port closes soon"}});
  }
  return checks;
}

void Serving::drain() {
  assert(server_ != nullptr);
  draining_ = true;
  server_->retire();
}

void Serving::cut() {
  assert(server_ != nullptr);
  server_->cut();
}

void Serving::stop() {
  // First, because the server waits for the clients that are being answered, and they wait for what
  // may never come.
  if (service_) {
    service_->waiters.close();
    service_->live.close();
  }
  if (server_) server_->stop();
  lanes_.stop();
  ingest_.stop();
}

}  // namespace tidemark::app
