#include "app/observer.hpp"

#include "telemetry/log.hpp"

namespace tidemark::app {

RequestObserver::RequestObserver(telemetry::Metrics& metrics, bool access_log)
    : metrics_(metrics),
      access_log_(access_log),
      opened_(metrics.counter("tidemark_http_connections_opened_total", "Connections accepted.")),
      closed_(metrics.counter("tidemark_http_connections_closed_total", "Connections ended.")),
      refused_(metrics.counter("tidemark_http_connections_refused_total",
                               "Connections refused because there were too many.")),
      failed_(metrics.counter("tidemark_http_handler_failures_total",
                              "Answers 500 for a fault of the program.")) {}

void RequestObserver::request_done(const http::Finished& request) {
  count(request);
  if (!request.cause.empty()) {
    telemetry::error("a request failed", {{"id", request.request_id},
                                          {"method", request.method},
                                          {"route", request.route},
                                          {"status", static_cast<std::int64_t>(request.status)},
                                          {"reason", request.cause}});
  }
  if (!access_log_ || !telemetry::logs(telemetry::Level::Info)) return;
  const auto peer = request.peer.text();
  telemetry::info("request",
                  {{"method", request.method},
                   {"target", request.target},
                   {"status", static_cast<std::int64_t>(request.status)},
                   {"ms", std::chrono::duration<double, std::milli>(request.took).count()},
                   {"in", static_cast<std::int64_t>(request.bytes_in)},
                   {"out", static_cast<std::int64_t>(request.bytes_out)},
                   {"peer", std::string_view(peer)},
                   {"id", request.request_id}});
}

void RequestObserver::count(const http::Finished& request) {
  std::string key(request.method);
  key += ' ';
  key += request.route;
  telemetry::Histogram* seconds = nullptr;
  telemetry::Counter* requests = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto& figures = routes_[key];
    const telemetry::Labels labels{{"method", std::string(request.method)},
                                   {"route", std::string(request.route)}};
    if (figures.seconds == nullptr) {
      figures.seconds = &metrics_.histogram(
          "tidemark_http_request_seconds", "Time from a request's first byte to its answer's last.",
          telemetry::seconds_bounds(), labels);
    }
    auto& counter = figures.by_status[request.status];
    if (counter == nullptr) {
      auto with_status = labels;
      with_status.emplace_back("status", std::to_string(request.status));
      counter =
          &metrics_.counter("tidemark_http_requests_total", "Requests answered.", with_status);
    }
    seconds = figures.seconds;
    requests = counter;
  }
  seconds->observe(std::chrono::duration<double>(request.took).count());
  requests->add(1);
}

void RequestObserver::connection_opened() { opened_.add(1); }
void RequestObserver::connection_closed() { closed_.add(1); }
void RequestObserver::connection_refused(http::Refusal) { refused_.add(1); }

void RequestObserver::handler_failed(std::string_view request_id, std::string_view what) {
  failed_.add(1);
  telemetry::error("a handler failed", {{"id", request_id}, {"what", what}});
}

void RequestObserver::body_cut_off(std::string_view request_id, std::string_view what) {
  telemetry::error("an answer was cut off", {{"id", request_id}, {"what", what}});
}

}  // namespace tidemark::app
