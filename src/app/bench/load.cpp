#include "app/bench/load.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/generator.hpp"

namespace tidemark::app::bench {
namespace {

using base::Error;
using base::ErrorCode;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kIdDigits = 12;  // the last group of a UUID
constexpr std::string_view kIdMark = "\"event_id\":\"";

/// One request, ready to be sent again and again with other ids.
class Request {
 public:
  Request(const LoadOptions& options, Generator& events, std::uint64_t number) {
    std::string body = "[";
    for (std::size_t i = 0; i < options.batch_events; ++i) {
      std::string line;
      events.next(line);
      line.pop_back();
      ids_.push_back(body.size() + line.find(kIdMark) + kIdMark.size());
      body += line;
      body += i + 1 < options.batch_events ? ',' : ']';
    }
    bytes_ =
        "POST /events HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n";
    for (auto& id : ids_) id += bytes_.size();
    bytes_ += body;
    // Each connection has a prefix of its own, so that ids never meet.
    char prefix[9];
    std::snprintf(prefix, sizeof prefix, "%08x", static_cast<unsigned>(number));
    for (const auto id : ids_) bytes_.replace(id, 8, prefix, 8);
  }

  void renew() {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const auto id : ids_) {
      std::uint64_t value = next_++;
      for (std::size_t i = 0; i < kIdDigits; ++i, value >>= 4) {
        bytes_[id + 35 - i] = kDigits[value & 15];
      }
    }
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
  std::vector<std::size_t> ids_;
  std::uint64_t next_ = 0;
};

struct Connection {
  explicit Connection(Request ready) : request(std::move(ready)) {}
  ~Connection() {
    if (socket >= 0) ::close(socket);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int socket = -1;
  Request request;
  std::size_t sent = 0;
  std::string answer;
  Clock::time_point begun;
  bool done = false;
};

Error failed(const char* doing) {
  return {ErrorCode::Unavailable, std::string(doing) + ": " + std::strerror(errno)};
}

class Load {
 public:
  explicit Load(const LoadOptions& options)
      : options_(options), poll_(epoll_create1(EPOLL_CLOEXEC)) {}
  ~Load() { ::close(poll_); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  base::Status connect_all();
  base::Result<LoadReport> run();

 private:
  base::Status begin(Connection& connection);
  base::Status send_more(Connection& connection);
  base::Status receive(Connection& connection);
  /// Length of a whole answer at the start of `answer`, 0 while it is incomplete.
  static std::size_t whole_answer(const std::string& answer);
  void count(Connection& connection);

  LoadOptions options_;
  int poll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::array<char, 16'384> received_{};
  LoadReport report_;
  Clock::time_point end_;
  std::size_t running_ = 0;
};

base::Status Load::connect_all() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(options_.port);
  if (inet_pton(AF_INET, options_.host.c_str(), &address.sin_addr) != 1) {
    return Error{ErrorCode::InvalidInput,
                 "the bench wants an IPv4 address, received " + options_.host};
  }
  Generator events({.events = options_.connections * options_.batch_events + 1,
                    .users = options_.users,
                    .days = 30,
                    .seed = options_.seed});
  for (std::size_t i = 0; i < options_.connections; ++i) {
    auto connection = std::make_unique<Connection>(
        Request(options_, events, static_cast<std::uint64_t>(options_.seed * 65'536 + i)));
    connection->socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->socket < 0) return failed("socket");
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(connection->socket, generic, sizeof address) != 0) return failed("connect");
    const int on = 1;
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    fcntl(connection->socket, F_SETFL, O_NONBLOCK);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLET;
    event.data.ptr = connection.get();
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, connection->socket, &event) != 0)
      return failed("epoll_ctl");
    connections_.push_back(std::move(connection));
  }
  return base::ok;
}

base::Status Load::begin(Connection& connection) {
  if (Clock::now() >= end_) {
    connection.done = true;
    --running_;
    return base::ok;
  }
  connection.request.renew();
  connection.sent = 0;
  connection.answer.clear();
  connection.begun = Clock::now();
  return send_more(connection);
}

base::Status Load::send_more(Connection& connection) {
  const auto& bytes = connection.request.bytes();
  while (connection.sent < bytes.size()) {
    const auto sent = ::send(connection.socket, bytes.data() + connection.sent,
                             bytes.size() - connection.sent, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EAGAIN) return base::ok;
      return failed("send");
    }
    connection.sent += static_cast<std::size_t>(sent);
  }
  return base::ok;
}

std::size_t Load::whole_answer(const std::string& answer) {
  const auto head = answer.find("\r\n\r\n");
  if (head == std::string::npos) return 0;
  const auto length = answer.find("Content-Length: ");
  if (length == std::string::npos || length > head) return head + 4;
  const auto size = std::strtoull(answer.c_str() + length + 16, nullptr, 10);
  const std::size_t whole = head + 4 + size;
  return answer.size() >= whole ? whole : 0;
}

base::Status Load::receive(Connection& connection) {
  for (;;) {
    const auto got = ::recv(connection.socket, received_.data(), received_.size(), 0);
    if (got == 0) return Error{ErrorCode::Unavailable, "the service closed a connection"};
    if (got < 0) {
      if (errno == EAGAIN) return base::ok;
      return failed("recv");
    }
    connection.answer.append(received_.data(), static_cast<std::size_t>(got));
    if (whole_answer(connection.answer) > 0) {
      count(connection);
      auto begun = begin(connection);
      if (!begun || connection.done) return begun;
    }
  }
}

void Load::count(Connection& connection) {
  ++report_.requests;
  if (connection.answer.compare(9, 3, "202") == 0) {
    report_.events += options_.batch_events;
  } else {
    ++report_.refused;
  }
  const std::chrono::duration<float, std::milli> took = Clock::now() - connection.begun;
  report_.latencies_ms.push_back(took.count());
}

base::Result<LoadReport> Load::run() {
  const auto begun = Clock::now();
  end_ = begun + std::chrono::duration_cast<Clock::duration>(options_.duration);
  running_ = connections_.size();
  for (const auto& connection : connections_) {
    auto first = begin(*connection);
    if (!first) return first.error();
  }
  std::array<epoll_event, 256> events{};
  while (running_ > 0) {
    const int ready = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), 10'000);
    if (ready == 0) return Error{ErrorCode::TimedOut, "no answer within 10 s"};
    for (int i = 0; i < ready; ++i) {
      auto& connection = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (connection.done) continue;
      auto sent = send_more(connection);
      if (!sent) return sent.error();
      auto received = receive(connection);
      if (!received) return received.error();
    }
  }
  report_.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  std::ranges::sort(report_.latencies_ms);
  return std::move(report_);
}

}  // namespace

double LoadReport::percentile_ms(double share) const {
  if (latencies_ms.empty()) return 0;
  const auto last = static_cast<double>(latencies_ms.size() - 1);
  return latencies_ms[static_cast<std::size_t>(last * share)];
}

base::Result<LoadReport> run_load(const LoadOptions& options) {
  Load load(options);
  auto connected = load.connect_all();
  if (!connected) return connected.error();
  return load.run();
}

}  // namespace tidemark::app::bench
