#pragma once

/// The bytes of one connection, whatever carries them: the only code that knows the connection's
/// socket.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/address.hpp"
#include "http/observer.hpp"
#include "http/task.hpp"

namespace tidemark::http::network {

class TlsContext;
class TlsSession;

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;

/// What is known about the client without reading.
enum class ClientIs : std::uint8_t {
  There,
  Silent,  ///< it sends no more, and may still wait for its answer
  Gone,
};

/// A plain socket, or TLS over one.
///
/// Order:    where `wants_handshake`, `await_hello` and `shake_hands` come first. After `cancel`
/// and `close`, pending
///           waits end with operation_aborted.
/// Errors:   as Asio reports them; what cannot be set or ended here fails again at the next read.
/// Threads:  one, that of its loop.
/// Lifetime: buffers must live until the wait is over.
/// Cost:     of a plain one, no more than the socket's own calls.
class Transport {
 public:
  using Error = boost::system::error_code;
  using Room = boost::asio::mutable_buffer;
  /// What an answer is written from; the first that is not taken must come again.
  using Pieces = std::array<boost::asio::const_buffer, 3>;
  /// How a wait ended, and the number of bytes that were moved.
  using Moved = std::tuple<Error, std::size_t>;

  /// With a context it speaks TLS; the context must outlive it.
  explicit Transport(Socket socket, const TlsContext* tls = nullptr);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// The address of the client; none if the client has left already.
  [[nodiscard]] Address peer() const;

  [[nodiscard]] bool wants_handshake() const noexcept { return context_ != nullptr; }
  /// Waits until the client begins with TLS, and costs nothing but the socket until then.
  Task<std::optional<HandshakeFault>> await_hello();
  /// Nothing: TLS is spoken from now on. After a fault the socket is plain.
  Task<std::optional<HandshakeFault>> shake_hands();
  /// What is read and written travels over TLS.
  [[nodiscard]] bool is_tls() const noexcept { return session_ != nullptr; }

  /// Reads the bytes that are there. 0 without an error: there are none.
  std::size_t read_now(Room room, Error& error);
  /// Writes what the socket takes at once. 0 without an error: it takes nothing.
  std::size_t write_now(const Pieces& pieces, Error& error) {
    if (session_) return write_tls_now(pieces, error);
    const std::size_t sent = socket_.write_some(pieces, error);
    forgive_waiting(error);
    return sent;
  }
  /// Writes a short line if the socket takes it at once; nobody waits for it.
  void say(std::string_view line);

  /// Waits for some bytes.
  Task<Moved> read(Room room) {
    if (session_) return read_tls(room);
    return socket_.async_read_some(room, kAsTuple);
  }
  /// Waits until some bytes are taken.
  Task<Moved> write(const Pieces& pieces) {
    if (session_) return write_tls(pieces);
    return socket_.async_write_some(pieces, kAsTuple);
  }
  /// Waits until the socket has something to read, or the client has ended: (Error).
  Task<std::tuple<Error>> wait_for_more() {
    return socket_.async_wait(Socket::wait_read, kAsTuple);
  }

  /// About how many bytes can be read at once.
  [[nodiscard]] std::size_t available() const;
  [[nodiscard]] ClientIs look_at_client();
  /// Bounds the bytes of an answer that the system keeps for a client that does not read; more wait
  /// here.
  void bound_unsent(int bytes_max);

  /// Ends every wait.
  void cancel();
  /// Tells the client that nothing more comes. What it still sends can be read, but only to drop
  /// it: of TLS it is what the socket has.
  void end_sending();
  /// The same in both directions.
  void end();
  /// Gives the socket back at once.
  void close();

 private:
  static constexpr auto kAsTuple = boost::asio::as_tuple(boost::asio::use_awaitable_t<Executor>{});

  /// Clears the error that says that a call would have to wait.
  static void forgive_waiting(Error& error);
  std::size_t write_tls_now(const Pieces& pieces, Error& error);
  Task<Moved> read_tls(Room room);
  Task<Moved> write_tls(Pieces pieces);

  Socket socket_;
  const TlsContext* context_;
  std::unique_ptr<TlsSession> session_;  // null: plain, or not yet TLS
};

}  // namespace tidemark::http::network
