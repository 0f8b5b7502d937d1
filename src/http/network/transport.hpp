#pragma once

/// The bytes of one connection, whatever carries them: all that a connection knows of its socket.

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

/// What can be seen of the client without reading.
enum class ClientIs : std::uint8_t {
  There,
  Silent,  ///< it sends no more, and may still wait for its answer
  Gone,
};

/// Order:    after `cancel` and `close`, waits that are under way end with operation_aborted.
/// Errors:   as Asio tells them; what cannot be set or ended here fails again at the next read.
/// Threads:  one, its loop's.
/// Lifetime: buffers live until the wait is over.
/// Cost:     no more than the socket's own calls.
class Transport {
 public:
  using Error = boost::system::error_code;
  using Room = boost::asio::mutable_buffer;

  explicit Transport(Socket socket);

  /// The address of the client; none where it has left already.
  [[nodiscard]] Address peer() const;

  /// Reads what is there. 0 without an error: nothing is.
  std::size_t read_now(Room room, Error& error);
  /// Writes what is taken at once. 0 without an error: nothing is.
  template <class Buffers>
  std::size_t write_now(const Buffers& buffers, Error& error) {
    const std::size_t sent = socket_.write_some(buffers, error);
    forgive_waiting(error);
    return sent;
  }

  /// Waits for some bytes: (Error, how many).
  template <class Token>
  auto read(Room room, Token&& token) {
    return socket_.async_read_some(room, std::forward<Token>(token));
  }
  /// Waits until some bytes are taken: (Error, how many).
  template <class Buffers, class Token>
  auto write(const Buffers& buffers, Token&& token) {
    return socket_.async_write_some(buffers, std::forward<Token>(token));
  }
  /// Waits until there is something to read, or the client has ended: (Error).
  template <class Token>
  auto wait_for_more(Token&& token) {
    return socket_.async_wait(Socket::wait_read, std::forward<Token>(token));
  }

  /// So many bytes can be read at once, at least.
  [[nodiscard]] std::size_t available() const;
  [[nodiscard]] ClientIs look_at_client();
  /// So many bytes of an answer the system keeps for a client that does not read; more wait here.
  void bound_unsent(int bytes_max);

  /// Ends every wait.
  void cancel();
  /// Tells the client that nothing more comes; what it sends can still be read.
  void end_sending();
  /// The same in both directions.
  void end();
  /// Gives the socket back at once.
  void close();

 private:
  /// What would have to wait is not an error.
  static void forgive_waiting(Error& error);

  Socket socket_;
};

}  // namespace tidemark::http::network
