#pragma once

/// What the server reports about itself, for logs and metrics.

#include <chrono>
#include <cstdint>
#include <string_view>

#include "http/request.hpp"

namespace tidemark::http {

/// One request that was answered, or whose client has gone.
///
/// Lifetime: the views are valid during the call.
struct Finished {
  std::string_view route;   ///< the template, "/events/{event_id}"; empty if none matched
  std::string_view target;  ///< as sent; empty if the request line could not be read
  std::string_view method;
  std::string_view request_id;
  std::string_view user_agent;
  Address peer;
  int status = 0;
  std::chrono::steady_clock::duration took{};  ///< from its first byte to the last of the answer
  std::uint64_t bytes_in = 0;                  ///< body, as sent
  std::uint64_t bytes_out = 0;                 ///< whole answer
  bool client_gone = false;                    ///< the answer was not delivered
  std::string_view cause;   ///< what failed inside, if the answer says less: Problem::cause
  std::string_view detail;  ///< the message of a 503 to its client
  bool crowded = false;     ///< it was a large request among many: Problem::crowded
};

/// Why the server closed a connection before any request.
enum class Refusal : std::uint8_t { TooManyConnections, OutOfDescriptors };

/// Why a TLS connection was closed before its first request.
enum class HandshakeFault : std::uint8_t {
  TimedOut,
  Gone,       ///< the client ended in the middle
  PlainHttp,  ///< it got a plain 400
  NotTls,     ///< what came cannot be read
  Version,    ///< the client speaks only versions that are not safe any more
  Cipher,     ///< no cipher, group or signature that both sides have
  Protocol,   ///< the client offers protocols (ALPN), and not http/1.1
  Refused,    ///< the client refused: it does not trust the certificate, most often
  Crowded,    ///< it was the oldest of too many under way
  Other,      ///< there is no memory
};

/// Threads: called on every network thread at once. Must be quick and must not throw.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void request_done(const Finished&) {}
  virtual void connection_opened() {}
  virtual void connection_closed() {}
  virtual void connection_refused(Refusal) {}
  virtual void handshake_failed(HandshakeFault) {}
  /// A connection that waited for a request was closed to make way for a new one.
  virtual void connection_made_way() {}
  /// The connection of a refused request was closed, after so many unwanted bytes; `crowded`: it
  /// had less time for them because too many others did the same.
  virtual void body_dropped(std::uint64_t /*bytes*/, bool /*crowded*/) {}
  /// A handler threw, which is a bug of ours. The client got a 500.
  virtual void handler_failed(std::string_view /*request_id*/, std::string_view /*what*/) {}
  /// A body in progress could not be read to its end: the client sees it cut off.
  virtual void body_cut_off(std::string_view /*request_id*/, std::string_view /*what*/) {}
};

}  // namespace tidemark::http
