#include "support/raw_http.hpp"

#include <array>
#include <cerrno>
#include <charconv>

#include <arpa/inet.h>
#include <boost/json/parse.hpp>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "http/request.hpp"

namespace tidemark::testing_support {
namespace {

std::size_t number_in(std::string_view text, int base) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number, base);
  return number;
}

}  // namespace

std::optional<std::string> RawAnswer::header(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const auto end = std::min(rest.find("\r\n"), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 2, rest.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    if (!http::equal_ignoring_case(line.substr(0, colon), name)) continue;
    const auto value = line.substr(colon + 1);
    return std::string(value.substr(std::min(value.find_first_not_of(' '), value.size())));
  }
  return std::nullopt;
}

boost::json::value RawAnswer::json() const {
  boost::system::error_code unreadable;
  auto value = boost::json::parse(body, unreadable);
  if (unreadable) return nullptr;
  return value;
}

RawConnection::RawConnection(std::uint16_t port, int receive_bytes, const std::string& from)
    : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  if (receive_bytes > 0) {
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  }
  const timeval patience{.tv_sec = 20, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (!from.empty()) {
    const int later = 1;  // the port is chosen when the other end is known: more of them are free
    ::setsockopt(socket_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &later, sizeof later);
    ::inet_pton(AF_INET, from.c_str(), &address.sin_addr);
    std::ignore = ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  }
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // What fails here is seen by whoever reads.
  std::ignore = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

RawConnection::~RawConnection() { ::close(socket_); }

bool RawConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::optional<std::size_t> RawConnection::offer(std::string_view bytes) {
  const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0) return static_cast<std::size_t>(sent);
  if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
  return std::nullopt;
}

bool RawConnection::forget_what_came() {
  std::array<char, 65'536> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): read into
  for (;;) {
    const auto got = ::recv(socket_, piece.data(), piece.size(), MSG_DONTWAIT);
    if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }
}

bool RawConnection::is_given_up() const {
  pollfd asked{.fd = socket_, .events = POLLRDHUP, .revents = 0};
  return ::poll(&asked, 1, 0) > 0 && (asked.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

void RawConnection::end() { ::shutdown(socket_, SHUT_WR); }

bool RawConnection::fill() {
  std::array<char, 65'536> piece{};
  const auto got = ::recv(socket_, piece.data(), piece.size(), 0);
  if (got <= 0) return false;
  buffer_.append(piece.data(), static_cast<std::size_t>(got));
  return true;
}

std::optional<std::string> RawConnection::take_through(std::string_view mark) {
  auto at = buffer_.find(mark);
  while (at == std::string::npos) {
    if (!fill()) return std::nullopt;
    at = buffer_.find(mark);
  }
  return take(at + mark.size());
}

std::optional<std::string> RawConnection::take(std::size_t bytes) {
  while (buffer_.size() < bytes) {
    if (!fill()) return std::nullopt;
  }
  std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return taken;
}

std::optional<std::string> RawConnection::read_chunk() {
  const auto line = take_through("\r\n");
  if (!line) return std::nullopt;
  const auto size = number_in(*line, 16);
  auto chunk = take(size + 2);
  if (chunk) chunk->resize(size);
  return chunk;
}

std::optional<std::string> RawConnection::take_chunks() {
  std::string body;
  for (;;) {
    const auto chunk = read_chunk();
    if (!chunk) return std::nullopt;
    if (chunk->empty()) return body;
    body += *chunk;
  }
}

RawAnswer RawConnection::read_answer(bool without_body) {
  RawAnswer answer;
  auto head = take_through("\r\n\r\n");
  if (!head || !head->starts_with("HTTP/1.1 ")) return answer;
  answer.head = std::move(*head);
  answer.status = static_cast<int>(number_in(answer.head.substr(9, 3), 10));
  if (without_body || answer.status < 200 || answer.status == 204 || answer.status == 304) {
    return answer;
  }
  const auto length = answer.header("Content-Length");
  const auto body = length ? take(number_in(*length, 10)) : take_chunks();
  if (!body) return {};
  answer.body = *body;
  return answer;
}

bool RawConnection::is_closed() { return buffer_.empty() && !fill(); }

RawAnswer ask(std::uint16_t port, std::string_view bytes) {
  RawConnection connection(port);
  connection.send(bytes);
  connection.end();
  return connection.read_answer();
}

std::string bytes_of(const Post& post) {
  std::string bytes = "POST " + post.target + " HTTP/1.1\r\nHost: localhost\r\n" + post.fields;
  if (!post.type.empty()) bytes += "Content-Type: " + post.type + "\r\n";
  return bytes + "Content-Length: " + std::to_string(post.body.size()) + "\r\n\r\n" + post.body;
}

std::string bytes_of(std::string_view method, std::string_view target, std::string_view fields) {
  return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" +
         std::string(fields) + "\r\n";
}

}  // namespace tidemark::testing_support
