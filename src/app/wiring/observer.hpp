#pragma once

/// The reports of the HTTP server, as access log and metrics.

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "app/wiring/intake.hpp"
#include "http/observer.hpp"
#include "telemetry/metrics.hpp"

namespace tidemark::app {

/// Threads:  any.
/// Lifetime: `metrics` and `intake` must outlive it.
class RequestObserver final : public http::Observer {
 public:
  /// `intake` learns what became of events that were sent; null if no events are taken.
  RequestObserver(telemetry::Metrics& metrics, bool access_log, Intake* intake = nullptr);

  void request_done(const http::Finished& request) override;
  void connection_opened() override;
  void connection_closed() override;
  void connection_refused(http::Refusal refusal) override;
  void connection_made_way() override;
  void handshake_failed(http::HandshakeFault fault) override;
  void body_dropped(std::uint64_t bytes, bool crowded) override;
  void handler_failed(std::string_view request_id, std::string_view what) override;
  void body_cut_off(std::string_view request_id, std::string_view what) override;

 private:
  struct RouteFigures {
    telemetry::Histogram* seconds = nullptr;
    std::map<int, telemetry::Counter*> by_status;
  };
  void count(const http::Finished& request);
  void warn_of_bound(std::string_view message);
  void note_intake(const http::Finished& request) const;

  telemetry::Metrics& metrics_;
  bool access_log_;
  Intake* intake_;
  telemetry::Counter& opened_;
  telemetry::Counter& closed_;
  telemetry::Counter& refused_;
  telemetry::Counter& out_of_descriptors_;
  telemetry::Counter& made_way_;
  telemetry::Counter& failed_;
  std::atomic<std::int64_t> warned_second_{0};  // of the steady clock
  telemetry::Counter& dropped_;
  telemetry::Counter& crowded_;
  std::mutex mutex_;
  std::map<std::string, RouteFigures, std::less<>> routes_;  // by "METHOD route": a few dozen
};

}  // namespace tidemark::app
