#include "http/network/tls_test_support.hpp"

#include <csignal>
#include <cstdlib>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace tidemark::http::network {

bool all_over_tls() {
  static const bool over = std::getenv("TIDEMARK_TEST_OVER_TLS") != nullptr;
  return over;
}

const testing_support::Certificates& certificates() {
  static const testing_support::Certificates made;
  return made;
}

TlsOptions server_tls() {
  return {.certificate = certificates().server(), .key = certificates().server_key()};
}

TlsClient::TlsClient(int socket, const TlsWishes& wishes)
    : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
  std::signal(SIGPIPE, SIG_IGN);  // the library writes to sockets that may be closed
  SSL_CTX* const context = context_.get();
  SSL_CTX_set_min_proto_version(context, wishes.version_min);
  SSL_CTX_set_max_proto_version(context, wishes.version_max);
  // A client that knows no better: the server has to refuse.
  const std::string ciphers = wishes.ciphers.empty() ? "DEFAULT" : wishes.ciphers;
  SSL_CTX_set_cipher_list(context, (ciphers + ":@SECLEVEL=0").c_str());
  SSL_CTX_load_verify_locations(context, certificates().ca().c_str(), nullptr);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  if (!wishes.protocols.empty()) {
    SSL_CTX_set_alpn_protos(context,
                            reinterpret_cast<const unsigned char*>(wishes.protocols.data()),
                            static_cast<unsigned>(wishes.protocols.size()));
  }
  session_ = {SSL_new(context), SSL_free};
  SSL_set1_host(session_.get(), "localhost");
  SSL_set_fd(session_.get(), socket);
  SSL_set_connect_state(session_.get());
  if (wishes.shakes_hands) greeted_ = note(SSL_do_handshake(session_.get()));
}

TlsClient::~TlsClient() = default;

bool TlsClient::note(int result) {
  if (result > 0) return true;
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  fault_ = reason == nullptr ? "closed" : reason;
  ERR_clear_error();
  return false;
}

std::string TlsClient::version() const { return SSL_get_version(session_.get()); }

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(session_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

std::string TlsClient::serial() const {
  const auto* const number = X509_get0_serialNumber(SSL_get0_peer_certificate(session_.get()));
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> value(ASN1_INTEGER_to_BN(number, nullptr),
                                                          BN_free);
  char* const text = BN_bn2hex(value.get());
  std::string serial = text;
  OPENSSL_free(text);
  return serial;
}

bool TlsClient::ended_in_order() const {
  return (SSL_get_shutdown(session_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool TlsClient::renegotiate() {
  ERR_clear_error();
  if (!note(SSL_renegotiate(session_.get()))) return false;
  if (!note(SSL_do_handshake(session_.get()))) return false;
  char nothing = 0;
  return note(SSL_peek(session_.get(), &nothing, 1)) &&
         SSL_renegotiate_pending(session_.get()) == 0;
}

bool TlsClient::update_keys(int times) {
  for (int i = 0; i < times; ++i) {
    if (!note(SSL_key_update(session_.get(), SSL_KEY_UPDATE_NOT_REQUESTED))) return false;
    if (!note(SSL_do_handshake(session_.get()))) return false;
  }
  return true;
}

bool TlsClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ERR_clear_error();
    std::size_t sent = 0;
    if (!note(SSL_write_ex(session_.get(), bytes.data(), bytes.size(), &sent))) return false;
    bytes.remove_prefix(sent);
  }
  return true;
}

ssize_t TlsClient::receive(char* into, std::size_t size) {
  ERR_clear_error();
  std::size_t count = 0;
  if (!note(SSL_read_ex(session_.get(), into, size, &count))) return 0;
  return static_cast<ssize_t>(count);
}

void TlsClient::end() {
  ERR_clear_error();
  SSL_shutdown(session_.get());
  ERR_clear_error();
}

}  // namespace tidemark::http::network
