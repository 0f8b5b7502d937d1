#pragma once

/// The HTTP service over an opened profile, until a signal ends it.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "api/lanes.hpp"
#include "app/observer.hpp"
#include "app/profile.hpp"
#include "http/server.hpp"
#include "query/kept_answers.hpp"

namespace tidemark::app {

/// Lifetime: `profile`, `settings`, `clock` and `metrics` must outlive it.
class Serving {
 public:
  struct Parts {
    Profile& profile;
    const config::Settings& settings;
    const base::Clock& clock;
    telemetry::Metrics& metrics;
  };

  /// Listens; the port is open when it returns.
  static base::Result<std::unique_ptr<Serving>> start(Parts parts);
  ~Serving();

  /// "http://127.0.0.1:8080".
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port() const;

  /// Refuses new connections, answers what is under way, ends.
  void stop();

 private:
  explicit Serving(Parts parts);
  void register_figures(telemetry::Metrics& metrics);

  RequestObserver observer_;
  api::Lanes lanes_;
  query::KeptAnswers answers_;
  std::unique_ptr<api::Service> service_;
  std::unique_ptr<http::Router> router_;
  std::unique_ptr<http::Server> server_;
  std::jthread ticker_;  // sends away who has waited too long for a position
};

/// Blocks SIGINT, SIGTERM and SIGUSR1 in this thread and those that it starts. Call first. A reader
/// of our output that goes away ends nothing either.
void block_stop_signals();

enum class StopSignal : std::uint8_t {
  Stop,        ///< SIGINT, SIGTERM
  StartAgain,  ///< SIGUSR1: by `ask_to_start_again`, or by hand
};
/// Returns when one of them has come.
StopSignal wait_for_stop_signal();
/// Whether one to stop has come, and nobody has waited for it yet.
bool stop_signal_waits();
/// Makes the thread that waits for a signal stop and start again. From any thread.
void ask_to_start_again();

}  // namespace tidemark::app
