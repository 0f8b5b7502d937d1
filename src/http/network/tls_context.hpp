#pragma once

/// The certificate of a server: what new TLS connections begin with, and its renewal.

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include <openssl/types.h>
#include <sys/stat.h>

#include "base/result.hpp"
#include "http/server.hpp"

namespace tidemark::http::network {

/// Promise:  TLS 1.2 with ephemeral keys and authenticated ciphers, TLS 1.3, and HTTP/1.1; nothing
///           is renegotiated or compressed. A pair of files that cannot be used replaces nothing.
/// Threads:  `renew`: one at a time; the rest: any.
class TlsContext {
 public:
  /// Reads both files. Error: says which file cannot be used, why, and what to do.
  [[nodiscard]] static base::Result<std::unique_ptr<TlsContext>> load(const TlsOptions& options);

  /// See `Server::renew_certificate`.
  [[nodiscard]] base::Result<bool> renew();
  /// When the certificate in use ends, in seconds of Unix time.
  [[nodiscard]] std::int64_t expires() const noexcept { return expires_; }
  /// The library's side of a new connection, which its caller frees. Null: there is no memory.
  [[nodiscard]] SSL* new_session() const;

 private:
  /// What `stat` tells of a file; of one that is not there, nothing.
  struct Stamp {
    ino_t file = 0;
    dev_t device = 0;
    off_t bytes = 0;
    std::int64_t changed = 0;  // nanoseconds
    bool operator==(const Stamp&) const = default;
  };
  struct Stamps {
    Stamp certificate;
    Stamp key;
    bool operator==(const Stamps&) const = default;
  };
  using Context = std::shared_ptr<SSL_CTX>;

  explicit TlsContext(const TlsOptions& options);
  [[nodiscard]] static Stamp stamp_of(const std::string& path);
  [[nodiscard]] Stamps look() const;
  base::Status take();

  const std::string certificate_;
  const std::string key_;
  Stamps taken_;  // of the files that were read last
  Stamps seen_;   // at the last look
  mutable std::mutex mutex_;
  Context context_;  // under mutex_
  std::atomic<std::int64_t> expires_{0};
};

}  // namespace tidemark::http::network
