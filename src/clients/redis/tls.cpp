#include "clients/redis/tls.hpp"

#include <cassert>
#include <cerrno>
#include <cstdint>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

namespace tidemark::clients::redis {
namespace {

using base::Error;
using base::ErrorCode;

Error failure(const std::string& what) {
  return Error::foreign(ErrorCode::Unavailable, "TLS to Redis: " + what);
}

/// The library's last reason, or `otherwise`.
std::string last_reason(const std::string& otherwise) {
  const auto code = ERR_peek_last_error();
  const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
  ERR_clear_error();
  return reason == nullptr ? otherwise : reason;
}

bool is_ip(const std::string& host) {
  in6_addr place{};
  return inet_pton(AF_INET, host.c_str(), &place) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &place) == 1;
}

/// A socket as the library reads and writes it; its own would end the program (SIGPIPE) when the
/// server has hung up.
int socket_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

int put(BIO* bio, const char* bytes, int size) {
  BIO_clear_retry_flags(bio);
  const auto done =
      ::send(socket_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (done < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(done);
}

int take(BIO* bio, char* into, int size) {
  BIO_clear_retry_flags(bio);
  const auto got = ::recv(socket_of(bio), into, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(got);
}

long control(BIO* /*bio*/, int command, long /*number*/, void* /*more*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* socket_method() {
  static const BIO_METHOD* method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "quiet socket");
    BIO_meth_set_write(made, put);
    BIO_meth_set_read(made, take);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  return method;
}

BIO* over(int socket) {
  BIO* bio = BIO_new(socket_method());
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
  BIO_set_init(bio, 1);
  return bio;
}

base::Status load_authorities(SSL_CTX* context, const Tls& tls) {
  const int loaded = tls.ca.empty()
                         ? SSL_CTX_set_default_verify_paths(context)
                         : SSL_CTX_load_verify_locations(context, tls.ca.c_str(), nullptr);
  if (loaded == 1) return base::ok;
  return failure("the certificates of the authorities (ca) cannot be read: " +
                 last_reason("no reason is known"));
}

base::Status load_own(SSL_CTX* context, const Tls& tls) {
  if (tls.certificate.empty()) return base::ok;
  if (SSL_CTX_use_certificate_chain_file(context, tls.certificate.c_str()) != 1) {
    return failure("our certificate (cert) cannot be read: " + last_reason("no reason is known"));
  }
  if (SSL_CTX_use_PrivateKey_file(context, tls.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    return failure("the key of our certificate (key) cannot be used: " +
                   last_reason("no reason is known"));
  }
  return base::ok;
}

/// The certificate must be for this name, and a server of many names is told which is meant.
base::Status expect_name(SSL* stream, const std::string& name) {
  bool set = false;
  if (is_ip(name)) {
    set = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(stream), name.c_str()) == 1;
  } else {
    set = SSL_set1_host(stream, name.c_str()) == 1 &&
          SSL_ctrl(stream, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                   const_cast<char*>(name.c_str())) == 1;
  }
  if (set) return base::ok;
  return failure("the server's name is not valid: " + last_reason("no reason is known"));
}

}  // namespace

TlsStream::~TlsStream() = default;

base::Result<std::unique_ptr<TlsStream>> TlsStream::open(int socket, const Tls& tls,
                                                         const std::string& host) {
  std::unique_ptr<TlsStream> self(new TlsStream);
  self->context_ = {SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  auto* context = self->context_.get();
  if (context == nullptr) return failure(last_reason("no memory"));
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  // Whoever sends again after a part was sent may do so from another place in memory.
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (auto loaded = load_authorities(context, tls); !loaded) return loaded.error();
  if (auto loaded = load_own(context, tls); !loaded) return loaded.error();
  self->stream_ = {SSL_new(context), SSL_free};
  auto* stream = self->stream_.get();
  BIO* bio = stream == nullptr ? nullptr : over(socket);
  if (bio == nullptr) return failure(last_reason("no memory"));
  SSL_set_bio(stream, bio, bio);
  auto expected = expect_name(stream, tls.server_name.empty() ? host : tls.server_name);
  if (!expected) return expected.error();
  return self;
}

base::Result<std::size_t> TlsStream::outcome(int done, const char* doing) {
  assert(stream_ != nullptr);
  wants_ = 0;
  if (done > 0) return static_cast<std::size_t>(done);
  switch (SSL_get_error(stream_.get(), done)) {
    case SSL_ERROR_WANT_READ:
      wants_ = POLLIN;
      return std::size_t{0};
    case SSL_ERROR_WANT_WRITE:
      wants_ = POLLOUT;
      return std::size_t{0};
    case SSL_ERROR_ZERO_RETURN:
      return failure("the server closed the connection");
    default:
      break;
  }
  const auto verified = SSL_get_verify_result(stream_.get());
  if (verified != X509_V_OK) {
    ERR_clear_error();
    return failure(std::string(doing) + ": the server's certificate is not accepted: " +
                   X509_verify_cert_error_string(verified));
  }
  return failure(std::string(doing) + ": " + last_reason("the server closed the connection"));
}

base::Result<bool> TlsStream::greet() {
  ERR_clear_error();
  const auto done = outcome(SSL_connect(stream_.get()), "greeting");
  if (!done) return done.error();
  return *done > 0;
}

base::Result<std::size_t> TlsStream::send(std::span<const char> bytes) {
  ERR_clear_error();
  assert(std::in_range<int>(bytes.size()));
  return outcome(SSL_write(stream_.get(), bytes.data(), static_cast<int>(bytes.size())), "sending");
}

base::Result<std::size_t> TlsStream::receive(std::span<char> into) {
  ERR_clear_error();
  assert(std::in_range<int>(into.size()));
  return outcome(SSL_read(stream_.get(), into.data(), static_cast<int>(into.size())), "receiving");
}

bool TlsStream::is_quiet() {
  char next = 0;
  ERR_clear_error();
  const auto seen = outcome(SSL_peek(stream_.get(), &next, 1), "looking");
  return seen && *seen == 0;
}

}  // namespace tidemark::clients::redis
