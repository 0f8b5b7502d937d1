#include "api/foreign_paths.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace tidemark::api {
namespace {

using Foreign = std::pair<std::string_view, std::string_view>;

/// Without `/api/v1`, a trailing slash and capitals.
constexpr std::array kForeign{
    Foreign{"/capture", "PostHog"},
    Foreign{"/e", "PostHog"},
    Foreign{"/s", "PostHog"},
    Foreign{"/decide", "PostHog"},
    Foreign{"/flags", "PostHog"},
    Foreign{"/i/v0/e", "PostHog"},
    Foreign{"/batch", "PostHog, Amplitude or Segment"},
    Foreign{"/track", "Mixpanel or Segment"},
    Foreign{"/engage", "Mixpanel"},
    Foreign{"/import", "Mixpanel"},
    Foreign{"/httpapi", "Amplitude"},
    Foreign{"/2/httpapi", "Amplitude"},
    Foreign{"/identify", "Amplitude or Segment"},
    Foreign{"/v1/track", "Segment or RudderStack"},
    Foreign{"/v1/batch", "Segment or RudderStack"},
    Foreign{"/v1/identify", "Segment or RudderStack"},
    Foreign{"/v1/page", "Segment or RudderStack"},
    Foreign{"/v1/screen", "Segment or RudderStack"},
    Foreign{"/v1/group", "Segment or RudderStack"},
    Foreign{"/v1/alias", "Segment or RudderStack"},
    Foreign{"/v1/import", "Segment or RudderStack"},
    Foreign{"/v1/t", "Segment"},
    Foreign{"/v1/p", "Segment"},
    Foreign{"/v1/i", "Segment"},
    Foreign{"/v1/b", "Segment"},
    Foreign{"/collect", "Google Analytics or Umami"},
    Foreign{"/g/collect", "Google Analytics"},
    Foreign{"/j/collect", "Google Analytics"},
    Foreign{"/r/collect", "Google Analytics"},
    Foreign{"/mp/collect", "Google Analytics"},
    Foreign{"/debug/mp/collect", "Google Analytics"},
    Foreign{"/api/event", "Plausible"},
    Foreign{"/api/send", "Umami"},
    Foreign{"/api/collect", "Umami"},
    Foreign{"/matomo.php", "Matomo"},
    Foreign{"/piwik.php", "Matomo"},
    Foreign{"/i", "Countly or Snowplow"},
    Foreign{"/com.snowplowanalytics.snowplow/tp2", "Snowplow"},
    Foreign{"/_bulk", "Elasticsearch"},
    Foreign{"/v1/logs", "OpenTelemetry"},
    Foreign{"/v1/traces", "OpenTelemetry"},
    Foreign{"/v1/metrics", "OpenTelemetry"},
    Foreign{"/loki/api/v1/push", "Loki"},
    Foreign{"/services/collector", "Splunk"},
    Foreign{"/services/collector/event", "Splunk"},
};

std::string_view service_of(std::string_view path) {
  std::string plain(path);
  std::ranges::transform(plain, plain.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto* const found = std::ranges::find(kForeign, std::string_view(plain),
                                              [](const Foreign& one) { return one.first; });
  return found == kForeign.end() ? std::string_view() : found->second;
}

}  // namespace

std::string foreign_path_hint(http::Method method, std::string_view path) {
  constexpr std::string_view kHere =
      "Send events by POST /events, in the form that GET /docs shows.";
  const auto service = service_of(path);
  if (!service.empty()) {
    return "Clients of " + std::string(service) +
           " send events to this path, in a form of their own. " + std::string(kHere);
  }
  const bool sends = method == http::Method::Post || method == http::Method::Put;
  return sends ? std::string(kHere) : "GET / lists all paths.";
}

}  // namespace tidemark::api
