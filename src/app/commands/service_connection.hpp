#pragma once

/// How a command reaches the events: over HTTP, whichever service answers.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/json/value.hpp>

#include "app/wiring/embedded.hpp"
#include "app/wiring/entrance.hpp"
#include "app/wiring/serving.hpp"
#include "base/result.hpp"
#include "config/load.hpp"
#include "http/client.hpp"

namespace tidemark::app {

/// An answer of a service, as it was written and as its JSON value, which is always an object.
struct JsonAnswer {
  std::string text;
  boost::json::value value;
};

/// What happens if the configured folder is missing: a misspelt name must not become a new folder,
/// unless the command puts events into it.
enum class MissingFolder : std::uint8_t { Refused, Made };

/// A service that answers: the one that `--url` names, otherwise the one that holds the configured
/// folder, otherwise one in this process, opened on that folder for as long as the command runs. So
/// a command does the same wherever the events are. It sends the setting `key`, and needs none for
/// a folder that it opened itself: whoever may read the files may read everything.
///
/// Errors:  Unavailable: there is no answer, or the other side is not a Tidemark service; Corrupt:
///          its stored data is damaged; InvalidInput: it refuses the request; those of
///          Embedded::open.
/// Threads: one; `embedded` is not null if this process holds the folder.
class ServiceConnection {
 public:
  static base::Result<std::unique_ptr<ServiceConnection>> open(
      const config::Settings& settings, const std::string& url,
      MissingFolder missing = MissingFolder::Refused);
  ~ServiceConnection();
  ServiceConnection(const ServiceConnection&) = delete;
  ServiceConnection& operator=(const ServiceConnection&) = delete;

  /// The answer, whatever its status. After 503 and 429 it asks again, up to a minute, as the
  /// answer says.
  base::Result<http::ClientResponse> request(const http::ClientRequest& request);
  /// The answer if its status is below 300; otherwise an error with the problem's words.
  base::Result<JsonAnswer> get(const std::string& target);
  base::Result<JsonAnswer> post(const std::string& target, std::string_view body,
                                std::string_view content_type);
  /// A body of `content_type`, piece by piece. An error of the sink is returned unchanged.
  base::Status download(const std::string& target, const std::string& content_type,
                        const std::function<base::Status(std::string_view)>& sink);

  [[nodiscard]] const std::string& url() const { return url_; }
  [[nodiscard]] Embedded* embedded() { return own_ ? own_->embedded.get() : nullptr; }

 private:
  /// A complete service within this process.
  struct Own {
    explicit Own(const config::Settings& configured) : settings(configured) {}
    config::Settings settings;
    base::SystemClock clock;
    telemetry::Metrics metrics;
    std::unique_ptr<Embedded> embedded;
    std::unique_ptr<Entrance> entrance;
    std::unique_ptr<Serving> serving;
  };

  ServiceConnection() = default;
  base::Status open_own(const config::Settings& settings);
  [[nodiscard]] base::Error stranger(std::string_view why) const;
  base::Result<JsonAnswer> json_of(base::Result<http::ClientResponse> response) const;

  std::unique_ptr<Own> own_;
  std::string url_;
  std::string base_;
  std::optional<http::Client> client_;
};

/// Unavailable, with words for a terminal, if there is no data folder.
base::Status require_folder(const config::Settings& settings);

/// Runs `answers` so that it wakes each network thread once for all of them.
void answer_together(const std::function<void()>& answers);

/// What `serve` additionally wants for the folder.
struct FolderCare {
  std::optional<store::AcceptedLoss> accepted_loss;
  std::function<void(const base::Error&)> on_lost;
};

/// Opens the folder as `serve` does, for this process.
base::Result<std::unique_ptr<Embedded>> open_embedded(const config::Settings& settings,
                                                      const base::Clock& clock,
                                                      telemetry::Metrics& metrics,
                                                      FolderCare care = {});

/// `text` for use in a URL's query.
std::string percent_encoded(std::string_view text);

}  // namespace tidemark::app
