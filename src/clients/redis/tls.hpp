#pragma once

/// TLS over a connected socket that does not block: OpenSSL, met only here.

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "base/result.hpp"
#include "clients/redis/address.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace tidemark::clients::redis {

/// Promise:  what comes through was sent by a server whose certificate an authority has signed for
///           its name; nothing is sent before that is known.
/// Errors:   Unavailable, with what is wrong with a certificate or a file.
/// Threads:  one at a time.
/// Lifetime: the socket outlives it.
class TlsStream {
 public:
  /// `host`: whose name the server must have, unless `tls` names another.
  static base::Result<std::unique_ptr<TlsStream>> open(int socket, const Tls& tls,
                                                       const std::string& host);
  ~TlsStream();
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  /// Of a step that was not done for want of it: the poll events to wait for.
  [[nodiscard]] short wants() const { return wants_; }

  /// One step of the greeting; true: it is done.
  base::Result<bool> greet();
  /// How much was sent; 0: nothing now.
  base::Result<std::size_t> send(std::span<const char> bytes);
  /// How much was read; 0: nothing now. Read until then: what is left here no poll shows.
  base::Result<std::size_t> receive(std::span<char> into);
  /// Whether nothing is there to be read, and the server has not hung up.
  [[nodiscard]] bool is_quiet();

 private:
  TlsStream() = default;
  base::Result<std::size_t> outcome(int done, const char* doing);

  std::unique_ptr<ssl_ctx_st, void (*)(ssl_ctx_st*)> context_{nullptr, nullptr};
  std::unique_ptr<ssl_st, void (*)(ssl_st*)> stream_{nullptr, nullptr};
  short wants_ = 0;
};

}  // namespace tidemark::clients::redis
