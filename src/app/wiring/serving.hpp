#pragma once

/// The HTTP service over an opened profile, until a signal ends it.

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "api/ingest_lanes.hpp"
#include "api/lanes.hpp"
#include "app/wiring/entrance.hpp"
#include "app/wiring/intake.hpp"
#include "app/wiring/observer.hpp"
#include "app/wiring/profile.hpp"
#include "app/wiring/tls.hpp"
#include "config/settings.hpp"
#include "http/server.hpp"
#include "query/answer_cache.hpp"

namespace tidemark::app {

/// Lifetime: `profile`, `entrance`, `settings`, `clock` and `metrics` must outlive it.
class Serving {
 public:
  struct Parts {
    Profile& profile;
    Entrance& entrance;
    const config::Settings& settings;
    const base::Clock& clock;
    telemetry::Metrics& metrics;
  };

  /// Listens; the port is open when this returns.
  static base::Result<std::unique_ptr<Serving>> start(Parts parts);
  ~Serving();

  /// "http://127.0.0.1:8080".
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port() const;

  /// From now on `/readyz` gives 503 and each answer asks its client to leave. Everything is still
  /// served.
  void drain();
  /// Refuses new connections, answers the current requests, ends.
  void stop();
  /// Cuts the requests that `stop` waits for. From any thread.
  void cut();

 private:
  explicit Serving(Parts parts);
  /// The checks of `/readyz`. Adds what refuses requests before any part sees them (bounds of the
  /// network).
  [[nodiscard]] std::vector<api::ReadinessCheck> readiness() const;
  void register_figures(telemetry::Metrics& metrics);
  /// Ends waits that take too long, and looks at the certificate, each second.
  void tick(const std::stop_token& stop);

  Profile& profile_;
  std::atomic<bool> draining_{false};
  Intake intake_;
  RequestObserver observer_;
  api::Lanes lanes_;
  api::IngestLanes ingest_;
  query::AnswerCache answers_;
  std::unique_ptr<api::Service> service_;
  std::unique_ptr<http::Router> router_;
  std::unique_ptr<http::Server> server_;
  std::optional<CertificateWatch> certificate_;  // none without TLS
  std::jthread ticker_;  // ends waits for a position that take too long; looks at the certificate
};

}  // namespace tidemark::app
