#include "app/wiring/tls.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include "telemetry/log.hpp"

namespace tidemark::app {
namespace {

constexpr const char* kReloads = "tidemark_tls_reloads_total";
constexpr const char* kReloadsHelp =
    "Times that the files of the certificate had changed, by what came of it.";

}  // namespace

std::optional<http::TlsOptions> tls_of(const config::Settings& settings) {
  if (settings.tls_certificate.empty()) return std::nullopt;
  http::TlsOptions options{.certificate = settings.tls_certificate, .key = settings.tls_key};
  if (settings.tls_redirect_port != 0) {
    options.redirect_port = static_cast<std::uint16_t>(settings.tls_redirect_port);
  }
  return options;
}

base::Status check_tls(const config::Settings& settings) {
  const auto refused = [](const std::string& why) {
    return base::Error{base::ErrorCode::InvalidInput, why};
  };
  if (settings.tls_certificate.empty() != settings.tls_key.empty()) {
    const bool lacks_key = settings.tls_key.empty();
    return refused(std::string("settings tls_certificate and tls_key: expected both, or neither "
                               "for plain HTTP; ") +
                   (lacks_key ? "tls_key is not set" : "tls_certificate is not set"));
  }
  const auto options = tls_of(settings);
  if (!options && settings.tls_redirect_port != 0) {
    return refused(
        "setting tls_redirect_port: expected 0, because without tls_certificate and tls_key there "
        "is no port with TLS to send clients to");
  }
  if (!options) return base::ok;
  if (settings.tls_redirect_port == settings.port && settings.port != 0) {
    return refused("setting tls_redirect_port: expected another port than that of the service (" +
                   std::to_string(settings.port) + "), such as 80");
  }
  auto checked = http::check_certificate(*options);
  if (!checked) return checked.error().while_doing("settings tls_certificate and tls_key");
  return base::ok;
}

CertificateWatch::CertificateWatch(http::Server& server, const base::Clock& clock,
                                   telemetry::Metrics& metrics)
    : server_(server),
      clock_(clock),
      renewed_(metrics.counter(kReloads, kReloadsHelp, {{"outcome", "renewed"}})),
      failed_(metrics.counter(kReloads, kReloadsHelp, {{"outcome", "failed"}})) {
  metrics.read_gauge("tidemark_tls_certificate_expires_seconds",
                     "When the certificate in use ends, in seconds of Unix time.",
                     [this] { return static_cast<double>(server_.certificate_expires()); });
  tell_end("TLS is spoken");
}

void CertificateWatch::look() {
  const auto renewed = server_.renew_certificate();
  if (!renewed) {
    failed_.add();
    telemetry::error(
        "the new certificate cannot be used, so the one before stays in use; the files are read "
        "again when one of them changes",
        {{"reason", std::string_view(renewed.error().message())}});
    return;
  }
  if (!*renewed) return;
  renewed_.add();
  tell_end("a new certificate is in use");
}

void CertificateWatch::tell_end(const char* message) const {
  constexpr std::int64_t kDay = 86'400;
  const std::int64_t left = server_.certificate_expires() - clock_.now() / base::kMicrosPerSecond;
  if (left > 0) {
    telemetry::info(message, {{"certificate_ends_in_days", left / kDay}});
    return;
  }
  telemetry::warning(
      "the certificate has ended, so clients will refuse it: put a new one in its place",
      {{"days_ago", -left / kDay}});
}

}  // namespace tidemark::app
