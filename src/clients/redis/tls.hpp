#pragma once

/// TLS over a connected socket that does not block. OpenSSL is used only here.

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"
#include "clients/redis/address.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace tidemark::clients::redis {

/// Promise:  every received byte comes from a server whose certificate for its name an authority
///           has signed; nothing is sent before that is known.
/// Errors:   Unavailable, with what is wrong with a certificate or a file.
/// Threads:  one at a time.
/// Lifetime: the socket must outlive it.
class TlsStream {
 public:
  /// `host`: the name that the server must have, unless `tls` gives another one.
  static base::Result<std::unique_ptr<TlsStream>> open(int socket, const Tls& tls,
                                                       const std::string& host);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// The poll events that an unfinished step waits for.
  [[nodiscard]] short wants() const { return wants_; }

  /// One step of the greeting; true: the greeting is done.
  base::Result<bool> greet();
  /// The number of bytes sent; 0: none can be sent now.
  base::Result<std::size_t> send(std::span<const char> bytes);
  /// The number of bytes read; 0: there are none now. Read until it returns 0, because poll does
  /// not show bytes that are left here.
  base::Result<std::size_t> receive(std::span<char> into);
  /// Whether there is nothing to read, and the server has not hung up.
  [[nodiscard]] bool is_quiet();

 private:
  TlsStream() = default;
  base::Result<std::size_t> outcome(int done, const char* doing);

  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_{nullptr, nullptr};
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> stream_{nullptr, nullptr};
  short wants_ = 0;
};

}  // namespace tidemark::clients::redis
