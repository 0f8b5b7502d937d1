// The real program over TLS, as curl meets it: events and questions, the port that sends plain
// clients there, and a certificate that is replaced while the service runs.

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/certificates.hpp"
#include "support/free_port.hpp"
#include "support/service_fixture.hpp"

namespace tidemark {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using testing_support::Certificates;
using testing_support::Finished;
using testing_support::ServiceProcess;
using testing_support::ServiceTest;

struct TlsServiceTest : ServiceTest {
  Certificates first;
  fs::path certificate = folder.path() / "now.pem";
  fs::path key = folder.path() / "now.key";

  TlsServiceTest() { put(first); }

  /// As a renewal does it: new files under the old names.
  void put(const Certificates& of) const {
    replace(of.server(), certificate);
    replace(of.server_key(), key);
  }
  static void replace(const fs::path& from, const fs::path& to) {
    fs::copy_file(from, to.string() + ".new");
    fs::rename(to.string() + ".new", to);
  }
  [[nodiscard]] std::vector<std::string> flags() const {
    return {"--tls-certificate", certificate, "--tls-key", key};
  }

  /// curl trusts the authority of these; the status comes last: "…200 HTTP/1.1".
  static Finished curl(const Certificates& trusted, std::vector<std::string> more) {
    std::vector<std::string> words = {
        "curl",       "-sS", "--cacert", trusted.ca(),
        "--max-time", "20",  "-w",       "%{http_code} HTTP/%{http_version}"};
    words.insert(words.end(), more.begin(), more.end());
    return testing_support::run_command(words);
  }
  static std::string url(const ServiceProcess& service, const std::string& path) {
    return "https://localhost:" + std::to_string(service.port()) + path;
  }
  /// Asks until the figure of that name is 1.
  static void await_figure(const Certificates& trusted, const ServiceProcess& service,
                           const std::string& name) {
    while (true) {
      const auto figures = curl(trusted, {url(service, "/metrics")});
      ASSERT_EQ(figures.code, 0) << figures.err;
      if (figures.out.find(name + " 1\n") != std::string::npos) return;
    }
  }
};

TEST_F(TlsServiceTest, CurlSendsEventsAndAsksOverIt) {
  const ServiceProcess service(data, flags());
  ASSERT_THAT(service.url(), StartsWith("https://127.0.0.1:"));
  const auto sent = curl(first, {"--http2", "--data-binary", testing_support::lines_of(0, 3), "-H",
                                 "Content-Type: application/x-ndjson", url(service, "/events")});
  EXPECT_THAT(sent.out, AllOf(HasSubstr("\"accepted\":3"), HasSubstr("202 HTTP/1.1"))) << sent.err;
  for (const char* version : {"--tlsv1.2", "--tlsv1.3"}) {
    const auto asked = curl(first, {version, "--tls-max", std::string(version).substr(6), "-i",
                                    url(service, "/stats/dau?from=2025-08-01&to=2025-08-01")});
    EXPECT_THAT(asked.out, AllOf(HasSubstr("\"active_users\":1"), HasSubstr("200 HTTP/1.1"),
                                 HasSubstr("\nStrict-Transport-Security: max-age=31536000\r\n")))
        << asked.err;
  }
  const auto old = curl(first, {"--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT:@SECLEVEL=0",
                                url(service, "/healthz")});
  EXPECT_NE(old.code, 0);
  const auto plain = curl(first, {"http://localhost:" + std::to_string(service.port())});
  EXPECT_THAT(plain.out, AllOf(HasSubstr("This port speaks TLS"), HasSubstr("400 HTTP/1.1")));
  const auto figures = curl(first, {url(service, "/metrics")});
  EXPECT_THAT(figures.out,
              AllOf(HasSubstr("tidemark_tls_handshakes_failed_total{why=\"version\"} 1\n"),
                    HasSubstr("tidemark_tls_handshakes_failed_total{why=\"plain_http\"} 1\n"),
                    HasSubstr("\ntidemark_tls_certificate_expires_seconds 1")));
}

TEST_F(TlsServiceTest, PlainClientsAreSentThere) {
  for (int tries = 0; tries < 5; ++tries) {  // somebody may be quicker to take the port
    const std::uint16_t port = testing_support::free_port();
    auto both = flags();
    both.insert(both.end(), {"--tls-redirect-port", std::to_string(port)});
    const ServiceProcess service(data, both);
    if (service.url().empty()) continue;
    const auto followed =
        curl(first, {"-L", "http://localhost:" + std::to_string(port) + "/healthz"});
    EXPECT_THAT(followed.out, AllOf(HasSubstr("\"ok\""), HasSubstr("200 HTTP/1.1")))
        << followed.err;
    const auto told = curl(first, {"-i", "http://localhost:" + std::to_string(port) + "/a?b=c"});
    EXPECT_THAT(told.out, HasSubstr("\nLocation: " + url(service, "/a?b=c") + "\r\n"));
    return;
  }
  FAIL() << "no port stayed free";
}

TEST_F(TlsServiceTest, ACertificateIsReplacedWhileItRuns) {
  const Certificates second;
  const ServiceProcess service(data, flags());
  EXPECT_THAT(curl(first, {url(service, "/healthz")}).out, HasSubstr("200 HTTP/1.1"));
  EXPECT_NE(curl(second, {url(service, "/healthz")}).code, 0);

  replace(second.server(), certificate);  // without its key
  await_figure(first, service, "tidemark_tls_reloads_total{outcome=\"failed\"}");
  EXPECT_THAT(curl(first, {url(service, "/healthz")}).out, HasSubstr("200 HTTP/1.1"));

  replace(second.server_key(), key);
  std::string status;
  while (status.find("200 HTTP/1.1") == std::string::npos) {
    status = curl(second, {url(service, "/healthz")}).out;
  }
  EXPECT_NE(curl(first, {url(service, "/healthz")}).code, 0);
  await_figure(second, service, "tidemark_tls_reloads_total{outcome=\"renewed\"}");
}

TEST_F(TlsServiceTest, WhatCannotBeUsedIsSaidBeforeAnythingIsTouched) {
  const struct {
    std::vector<std::string> flags;
    const char* said;
  } cases[] = {
      {{"--tls-certificate", certificate}, "tls_key is not set"},
      {{"--tls-key", key}, "tls_certificate is not set"},
      {{"--tls-redirect-port", "80"}, "tls_redirect_port: expected 0"},
      {{"--tls-certificate", certificate, "--tls-key", key, "--port", "8443", "--tls-redirect-port",
        "8443"},
       "expected another port"},
      {{"--tls-certificate", certificate, "--tls-key", first.client_key()}, "does not belong to"},
      {{"--tls-certificate", certificate, "--tls-key", key, "--demo"}, "start once without"},
      {{"--tls-certificate", "/nowhere.pem", "--tls-key", key}, "/nowhere.pem cannot be read"},
  };
  for (const auto& [given, said] : cases) {
    std::vector<std::string> words = {"serve", "--data-dir", data};
    words.insert(words.end(), given.begin(), given.end());
    const auto ended = testing_support::run_program(words);
    EXPECT_EQ(ended.code, 2) << said;
    EXPECT_THAT(ended.err, HasSubstr(said));
    EXPECT_FALSE(fs::exists(data));
  }
}

}  // namespace
}  // namespace tidemark
