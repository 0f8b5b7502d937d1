#pragma once

/// One client: reads requests, gets them answered, and writes the answers in order.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <boost/asio/cancellation_signal.hpp>

#include "http/network/input.hpp"
#include "http/network/loop.hpp"
#include "http/network/message_parser.hpp"
#include "http/network/shared.hpp"
#include "http/network/transport.hpp"
#include "http/response.hpp"
#include "http/router.hpp"
#include "http/task.hpp"

namespace tidemark::http::network {

/// Promise:  one visible loop (`serve`), and every wait in it has a deadline.
/// Threads:  its loop's thread only.
/// Lifetime: its coroutine holds it.
class Connection {
 public:
  Connection(Shared& shared, Loop& loop, Socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// The coroutine of a connection. `self` keeps it alive.
  static Task<void> serve(std::shared_ptr<Connection> self);
  /// Sends 503 to a connection that is one too many.
  static Task<void> refuse(std::shared_ptr<Connection> self);

  /// The loop's timer calls it: ends a wait that took too long, and notices that a client has gone.
  void look(std::chrono::steady_clock::time_point now);
  void drain();
  void terminate();
  /// Ends the wait for a request, in silence.
  void make_way();
  /// Ends a handshake, as the oldest of too many.
  void crowd_out();

  [[nodiscard]] bool made_way() const noexcept { return made_way_; }

  [[nodiscard]] boost::asio::cancellation_slot slot() { return terminal_.slot(); }

  Connection* next = nullptr;  // for the loop's list
  Connection* previous = nullptr;
  Connection* waits_behind = nullptr;  // for the loop's list of connections that wait for a request
  Connection* waits_before = nullptr;

 private:
  using Clock = std::chrono::steady_clock;
  enum class Waits : std::uint8_t { Idle, Header, Body, Handler, Write, Linger };
  /// How a step of reading ended.
  enum class Got : std::uint8_t { Whole, Nothing, Refused };

  Task<bool> shake_hands();
  Task<void> refuse_plain_http();
  Task<bool> serve_one();
  Task<Got> read_head();
  Task<bool> fill();
  Got parse_head(std::size_t head_bytes);
  Got check_head();
  Got look_at_partial_head();
  bool find_route();
  bool take_token();
  Task<void> ask_for_token();
  bool screen();
  bool check_body_kind();
  bool check_length();
  bool prepare_request();
  Task<Got> read_body();
  Task<Got> read_sized_body();
  Task<Got> read_chunked_body();
  Task<Got> hold_body(std::size_t bytes);
  std::size_t next_body_room(std::size_t at_least);
  void wait_for_body();
  [[nodiscard]] Problem late_body() const;
  void send_continue();
  Task<void> answer();
  Task<void> run_handler();
  Task<void> answer_on(WorkerPool* lane);
  void watch_client();
  void charge_rest();
  void hold_answer();
  Task<bool> write_answer();
  Task<bool> write_stream();
  static Task<base::Result<std::string>> next_piece(std::shared_ptr<BodyStream> stream);
  Task<bool> write(std::string_view first, std::string_view second, std::string_view third = {});
  Task<bool> skip_rest();
  Task<void> linger();
  std::size_t drop(Transport::Error& error);
  void release_request();

  Got refused(Problem problem);
  void begin();
  void wait(Waits what, Clock::duration at_most);
  void wait_until(Waits what, Clock::time_point deadline);
  void look_after_client(Clock::time_point now);
  [[nodiscard]] bool too_slow(Clock::time_point now);
  void finished(bool delivered);
  [[nodiscard]] std::size_t body_bytes_max() const;

  Shared& shared_;
  Loop& loop_;
  Transport transport_;
  Address peer_;
  Input input_;
  boost::asio::cancellation_signal terminal_;

  // The current wait; the loop's timer ends it.
  Waits waits_ = Waits::Idle;
  Clock::time_point deadline_ = Clock::time_point::max();
  bool expired_ = false;
  bool too_slow_ = false;
  std::size_t moved_ = 0;       // bytes of the body that came, or of the answer that were taken
  std::size_t moved_then_ = 0;  // its value at the last look
  std::optional<Clock::time_point> paced_since_;
  bool terminated_ = false;
  bool gone_ = false;
  bool made_way_ = false;
  std::optional<Clock::time_point> half_closed_since_;
  Clock::time_point next_look_;  // when to look next at the client of a stream

  // The current request.
  RequestPtr request_;
  bool reusable_ = false;  // only this connection has seen request_
  std::optional<MessageParser> parser_;
  Route route_;
  Response response_;
  MemoryBudget::Hold answer_memory_;
  std::optional<RateDecision> rate_;
  std::stop_source stop_{std::nostopstate};
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  std::uint64_t unread_ = 0;  // bytes of the body that have still to come
  bool body_read_ = true;
  bool keep_alive_ = true;
  bool expects_continue_ = false;
  bool crowded_out_ = false;
  bool refused_at_once_ = false;  // one connection too many
  bool lingers_ = false;          // the client may still send after the last answer
  std::string out_;
};

}  // namespace tidemark::http::network
