#pragma once

/// The settings of TLS, and what is told of the certificate.

#include <optional>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "http/server.hpp"
#include "telemetry/metrics.hpp"

namespace tidemark::app {

/// None: the port is plain.
std::optional<http::TlsOptions> tls_of(const config::Settings& settings);

/// Error: says which of the settings or files cannot be used, why, and what to do. Reads the files.
base::Status check_tls(const config::Settings& settings);

/// Keeps a server's certificate as new as its files are.
///
/// Threads:  `look`: one at a time.
/// Lifetime: `server`, `clock` and `metrics` must outlive it; nobody may render `metrics` after it.
class CertificateWatch {
 public:
  CertificateWatch(http::Server& server, const base::Clock& clock, telemetry::Metrics& metrics);
  CertificateWatch(const CertificateWatch&) = delete;
  CertificateWatch& operator=(const CertificateWatch&) = delete;

  /// Looks at the files; logs and counts what came of it.
  void look();

 private:
  void tell_end(const char* message) const;

  http::Server& server_;
  const base::Clock& clock_;
  telemetry::Counter& renewed_;
  telemetry::Counter& failed_;
};

}  // namespace tidemark::app
