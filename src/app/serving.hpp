#pragma once

/// The HTTP service over an opened data folder, until a signal ends it.

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "app/embedded.hpp"
#include "app/observer.hpp"
#include "http/server.hpp"
#include "ingest/memory_answers.hpp"

namespace tidemark::app {

/// Lifetime: `embedded`, `settings`, `clock` and `metrics` must outlive it.
class Serving {
 public:
  struct Parts {
    Embedded& embedded;
    const config::Settings& settings;
    const base::Clock& clock;
    telemetry::Metrics& metrics;
  };

  /// Listens; the port is open when it returns.
  static base::Result<std::unique_ptr<Serving>> start(Parts parts);
  ~Serving();

  /// "http://127.0.0.1:8080".
  [[nodiscard]] std::string url() const;

  /// Refuses new connections, answers what is under way, ends.
  void stop();

 private:
  explicit Serving(Parts parts);
  void register_figures(telemetry::Metrics& metrics);

  void register_figures(telemetry::Metrics& metrics);

  RequestObserver observer_;
  http::WorkerPool workers_;
  ingest::MemoryAnswers remembered_;
  query::KeptAnswers answers_;
  std::unique_ptr<api::Service> service_;
  std::unique_ptr<http::Router> router_;
  std::unique_ptr<http::Server> server_;
  std::jthread ticker_;  // sends away who has waited too long for a position
};

/// Blocks SIGINT and SIGTERM in this thread and those that it starts. Call first.
void block_stop_signals();
/// Returns when one of them has come.
void wait_for_stop_signal();

}  // namespace tidemark::app
