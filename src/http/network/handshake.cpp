// How a connection over TLS begins: with a handshake, before its first request.

#include "http/network/connection.hpp"

namespace tidemark::http::network {

/// False: there is nobody to serve. All of it has the time of one header, from the moment in which
/// the client connected: before it is done the server knows nobody who may be slow.
Task<bool> Connection::shake_hands() {
  if (shared_.draining) co_return false;
  // It makes way for others as one that waits for a request, unless it has no place to give.
  if (!refused_at_once_) loop_.awaits_request(*this);
  wait(Waits::Idle, shared_.options.limits.header_max);
  auto fault = co_await transport_.await_hello();
  if (!fault) {
    loop_.handshake_begins(*this);
    fault = co_await transport_.shake_hands();
    loop_.handshake_ends(*this);
  }
  loop_.awaits_nothing(*this);
  if (!fault) co_return true;
  if (terminated_ || made_way_ || shared_.draining) co_return false;
  HandshakeFault why = expired_ ? HandshakeFault::TimedOut : *fault;
  if (crowded_out_) why = HandshakeFault::Crowded;
  shared_.parts.observer.handshake_failed(why);
  if (why == HandshakeFault::PlainHttp) co_await refuse_plain_http();
  co_return false;
}

void Connection::crowd_out() {
  crowded_out_ = true;
  transport_.cancel();
}

/// In plain words, which is all that this client understands.
Task<void> Connection::refuse_plain_http() {
  begin();
  request_->id = loop_.new_id();
  keep_alive_ = false;
  response_ = problems::malformed("This port speaks TLS; ask for https:// instead of http://.");
  const bool written = co_await write_answer();
  if (written) co_await linger();
}

}  // namespace tidemark::http::network
