#pragma once

/// One TLS connection, as a server speaks it over a socket that never blocks.

#include <cstddef>
#include <cstdint>
#include <memory>

#include <openssl/types.h>

#include "http/network/tls_context.hpp"
#include "http/network/transport.hpp"

namespace tidemark::http::network {

/// Order:    `shake_hands` until it is done, then `read` and `write` in any order. Where `write`
///           took less than it was given, the next one must begin with the first byte not taken.
/// Errors:   as those of a plain socket: `eof` when the client has ended its side.
/// Threads:  one, that of its loop.
/// Lifetime: the socket must outlive it; calls on a socket that was closed fail.
/// Cost:     no call does more than some hundred microseconds of work. The buffers of a record are
///           held only while one is on its way.
class TlsSession {
 public:
  using Error = Transport::Error;
  enum class Step : std::uint8_t { Done, AwaitsRead, AwaitsWrite, Failed };

  /// Null: there is no memory.
  [[nodiscard]] static std::unique_ptr<TlsSession> open(const TlsContext& context, Socket& socket);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Goes on with the handshake as far as the socket lets it.
  Step shake_hands();
  /// Why the handshake failed.
  [[nodiscard]] HandshakeFault fault() const noexcept { return fault_; }

  /// 0 without an error: `awaits_write` says what the socket must be waited for.
  std::size_t read(Transport::Room room, Error& error);
  std::size_t write(const Transport::Pieces& pieces, Error& error);
  [[nodiscard]] bool awaits_write() const noexcept { return awaits_write_; }
  /// Whether a read may find something before the socket says that there is more.
  [[nodiscard]] bool may_hold_more() const;
  /// Bytes that can be read whatever the socket has.
  [[nodiscard]] std::size_t held() const;

  /// Tells the client that nothing more comes (close_notify), if the socket takes it at once.
  void say_end();

 private:
  struct Wire;  // the library's way to the socket
  struct Free {
    void operator()(SSL* each) const;
  };

  TlsSession(SSL* session, Socket& socket);
  /// The error of a call that failed; none: it has to wait.
  Error outcome(int result);
  [[nodiscard]] HandshakeFault reason() const;

  Socket& socket_;
  std::unique_ptr<SSL, Free> session_;
  std::size_t left_ = 0;  // bytes that the present call may still take from the socket
  int failure_ = 0;       // of the socket, by the system's number
  bool ended_ = false;    // the socket has no more
  bool drained_ = true;   // the socket had less than was asked for
  bool awaits_write_ = false;
  bool greeted_ = false;
  bool broken_ = false;
  HandshakeFault fault_ = HandshakeFault::Gone;  // unless the library says otherwise
};

}  // namespace tidemark::http::network
