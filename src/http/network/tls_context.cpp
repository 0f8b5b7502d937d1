#include "http/network/tls_context.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <unistd.h>

namespace tidemark::http::network {
namespace {

using base::Error;
using base::ErrorCode;

constexpr std::size_t kFileBytesMax = 1'024 * 1'024;  // a long chain has some ten thousand
/// Keys that nobody can use afterwards to read what was recorded, and ciphers that nobody can
/// change unnoticed. TLS 1.3 has no others.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::array<unsigned char, 8> kHttp1 = {'h', 't', 't', 'p', '/', '1', '.', '1'};

/// Gives objects of the library back.
struct Free {
  void operator()(BIO* each) const { BIO_free(each); }
  void operator()(X509* each) const { X509_free(each); }
  void operator()(EVP_PKEY* each) const { EVP_PKEY_free(each); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Error unusable(const std::string& what) { return {ErrorCode::InvalidInput, what}; }

/// The library's last reason; it is forgotten.
std::string last_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "no reason is known" : reason;
}

base::Result<std::string> content_of(const std::string& kind, const std::string& path) {
  const auto failed = [&](std::string_view why) {
    return unusable("the " + kind + " file " + path + " cannot be read: " + std::string(why) +
                    "; name a file in PEM form that the service may read");
  };
  // A pipe would block.
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return failed(std::strerror(errno));
  std::string content(kFileBytesMax + 1, '\0');
  std::size_t size = 0;
  ssize_t got = 1;
  while (got > 0 && size < content.size()) {
    got = ::read(file, content.data() + size, content.size() - size);
    if (got > 0) size += static_cast<std::size_t>(got);
  }
  const int error = errno;
  ::close(file);
  if (got < 0) return failed(std::strerror(error));
  if (size > kFileBytesMax) return failed("it has more than 1 MiB");
  content.resize(size);
  return content;
}

Owned<BIO> reader_of(const std::string& text) {
  return Owned<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// The server's certificate, then those that lead to its authority.
base::Status use_certificate(SSL_CTX* context, const std::string& path) {
  const auto text = content_of("certificate", path);
  if (!text) return text.error();
  const auto reader = reader_of(*text);
  const Owned<X509> own(PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr));
  if (!own) {
    return unusable("the certificate file " + path + " holds no certificate in PEM form (" +
                    last_reason() + "); it must begin with -----BEGIN CERTIFICATE-----");
  }
  if (SSL_CTX_use_certificate(context, own.get()) != 1) {
    return unusable("the certificate in " + path + " cannot be used: " + last_reason() +
                    "; have a new one made, for a key of 2,048 bits of RSA or of P-256");
  }
  for (;;) {
    Owned<X509> next(PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr));
    if (!next) break;
    if (SSL_CTX_add0_chain_cert(context, next.get()) != 1) {
      return unusable("a further certificate in " + path + " cannot be used: " + last_reason() +
                      "; leave it out or replace it");
    }
    std::ignore = next.release();  // the context owns it
  }
  const bool at_the_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (at_the_end) {
    ERR_clear_error();
    return base::ok;
  }
  return unusable("a further certificate in " + path + " cannot be read: " + last_reason() +
                  "; write the file again, in PEM form");
}

/// Without it the library would ask at the terminal.
int no_password(char* /*into*/, int /*size*/, int /*writing*/, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

base::Status use_key(SSL_CTX* context, const TlsOptions& files) {
  const auto text = content_of("key", files.key);
  if (!text) return text.error();
  bool asked = false;
  const auto reader = reader_of(*text);
  const Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_password, &asked));
  if (asked) {
    ERR_clear_error();
    return unusable("the key file " + files.key +
                    " needs a password, which the service has not; write the key without one: "
                    "openssl pkey -in " +
                    files.key + " -out NEW.key");
  }
  if (!key) {
    ERR_clear_error();
    return unusable(
        "the key file " + files.key +
        " holds no private key in PEM form; it must begin with -----BEGIN PRIVATE KEY-----");
  }
  const bool fits =
      SSL_CTX_use_PrivateKey(context, key.get()) == 1 && SSL_CTX_check_private_key(context) == 1;
  if (fits) return base::ok;
  return unusable("the key in " + files.key + " does not belong to the certificate in " +
                  files.certificate + " (" + last_reason() +
                  "); name the key with which the certificate was requested");
}

/// Takes http/1.1 where a client offers protocols, and refuses clients that do not offer it.
// NOLINTNEXTLINE(readability-function-size): the library says which parameters it has
int choose_protocol(SSL* /*session*/, const unsigned char** chosen, unsigned char* chosen_bytes,
                    const unsigned char* offered, unsigned int offered_bytes, void* /*more*/) {
  for (unsigned int at = 0; at < offered_bytes;) {
    const unsigned int size = offered[at];
    const unsigned char* const name = offered + at + 1;
    if (size > offered_bytes - at - 1) break;
    if (size == kHttp1.size() && std::memcmp(name, kHttp1.data(), size) == 0) {
      *chosen = name;
      *chosen_bytes = static_cast<unsigned char>(size);
      return SSL_TLSEXT_ERR_OK;
    }
    at += 1 + size;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

bool set_terms(SSL_CTX* context) {
  // A client that ends without a word of TLS is treated as one of a plain connection: requests say
  // themselves where they end.
  SSL_CTX_set_options(
      context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);  // one call of the system for a record, not two
  // Sessions that are taken up again come from tickets, which cost no memory here.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
         SSL_CTX_set_max_proto_version(context, 0) == 1 &&
         SSL_CTX_set_cipher_list(context, kCiphers) == 1;
}

std::int64_t end_of(SSL_CTX* context) {
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context)), &end) != 1) return 0;
  return timegm(&end);
}

}  // namespace

TlsContext::TlsContext(const TlsOptions& options)
    : certificate_(options.certificate), key_(options.key) {}

TlsContext::Stamp TlsContext::stamp_of(const std::string& path) {
  struct stat told{};
  if (::stat(path.c_str(), &told) != 0) return {};
  constexpr std::int64_t kNanosPerSecond = 1'000'000'000;
  return {.file = told.st_ino,
          .device = told.st_dev,
          .bytes = told.st_size,
          .changed = told.st_mtim.tv_sec * kNanosPerSecond + told.st_mtim.tv_nsec};
}

TlsContext::Stamps TlsContext::look() const {
  return {.certificate = stamp_of(certificate_), .key = stamp_of(key_)};
}

base::Status TlsContext::take() {
  ERR_clear_error();
  const Context made(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!made || !set_terms(made.get())) {
    return Error(ErrorCode::Unavailable, "TLS cannot be set up: " + last_reason());
  }
  if (auto used = use_certificate(made.get(), certificate_); !used) return used;
  if (auto used = use_key(made.get(), {.certificate = certificate_, .key = key_}); !used) {
    return used;
  }
  expires_ = end_of(made.get());
  const std::lock_guard lock(mutex_);
  context_ = made;
  return base::ok;
}

base::Result<std::unique_ptr<TlsContext>> TlsContext::load(const TlsOptions& options) {
  std::unique_ptr<TlsContext> self(new TlsContext(options));
  self->taken_ = self->seen_ = self->look();
  if (auto taken = self->take(); !taken) return taken.error();
  return self;
}

base::Result<bool> TlsContext::renew() {
  const Stamps now = look();
  // Whoever renews writes one file after the other: they are read when they have come to rest.
  const bool at_rest = now == std::exchange(seen_, now);
  if (!at_rest || now == taken_) return false;
  taken_ = now;  // also if they cannot be used: told once
  if (auto taken = take(); !taken) return taken.error();
  return true;
}

SSL* TlsContext::new_session() const {
  Context context;
  {
    const std::lock_guard lock(mutex_);
    context = context_;
  }
  return SSL_new(context.get());
}

}  // namespace tidemark::http::network
