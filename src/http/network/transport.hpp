#pragma once

/// The bytes of one connection, whatever carries them: the only code that knows the connection's
/// socket.

#include <cstddef>
#include <cstdint>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "http/address.hpp"

namespace tidemark::http::network {

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

/// What is known about the client without reading.
enum class ClientIs : std::uint8_t {
  There,
  Silent,  ///< it sends no more, and may still wait for its answer
  Gone,
};

/// Order:    after `cancel` and `close`, pending waits end with operation_aborted.
/// Errors:   as Asio reports them; what cannot be set or ended here fails again at the next read.
/// Threads:  one, that of its loop.
/// Lifetime: buffers must live until the wait is over.
/// Cost:     no more than the socket's own calls.
class Transport {
 public:
  using Error = boost::system::error_code;
  using Room = boost::asio::mutable_buffer;

  explicit Transport(Socket socket);

  /// The address of the client; none if the client has left already.
  [[nodiscard]] Address peer() const;

  /// Reads the bytes that are there. 0 without an error: there are none.
  std::size_t read_now(Room room, Error& error);
  /// Writes what the socket takes at once. 0 without an error: it takes nothing.
  template <class Buffers>
  std::size_t write_now(const Buffers& buffers, Error& error) {
    const std::size_t sent = socket_.write_some(buffers, error);
    forgive_waiting(error);
    return sent;
  }

  /// Waits for some bytes: (Error, number of bytes).
  template <class Token>
  auto read(Room room, Token&& token) {
    return socket_.async_read_some(room, std::forward<Token>(token));
  }
  /// Waits until some bytes are taken: (Error, number of bytes).
  template <class Buffers, class Token>
  auto write(const Buffers& buffers, Token&& token) {
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }
  /// Waits until there is something to read, or the client has ended: (Error).
  template <class Token>
  auto wait_for_more(Token&& token) {
    return socket_.async_wait(Socket::wait_read, std::forward<Token>(token));
  }

  /// At least so many bytes can be read at once.
  [[nodiscard]] std::size_t available() const;
  [[nodiscard]] ClientIs look_at_client();
  /// Bounds the bytes of an answer that the system keeps for a client that does not read; more wait
  /// here.
  void bound_unsent(int bytes_max);

  /// Ends every wait.
  void cancel();
  /// Tells the client that nothing more comes; what the client sends can still be read.
  void end_sending();
  /// The same in both directions.
  void end();
  /// Gives the socket back at once.
  void close();

 private:
  /// Clears the error that says that a call would have to wait.
  static void forgive_waiting(Error& error);

  Socket socket_;
};

}  // namespace tidemark::http::network
