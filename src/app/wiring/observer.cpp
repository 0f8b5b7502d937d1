#include "app/wiring/observer.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>

#include "access/key_text.hpp"
#include "telemetry/log.hpp"

namespace tidemark::app {

RequestObserver::RequestObserver(telemetry::Metrics& metrics, bool access_log, Intake* intake)
    : metrics_(metrics),
      access_log_(access_log),
      intake_(intake),
      opened_(metrics.counter("tidemark_http_connections_opened_total", "Connections accepted.")),
      closed_(metrics.counter("tidemark_http_connections_closed_total", "Connections ended.")),
      refused_(metrics.counter("tidemark_http_connections_refused_total",
                               "Connections refused because too many were open.")),
      out_of_descriptors_(metrics.counter("tidemark_http_out_of_descriptors_total",
                                          "Times that a connection could not be accepted because "
                                          "the process had reached its limit of open files.")),
      made_way_(metrics.counter("tidemark_http_idle_connections_closed_total",
                                "Idle connections closed because a new one needed their place.")),
      failed_(
          metrics.counter("tidemark_http_handler_failures_total",
                          "Requests answered with status 500 because of a fault of the program.")),
      dropped_(metrics.counter("tidemark_http_dropped_bytes_total",
                               "Bytes of request bodies that were read and discarded after their "
                               "request had been refused.")),
      crowded_(metrics.counter("tidemark_http_lingering_refused_total",
                               "Connections of refused requests that got only one second to send "
                               "the rest, because too many others were still sending.")) {}

void RequestObserver::request_done(const http::Finished& request) {
  count(request);
  if (intake_ != nullptr) note_intake(request);
  if (!request.cause.empty()) {
    telemetry::error("a request failed", {{"id", request.request_id},
                                          {"method", request.method},
                                          {"route", request.route},
                                          {"status", static_cast<std::int64_t>(request.status)},
                                          {"reason", request.cause}});
  }
  if (!access_log_ || !telemetry::logs(telemetry::Level::Info)) return;
  const auto peer = request.peer.text();
  const auto target = access::without_keys(request.target);
  telemetry::info("request",
                  {{"method", request.method},
                   {"target", std::string_view(target)},
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
          "tidemark_http_request_seconds",
          "Seconds from the first byte of a request to the last byte of its answer.",
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
  assert(seconds != nullptr && requests != nullptr);
  seconds->observe(std::chrono::duration<double>(request.took).count());
  requests->add(1);
}

void RequestObserver::note_intake(const http::Finished& request) const {
  assert(intake_ != nullptr);
  if (request.method != "POST" || request.route != "/events") return;
  if (request.status == 503) {
    if (request.crowded) return;  // others are taken, as they will show
    intake_->refused(request.cause.empty() ? request.detail : request.cause);
  } else if (request.status < 300) {
    intake_->taken();
  }
}

namespace {

const char* name_of(http::HandshakeFault fault) {
  switch (fault) {
    case http::HandshakeFault::TimedOut:
      return "timed_out";
    case http::HandshakeFault::Gone:
      return "gone";
    case http::HandshakeFault::PlainHttp:
      return "plain_http";
    case http::HandshakeFault::NotTls:
      return "not_tls";
    case http::HandshakeFault::Version:
      return "version";
    case http::HandshakeFault::Cipher:
      return "cipher";
    case http::HandshakeFault::Protocol:
      return "protocol";
    case http::HandshakeFault::Refused:
      return "refused";
    case http::HandshakeFault::Crowded:
      return "crowded";
    case http::HandshakeFault::Other:
      return "other";
  }
  return "other";
}

}  // namespace

/// Asked for each time: it costs little beside a handshake, and a plain port has no such figure.
void RequestObserver::handshake_failed(http::HandshakeFault fault) {
  metrics_
      .counter("tidemark_tls_handshakes_failed_total",
               "TLS connections that ended before their first request.", {{"why", name_of(fault)}})
      .add();
}

void RequestObserver::connection_opened() { opened_.add(1); }
void RequestObserver::connection_closed() { closed_.add(1); }
void RequestObserver::connection_refused(http::Refusal refusal) {
  refused_.add(1);
  if (refusal == http::Refusal::OutOfDescriptors) {
    out_of_descriptors_.add(1);
    warn_of_bound(
        "no connection can be accepted, because the process has reached its limit of open files; "
        "raise the limit (ulimit -n, LimitNOFILE=)");
  } else {
    warn_of_bound(
        "connections are refused, because the limit is reached and no connection is idle; see "
        "connections_max and the limit of open files (ulimit -n, LimitNOFILE=)");
  }
  if (intake_ == nullptr) return;
  intake_->refused(refusal == http::Refusal::OutOfDescriptors
                       ? "there is no file descriptor left for a connection (ulimit -n)"
                       : "the limit of connections is reached (connections_max)");
}

void RequestObserver::connection_made_way() {
  made_way_.add(1);
  warn_of_bound(
      "idle connections are closed for new ones, because the limit of connections is reached; see "
      "connections_max and the limit of open files (ulimit -n, LimitNOFILE=)");
}

/// One line a minute: at a bound there would be thousands.
void RequestObserver::warn_of_bound(std::string_view message) {
  constexpr std::int64_t kBetween = 60;
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(since).count();
  std::int64_t before = warned_second_;
  if (before != 0 && now - before < kBetween) return;
  if (!warned_second_.compare_exchange_strong(before, std::max<std::int64_t>(now, 1))) return;
  telemetry::warning(message);
}

void RequestObserver::body_dropped(std::uint64_t bytes, bool crowded) {
  dropped_.add(static_cast<double>(bytes));
  if (crowded) crowded_.add(1);
}

void RequestObserver::handler_failed(std::string_view request_id, std::string_view what) {
  failed_.add(1);
  telemetry::error("a handler failed", {{"id", request_id}, {"what", what}});
}

void RequestObserver::body_cut_off(std::string_view request_id, std::string_view what) {
  telemetry::error("an answer was cut off", {{"id", request_id}, {"what", what}});
}

}  // namespace tidemark::app
