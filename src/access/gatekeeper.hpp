#pragma once

/// Lets requests in: by key where the service is closed, and only from this machine's own pages
/// where it is open.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/directory.hpp"
#include "base/clock.hpp"
#include "http/gate.hpp"
#include "http/limits/local_rate_limiter.hpp"
#include "telemetry/metrics.hpp"

namespace tidemark::access {

/// 404 project_not_found.
http::Problem no_such_project(std::string_view name);

struct GateOptions {
  /// Besides loopback names, for a service that is open: "tidemark.internal", or "*" for any.
  std::vector<std::string> allowed_hosts = {};
  /// Origins whose pages may change something while the service is open.
  std::vector<std::string> origins = {};
  /// Of a key that only this process knows, for its own requests: an admin key of all projects.
  std::optional<catalog::KeyDigest> own_key = {};
  /// How often one address may be wrong about a key: once in 5 s, and 20 times at once. A key has
  /// 256 random bits, so this protects the log and not the key; right keys are never delayed.
  http::RateLimit wrong_keys = {.per_second = 0.2, .burst = 20, .exempt_loopback = false};
};

/// Closed (there is or was a key): each endpoint asks for a key of a kind that may, of the project
/// that the request names. A key travels as `Authorization: Bearer`, as `X-API-Key`, as the user
/// name of Basic, or, but not an admin key, as `?key=`.
///
/// Open: everybody may do everything, so a page in a browser on this machine must not reach the
/// service. Under a foreign host name (DNS rebinding) it does not answer, and what changes
/// something is refused to pages of other origins.
///
/// Cost:     closed, some 0.3 µs, of which SHA-256 takes most; open, less.
class Gatekeeper final : public http::Gate {
 public:
  /// All of them must outlive it.
  Gatekeeper(Directory& directory, const base::Clock& clock, telemetry::Metrics& metrics,
             GateOptions options);

  std::optional<http::Problem> admit(http::Request& request,
                                     const http::EndpointDoc* endpoint) override;

 private:
  [[nodiscard]] bool is_own(const catalog::KeyDigest& digest) const;
  std::optional<http::Problem> refuse_stranger(const http::Request& request) const;
  std::optional<http::Problem> admit_with_key(http::Request& request,
                                              const http::EndpointDoc& endpoint,
                                              const Known& known);
  std::optional<http::Problem> refuse_wrong_key(const http::Request& request, std::string_view sent,
                                                const catalog::Key* found);

  Directory& directory_;
  const base::Clock& clock_;
  telemetry::Metrics& metrics_;
  const GateOptions options_;
  http::LocalRateLimiter wrong_keys_;
};

}  // namespace tidemark::access
