#include "app/bench/load.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace tidemark::app::bench {
namespace {

using base::Error;
using base::ErrorCode;
using Clock = std::chrono::steady_clock;

constexpr int kPatienceMs = 10'000;  // for an answer

Error failed(const char* doing) {
  return {ErrorCode::Unavailable, std::string(doing) + ": " + std::strerror(errno)};
}

/// A descriptor that is closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

struct Connection {
  Connection(int descriptor, RequestTemplate ready)
      : socket(descriptor), request(std::move(ready)) {}

  Descriptor socket;
  RequestTemplate request;
  std::size_t sent = 0;
  std::string answer;
  Clock::time_point since;  // what its latency counts from
  bool busy = false;
};

/// The instants of an open loop, evenly spread.
class Schedule {
 public:
  Schedule(double per_second, Clock::time_point begin) : per_second_(per_second), begin_(begin) {}
  [[nodiscard]] Clock::time_point next() const {
    const std::chrono::duration<double> after(static_cast<double>(number_) / per_second_);
    return begin_ + std::chrono::duration_cast<Clock::duration>(after);
  }
  void advance() { ++number_; }

 private:
  double per_second_;
  Clock::time_point begin_;
  std::uint64_t number_ = 0;
};

class Load {
 public:
  explicit Load(const LoadOptions& options)
      : options_(options),
        users_(options.users, options.seed),
        poll_(epoll_create1(EPOLL_CLOEXEC)),
        timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) {}

  base::Status connect_all();
  base::Result<LoadReport> run();

 private:
  base::Result<int> connect_one(const sockaddr_in& address) const;
  base::Status watch(int descriptor, Connection* connection) const;
  base::Status start();
  /// Gives idle connections what is due.
  base::Status dispatch();
  base::Status wait_for_next();
  base::Status begin(Connection& connection, Clock::time_point since);
  base::Status send_more(Connection& connection);
  base::Status receive(Connection& connection);
  base::Status answered(Connection& connection);
  [[nodiscard]] bool over() const;
  [[nodiscard]] bool open_loop() const { return options_.requests_per_second > 0; }

  LoadOptions options_;
  UserPicker users_;
  Descriptor poll_;
  Descriptor timer_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::array<char, 16'384> received_{};  // the piece of an answer that came last
  std::vector<Connection*> idle_;
  std::deque<Clock::time_point> due_;  // their time has come, and no connection was idle
  Schedule schedule_{1, {}};
  LoadReport report_;
  Clock::time_point end_;
  std::size_t busy_ = 0;
  std::uint64_t sent_events_ = 0;
};

/// Length of a whole answer at the start of `answer`, 0 while it is incomplete.
std::size_t whole_answer(const std::string& answer) {
  constexpr std::string_view kLength = "\r\ncontent-length:";
  const auto head = answer.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  const auto same = [](char a, char b) { return (a | 0x20) == (b | 0x20); };
  const auto end = answer.begin() + static_cast<std::ptrdiff_t>(head);
  const auto length = std::search(answer.begin(), end, kLength.begin(), kLength.end(), same);
  if (length == end) {
    // No length: chunks, as some peers answer; small ones, which end with the last chunk.
    return answer.ends_with("0\r\n\r\n") ? answer.size() : 0;
  }
  const auto at = static_cast<std::size_t>(length - answer.begin()) + kLength.size();
  const std::size_t whole = head + 4 + std::strtoull(answer.c_str() + at, nullptr, 10);
  return answer.size() >= whole ? whole : 0;
}

base::Result<int> Load::connect_one(const sockaddr_in& address) const {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return failed("socket");
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket, generic, sizeof address) != 0) {
    const Error error = failed("connect");
    ::close(socket);
    return error;
  }
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(socket, F_SETFL, O_NONBLOCK);
  return socket;
}

base::Status Load::watch(int descriptor, Connection* connection) const {
  epoll_event event{};
  event.events = connection != nullptr ? EPOLLIN | EPOLLOUT | EPOLLET : EPOLLIN;
  event.data.ptr = connection;
  if (epoll_ctl(poll_.number(), EPOLL_CTL_ADD, descriptor, &event) != 0) return failed("epoll_ctl");
  return base::ok;
}

base::Status Load::connect_all() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options_.port);
  const std::string host = options_.host == "localhost" ? "127.0.0.1" : options_.host;
  if (inet_pton(AF_INET, host.c_str(), &address.sin_addr) != 1) {
    return Error{ErrorCode::InvalidInput, "expected an IPv4 address, received " + options_.host};
  }
  static constexpr std::uint32_t kTemplatesOfASeed = 65'536;
  Generator events({.events = options_.connections * options_.batch_events + 1,
                    .users = options_.users,
                    .days = 30,
                    .seed = options_.seed});
  for (std::size_t i = 0; i < options_.connections; ++i) {
    const auto number = static_cast<std::uint32_t>(options_.seed * kTemplatesOfASeed + i);
    RequestTemplate request({.target = options_.target,
                             .format = options_.format,
                             .batch_events = options_.batch_events,
                             .number = number},
                            events, users_);
    auto socket = connect_one(address);
    if (!socket) return socket.error();
    connections_.push_back(std::make_unique<Connection>(*socket, std::move(request)));
    auto watched = watch(*socket, connections_.back().get());
    if (!watched) return watched;
  }
  return watch(timer_.number(), nullptr);
}

bool Load::over() const {
  if (options_.events_max > 0 && sent_events_ >= options_.events_max) return true;
  return Clock::now() >= end_;
}

base::Status Load::begin(Connection& connection, Clock::time_point since) {
  connection.request.renew();
  connection.sent = 0;
  connection.answer.clear();
  connection.since = since;
  connection.busy = true;
  ++busy_;
  sent_events_ += options_.batch_events;
  return send_more(connection);
}

base::Status Load::send_more(Connection& connection) {
  const auto& bytes = connection.request.bytes();
  while (connection.busy && connection.sent < bytes.size()) {
    const auto sent = ::send(connection.socket.number(), bytes.data() + connection.sent,
                             bytes.size() - connection.sent, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN) return base::ok;
      return failed("send");
    }
    connection.sent += static_cast<std::size_t>(sent);
  }
  return base::ok;
}

base::Status Load::receive(Connection& connection) {
  for (;;) {
    const auto got = ::recv(connection.socket.number(), received_.data(), received_.size(), 0);
    if (got == 0) return Error{ErrorCode::Unavailable, "the service closed a connection"};
    if (got < 0) {
      if (errno == EAGAIN) return base::ok;
      return failed("recv");
    }
    connection.answer.append(received_.data(), static_cast<std::size_t>(got));
    if (whole_answer(connection.answer) > 0) {
      auto next = answered(connection);
      if (!next || !connection.busy) return next;
    }
  }
}

base::Status Load::answered(Connection& connection) {
  ++report_.requests;
  if (connection.answer.compare(9, 1, "2") == 0) {
    report_.events += options_.batch_events;
  } else {
    ++report_.refused;
  }
  report_.latency.record(Clock::now() - connection.since);
  connection.busy = false;
  --busy_;
  if (open_loop()) {
    idle_.push_back(&connection);
    return dispatch();
  }
  if (over()) return base::ok;
  return begin(connection, Clock::now());
}

base::Status Load::dispatch() {
  const auto now = Clock::now();
  const bool ended = over();
  while (!ended && schedule_.next() <= now) {
    due_.push_back(schedule_.next());
    schedule_.advance();
  }
  while (!ended && !due_.empty() && !idle_.empty()) {
    Connection& connection = *idle_.back();
    idle_.pop_back();
    const auto since = due_.front();
    due_.pop_front();
    auto begun = begin(connection, since);
    if (!begun) return begun;
  }
  return base::ok;
}

base::Status Load::wait_for_next() {
  const auto next = std::min(schedule_.next(), end_).time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(next);
  itimerspec at{};
  at.it_value.tv_sec = seconds.count();
  at.it_value.tv_nsec = std::chrono::nanoseconds(next - seconds).count();
  if (timerfd_settime(timer_.number(), TFD_TIMER_ABSTIME, &at, nullptr) != 0) {
    return failed("timerfd_settime");
  }
  return base::ok;
}

base::Status Load::start() {
  if (open_loop()) {
    for (const auto& connection : connections_) idle_.push_back(connection.get());
    return wait_for_next();
  }
  for (const auto& connection : connections_) {
    auto first = begin(*connection, Clock::now());
    if (!first) return first;
  }
  return base::ok;
}

base::Result<LoadReport> Load::run() {
  const auto begun = Clock::now();
  end_ = begun + std::chrono::duration_cast<Clock::duration>(options_.duration);
  schedule_ = Schedule(open_loop() ? options_.requests_per_second : 1, begun);
  auto started = start();
  if (!started) return started.error();
  std::array<epoll_event, 256> events{};
  while (busy_ > 0 || (open_loop() && !over())) {
    const int ready =
        epoll_wait(poll_.number(), events.data(), static_cast<int>(events.size()), kPatienceMs);
    if (ready == 0) return Error{ErrorCode::TimedOut, "no answer within 10 s"};
    for (int i = 0; i < ready; ++i) {
      auto* connection = static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      base::Status went = base::ok;
      if (connection == nullptr) {
        went = dispatch();
        if (went && !over()) went = wait_for_next();
      } else if (connection->busy) {
        went = send_more(*connection);
        if (went) went = receive(*connection);
      }
      if (!went) return went.error();
    }
  }
  report_.missed = due_.size();
  const bool all_sent = options_.events_max > 0 && sent_events_ >= options_.events_max;
  for (; open_loop() && !all_sent && schedule_.next() < end_; schedule_.advance()) {
    ++report_.missed;
  }
  report_.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  return std::move(report_);
}

}  // namespace

base::Result<LoadReport> run_load(const LoadOptions& options) {
  Load load(options);
  auto connected = load.connect_all();
  if (!connected) return connected.error();
  return load.run();
}

}  // namespace tidemark::app::bench
