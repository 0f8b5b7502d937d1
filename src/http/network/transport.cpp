#include "http/network/transport.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "http/network/tls_context.hpp"
#include "http/network/tls_session.hpp"

namespace tidemark::http::network {
namespace net = boost::asio;
using boost::asio::ip::tcp;

namespace {

constexpr unsigned char kHandshakeRecord = 22;  // what a TLS connection begins with

}  // namespace

Transport::Transport(Socket socket, const TlsContext* tls)
    : socket_(std::move(socket)), context_(tls) {
  Error error;
  socket_.non_blocking(true, error);
  socket_.set_option(tcp::no_delay(true), error);
}

Transport::~Transport() = default;

Address Transport::peer() const {
  Error error;
  const tcp::endpoint peer = socket_.remote_endpoint(error);
  Address address;
  if (error) return address;
  address.port = peer.port();
  const auto v6 = peer.address().is_v4()
                      ? net::ip::make_address_v6(net::ip::v4_mapped, peer.address().to_v4())
                      : peer.address().to_v6();
  address.bytes = v6.to_bytes();
  return address;
}

Task<std::optional<HandshakeFault>> Transport::await_hello() {
  const auto [silent] = co_await socket_.async_wait(Socket::wait_read, kAsTuple);
  if (silent) co_return HandshakeFault::Gone;
  unsigned char first = 0;
  const auto seen = recv(socket_.native_handle(), &first, 1, MSG_PEEK);
  if (seen <= 0) co_return HandshakeFault::Gone;
  if (first == kHandshakeRecord) co_return std::nullopt;
  const bool is_method = first >= 'A' && first <= 'Z';
  co_return is_method ? HandshakeFault::PlainHttp : HandshakeFault::NotTls;
}

Task<std::optional<HandshakeFault>> Transport::shake_hands() {
  session_ = TlsSession::open(*context_, socket_);
  if (!session_) co_return HandshakeFault::Other;
  auto step = session_->shake_hands();
  while (step == TlsSession::Step::AwaitsRead || step == TlsSession::Step::AwaitsWrite) {
    const bool writes = step == TlsSession::Step::AwaitsWrite;
    const auto direction = writes ? Socket::wait_write : Socket::wait_read;
    const auto [failed] = co_await socket_.async_wait(direction, kAsTuple);
    step = failed ? TlsSession::Step::Failed : session_->shake_hands();
  }
  if (step == TlsSession::Step::Done) co_return std::nullopt;
  const HandshakeFault fault = session_->fault();
  session_.reset();
  co_return fault;
}

std::size_t Transport::read_now(Room room, Error& error) {
  if (session_) return session_->read(room, error);
  const std::size_t count = socket_.read_some(net::mutable_buffer(room), error);
  forgive_waiting(error);
  return count;
}

std::size_t Transport::write_tls_now(const Pieces& pieces, Error& error) {
  return session_->write(pieces, error);
}

void Transport::say(std::string_view line) {
  if (session_) {
    // The library would keep half a line and take it for the beginning of the answer.
    pollfd asked{.fd = socket_.native_handle(), .events = POLLOUT, .revents = 0};
    if (poll(&asked, 1, 0) <= 0) return;
  }
  Error error;  // what fails here fails at the next read
  std::ignore = write_now({net::buffer(line)}, error);
}

Task<Transport::Moved> Transport::read_tls(Room room) {
  bool ready = session_->may_hold_more();
  for (;;) {
    if (ready) {
      Error error;
      const std::size_t count = session_->read(room, error);
      if (error || count > 0) co_return Moved(error, count);
    }
    const bool writes = ready && session_->awaits_write();
    const auto direction = writes ? Socket::wait_write : Socket::wait_read;
    const auto [failed] = co_await socket_.async_wait(direction, kAsTuple);
    if (failed) co_return Moved(failed, 0);
    ready = true;
  }
}

/// Only what `write_now` left: the socket took nothing more, or it is another connection's turn.
Task<Transport::Moved> Transport::write_tls(Pieces pieces) {
  for (;;) {
    const auto [failed] = co_await socket_.async_wait(Socket::wait_write, kAsTuple);
    if (failed) co_return Moved(failed, 0);
    Error error;
    const std::size_t count = session_->write(pieces, error);
    if (error || count > 0) co_return Moved(error, count);
  }
}

void Transport::forgive_waiting(Error& error) {
  if (error == net::error::would_block || error == net::error::try_again) error = {};
}

std::size_t Transport::available() const {
  Error error;  // nothing known is nothing there
  const std::size_t there = socket_.available(error);
  return session_ ? there + session_->held() : there;
}

ClientIs Transport::look_at_client() {
  pollfd asked{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
  if (poll(&asked, 1, 0) <= 0) return ClientIs::There;
  if (asked.revents & (POLLHUP | POLLERR)) return ClientIs::Gone;
  return asked.revents & POLLRDHUP ? ClientIs::Silent : ClientIs::There;
}

void Transport::bound_unsent(int bytes_max) {
  // A refusal leaves it as it was.
  std::ignore = setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &bytes_max,
                           sizeof(bytes_max));
}

void Transport::cancel() {
  Error error;  // a closed socket has nothing to cancel
  socket_.cancel(error);
}

void Transport::end_sending() {
  if (session_) session_->say_end();
  session_.reset();
  Error error;  // the client may have left first; there is nothing to do about it
  socket_.shutdown(tcp::socket::shutdown_send, error);
}

void Transport::end() {
  if (session_) session_->say_end();
  Error error;  // as above
  socket_.shutdown(tcp::socket::shutdown_both, error);
}

void Transport::close() {
  Error error;
  socket_.close(error);
}

}  // namespace tidemark::http::network
