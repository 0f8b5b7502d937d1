#pragma once

/// A client's side of TLS, for tests, and the certificate of the server that it meets.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/types.h>
#include <sys/types.h>

#include "http/server.hpp"
#include "support/certificates.hpp"

namespace tidemark::http::network {

/// The environment says that every test runs over TLS (TIDEMARK_TEST_OVER_TLS).
bool all_over_tls();

/// Of this process.
const testing_support::Certificates& certificates();
/// With the server's certificate of these.
TlsOptions server_tls();

struct TlsWishes {
  int version_min = 0;  ///< 0: the library's
  int version_max = 0;
  std::string ciphers = {};    ///< of TLS 1.2; empty: the library's
  std::string protocols = {};  ///< as ALPN has them: "\x02h2\x08http/1.1"; empty: none
  bool shakes_hands = true;
};

/// Blocking. It trusts the authority of `certificates()` and expects "localhost".
///
/// Lifetime: the socket stays its owner's.
class TlsClient {
 public:
  TlsClient(int socket, const TlsWishes& wishes);
  ~TlsClient();
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;

  /// Whether the handshake was done.
  [[nodiscard]] bool greeted() const { return greeted_; }
  /// The library's word for what went wrong last.
  [[nodiscard]] const std::string& fault() const { return fault_; }
  [[nodiscard]] std::string version() const;   ///< "TLSv1.3"
  [[nodiscard]] std::string protocol() const;  ///< by ALPN: "http/1.1"
  [[nodiscard]] std::string serial() const;    ///< of the server's certificate
  /// The server has said that it ends (close_notify).
  [[nodiscard]] bool ended_in_order() const;
  /// Asks for another handshake within TLS 1.2; whether the server agreed.
  bool renegotiate();
  /// Asks for new keys within TLS 1.3, so many times.
  bool update_keys(int times);

  bool send(std::string_view bytes);
  ssize_t receive(char* into, std::size_t size);
  void end();

 private:
  bool note(int result);

  std::shared_ptr<SSL_CTX> context_;
  std::shared_ptr<SSL> session_;
  bool greeted_ = false;
  std::string fault_;
};

}  // namespace tidemark::http::network
