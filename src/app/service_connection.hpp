#pragma once

/// How a command reaches the events: over HTTP, whoever answers.

#include <memory>
#include <optional>
#include <string>

#include "app/embedded.hpp"
#include "app/serving.hpp"
#include "base/result.hpp"
#include "config/load.hpp"
#include "http/client.hpp"

namespace tidemark::app {

/// A service that answers: the one that `--url` names, else the one that holds the configured
/// folder, else one of our own, opened on that folder for as long as the command runs. So a
/// command does the same wherever the events are.
///
/// Errors:  Unavailable: nobody answers; what Embedded::open says.
/// Threads: one; `embedded` is not null where the folder is ours.
class ServiceConnection {
 public:
  static base::Result<std::unique_ptr<ServiceConnection>> open(const config::Settings& settings,
                                                               const std::string& url);
  ~ServiceConnection();
  ServiceConnection(const ServiceConnection&) = delete;
  ServiceConnection& operator=(const ServiceConnection&) = delete;

  /// The answer, whatever its status. 503 and 429 are asked again, up to a minute, as they say.
  base::Result<http::ClientResponse> request(const http::ClientRequest& request);
  /// A body where the status is below 300; else an error with the problem's words.
  base::Result<std::string> get(const std::string& target);
  /// The same, piece by piece.
  base::Status download(const std::string& target,
                        std::function<base::Status(std::string_view)> sink);
  base::Result<std::string> post(const std::string& target, std::string_view body,
                                 std::string_view content_type);

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] Embedded* embedded() { return own_ ? own_->embedded.get() : nullptr; }

 private:
  /// Everything of a service within this process.
  struct Own {
    explicit Own(const config::Settings& configured) : settings(configured) {}
    config::Settings settings;
    base::SystemClock clock;
    telemetry::Metrics metrics;
    std::unique_ptr<Embedded> embedded;
    std::unique_ptr<Serving> serving;
  };

  ServiceConnection() = default;
  base::Status open_own(const config::Settings& settings);

  std::unique_ptr<Own> own_;
  std::string url_;
  std::string base_;
  std::optional<http::Client> client_;
};

/// Opens the folder as `serve` does, for a process of our own.
base::Result<std::unique_ptr<Embedded>> open_embedded(const config::Settings& settings,
                                                      const base::Clock& clock,
                                                      telemetry::Metrics& metrics);

/// `text` for a place in a URL's query.
std::string percent_encoded(std::string_view text);

}  // namespace tidemark::app
