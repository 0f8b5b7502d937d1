#include "http/network/transport.hpp"

#include <tuple>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

namespace tidemark::http::network {
namespace net = boost::asio;
using boost::asio::ip::tcp;

Transport::Transport(Socket socket) : socket_(std::move(socket)) {
  Error error;
  socket_.non_blocking(true, error);
  socket_.set_option(tcp::no_delay(true), error);
}

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

std::size_t Transport::read_now(Room room, Error& error) {
  const std::size_t count = socket_.read_some(net::mutable_buffer(room), error);
  forgive_waiting(error);
  return count;
}

void Transport::forgive_waiting(Error& error) {
  if (error == net::error::would_block || error == net::error::try_again) error = {};
}

std::size_t Transport::available() const {
  Error error;  // nothing known is nothing there
  return socket_.available(error);
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
  Error error;  // the client may have left first; there is nothing to do about it
  socket_.shutdown(tcp::socket::shutdown_send, error);
}

void Transport::end() {
  Error error;  // as above
  socket_.shutdown(tcp::socket::shutdown_both, error);
}

void Transport::close() {
  Error error;
  socket_.close(error);
}

}  // namespace tidemark::http::network
