#pragma once

/// A network thread: one io_context, its connections, and the clock that ends their waits.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/network/shared.hpp"
#include "http/network/transport.hpp"
#include "http/network/wake.hpp"

namespace tidemark::http::network {

class Connection;

/// Order:   one timer per thread checks the deadlines of all its connections every few
///          milliseconds, instead of one timer that is set and cancelled for every read and write.
/// Threads: everything on the loop's own thread, except `context` and `join`.
class Loop {
 public:
  explicit Loop(Shared& shared);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void start();
  /// Lets the thread end when nothing is left to do, and waits for it.
  void join();

  [[nodiscard]] boost::asio::io_context& context() noexcept { return waker_->context(); }

  /// Serves a connection from now on, which must be counted in `shared` already. If it is one too
  /// many, the connection that has waited longest for a request makes way; if none waits, the new
  /// one gets 503.
  void adopt(Socket socket);
  /// Closes idle connections; the others close after their answer.
  void drain();
  /// Cuts all remaining connections.
  void terminate();

  void add(Connection& connection);
  void remove(Connection& connection) noexcept;

  /// The connection waits for a request from now on; it is the last one to make way.
  void awaits_request(Connection& connection) noexcept;
  /// The connection has got a request, or ends.
  void awaits_nothing(Connection& connection) noexcept;

  /// The connection begins a handshake. The oldest one under way ends if there are too many.
  void handshake_begins(Connection& connection);
  void handshake_ends(Connection& connection) noexcept;

  /// "Sun, 06 Nov 1994 08:49:37 GMT", made once a second.
  [[nodiscard]] std::string_view date();
  /// A new request id: 16 hex digits that do not repeat.
  [[nodiscard]] std::string new_id();

 private:
  void watch();
  void look(std::chrono::steady_clock::time_point now);
  bool make_room();
  /// Whether the connection may stay, after another one has made way if that was necessary.
  bool has_room();
  void serve(Socket socket, bool refuse);

  Shared& shared_;
  std::shared_ptr<Waker> waker_;
  boost::asio::executor_work_guard<Executor> work_;
  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer_;
  std::chrono::milliseconds tick_;
  bool watching_ = false;
  bool ending_ = false;
  Connection* first_ = nullptr;
  Connection* first_waiting_ = nullptr;  // those that wait for a request, longest first
  Connection* last_waiting_ = nullptr;
  std::vector<Connection*> handshakes_;  // under way, oldest first: some hundred
  std::int64_t date_second_ = -1;
  std::string date_;
  std::uint64_t id_state_;
  std::thread thread_;
};

}  // namespace tidemark::http::network
