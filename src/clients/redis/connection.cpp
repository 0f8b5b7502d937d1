#include "clients/redis/connection.hpp"

#include <array>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/socket.h>

#include "base/check.hpp"
#include "clients/redis/first_server.hpp"
#include "clients/redis/library.hpp"
#include "clients/redis/tls.hpp"

namespace tidemark::clients::redis {
namespace {

using base::Error;
using base::ErrorCode;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = std::size_t{64} << 10U;

Error unavailable(std::string_view why) {
  return Error::foreign(ErrorCode::Unavailable, "Redis: " + std::string(why));
}

Error system_failure(int number) { return unavailable(std::generic_category().message(number)); }

Reply to_value(const redisReply& from) {
  Reply reply;
  switch (from.type) {
    case REDIS_REPLY_INTEGER:
      reply.kind = Reply::Kind::Integer;
      reply.integer = from.integer;
      break;
    case REDIS_REPLY_STRING:
      reply.kind = Reply::Kind::Text;
      break;
    case REDIS_REPLY_STATUS:
      reply.kind = Reply::Kind::Status;
      break;
    case REDIS_REPLY_ERROR:
      reply.kind = Reply::Kind::Error;
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = Reply::Kind::List;
      reply.items.reserve(from.elements);
      for (std::size_t i = 0; i < from.elements; ++i) {
        reply.items.push_back(to_value(*from.element[i]));
      }
      break;
    default:
      break;
  }
  if (from.str != nullptr) reply.text.assign(from.str, from.len);
  return reply;
}

/// A command in the form of the protocol: the number of words, then each with its length.
void encode(Words words, std::string& out) {
  const auto head = [&out](char mark, std::size_t number) {
    out += mark;
    out += std::to_string(number);
    out += "\r\n";
  };
  head('*', words.size());
  for (const auto word : words) {
    head('$', word.size());
    out += word;
    out += "\r\n";
  }
}

}  // namespace

/// The socket with what waits to be sent. The library connects and reads replies; sending and
/// waiting are ours, so that one deadline holds for all of an exchange, however slowly it trickles.
struct Connection::Wire {
  Options options;
  Context context;
  std::unique_ptr<TlsStream> tls = nullptr;  ///< null: in the clear
  std::string out = {};
  std::size_t sent = 0;
  std::size_t outstanding = 0;
  std::size_t bytes_of_reply = 0;
  Clock::time_point deadline = {};
  bool under_way = false;  ///< the deadline runs
  bool broken = false;
  bool is_of_no_use = false;  ///< the server has said so

  Error give_up(const Error& error) {
    broken = true;
    return error;
  }

  /// Waits for one of `events`, and answers which are there.
  base::Result<short> wait_for(int events) const {
    for (;;) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return unavailable("no answer in time");
      pollfd waiting{.fd = context->fd, .events = static_cast<short>(events), .revents = 0};
      const int ready = poll(&waiting, 1, static_cast<int>(left));
      if (ready > 0) return waiting.revents;
      if (ready < 0 && errno != EINTR) return system_failure(errno);
    }
  }

  /// How much went; 0: nothing now.
  base::Result<std::size_t> put(std::span<const char> bytes) const {
    if (tls != nullptr) return tls->send(bytes);
    const auto done = ::send(context->fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (done >= 0) return static_cast<std::size_t>(done);
    if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
    return system_failure(errno);
  }

  /// How much came; 0: nothing now.
  base::Result<std::size_t> take(std::span<char> into) const {
    if (tls != nullptr) return tls->receive(into);
    const auto got = ::recv(context->fd, into.data(), into.size(), MSG_DONTWAIT);
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) return unavailable("the server closed the connection");
    if (errno == EAGAIN || errno == EINTR) return std::size_t{0};
    return system_failure(errno);
  }

  base::Status send_some() {
    const auto done = put(std::span(out).subspan(sent));
    if (!done) return done.error();
    sent += *done;
    assert(sent <= out.size());
    if (sent == out.size()) {
      out.clear();
      sent = 0;
    }
    return base::ok;
  }

  base::Status receive_some() {
    std::array<char, kReadBytes> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): is read
    for (;;) {
      const auto got = take(piece);
      if (!got) return got.error();
      if (*got == 0) return base::ok;
      bytes_of_reply += *got;
      if (bytes_of_reply > options.reply_bytes_max) {
        return unavailable("the answer is too large");
      }
      if (redisReaderFeed(context->reader, piece.data(), *got) != REDIS_OK) {
        return unavailable(&context->reader->errstr[0]);
      }
      // Poll does not show bytes that TLS has decrypted already.
      if (tls == nullptr) return base::ok;
    }
  }

  base::Result<LibraryReply> next_reply() {
    for (;;) {
      void* reply = nullptr;
      if (redisReaderGetReply(context->reader, &reply) != REDIS_OK) {
        return unavailable(&context->reader->errstr[0]);
      }
      if (reply != nullptr) return LibraryReply(static_cast<redisReply*>(reply));
      const bool sending = !out.empty();
      auto ready = wait_for(sending ? POLLIN | POLLOUT : POLLIN);
      if (!ready) return ready.error();
      if (sending && (*ready & POLLOUT) != 0) {
        if (auto done = send_some(); !done) return done.error();
      }
      if ((*ready & ~POLLOUT) != 0) {
        if (auto done = receive_some(); !done) return done.error();
      }
    }
  }

  base::Status connect(const Address& address) {
    assert(!context);
    context.reset(address.path.empty() ? redisConnectNonBlock(address.host.c_str(), address.port)
                                       : redisConnectUnixNonBlock(address.path.c_str()));
    if (!context) return unavailable("not enough memory to connect");
    if (context->err != 0) return unavailable(&context->errstr[0]);
    auto ready = wait_for(POLLOUT);
    if (!ready) return ready.error();
    int fault = 0;
    socklen_t length = sizeof fault;
    getsockopt(context->fd, SOL_SOCKET, SO_ERROR, &fault, &length);
    if (fault != 0) return system_failure(fault);
    // A server that has vanished is noticed even by a connection that only waits.
    if (address.path.empty()) redisEnableKeepAlive(context.get());
    return address.tls.wanted ? begin_tls(address) : base::Status(base::ok);
  }

  base::Status begin_tls(const Address& address) {
    auto opened = TlsStream::open(context->fd, address.tls, address.host);
    if (!opened) return opened.error();
    tls = std::move(*opened);
    for (;;) {
      const auto done = tls->greet();
      if (!done) return done.error();
      if (*done) return base::ok;
      // One that speaks none takes our greeting for the beginning of a command.
      if (auto ready = wait_for(tls->wants()); !ready) {
        return unavailable("no greeting in time: does the server speak TLS at this port?");
      }
    }
  }
};

Connection::Connection(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}
Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

base::Result<Connection> Connection::open(const Address& address, Options options) {
  if (address.is_of_several()) return open_first_server(address, options);
  const auto doing = "connecting to " + address.printable();
  Connection self(std::make_unique<Wire>(Wire{.options = std::move(options), .context = {}}));
  auto& wire = *self.wire_;
  wire.deadline = Clock::now() + wire.options.connect_max;
  wire.under_way = true;
  if (auto connected = wire.connect(address); !connected) {
    return connected.error().while_doing(doing);
  }
  if (!address.password.empty()) {
    if (address.user.empty()) {
      self.append({"AUTH", address.password});
    } else {
      self.append({"AUTH", address.user, address.password});
    }
  }
  // Sentinels have none to select.
  if (address.database != 0) self.append({"SELECT", std::to_string(address.database)});
  self.append({"CLIENT", "SETNAME", wire.options.name});
  while (self.outstanding() > 0) {
    auto reply = self.read();
    if (!reply) return reply.error().while_doing(doing);
    if (reply->kind == Reply::Kind::Error) return error_from(*reply).while_doing(doing);
  }
  return self;
}

void Connection::append(Words words) {
  TIDEMARK_CHECK(!words.empty());
  encode(words, wire_->out);
  ++wire_->outstanding;
}

base::Result<Reply> Connection::read(std::chrono::milliseconds blocks) {
  TIDEMARK_CHECK(wire_->outstanding > 0);
  if (wire_->broken) return unavailable("the connection was lost");
  if (!wire_->under_way) {
    wire_->deadline = Clock::now() + wire_->options.command_max + blocks;
    wire_->under_way = true;
  }
  auto reply = wire_->next_reply();
  if (!reply) return wire_->give_up(reply.error());
  wire_->bytes_of_reply = 0;
  --wire_->outstanding;
  wire_->under_way = wire_->outstanding > 0;
  auto value = to_value(**reply);
  if (tells_of_wrong_server(value)) wire_->is_of_no_use = true;
  return value;
}

base::Result<Reply> Connection::command(Words words, std::chrono::milliseconds blocks) {
  TIDEMARK_CHECK(wire_->outstanding == 0 || wire_->broken);
  append(words);
  auto reply = read(blocks);
  if (!reply) return reply.error();
  if (reply->kind == Reply::Kind::Error) return error_from(*reply);
  return reply;
}

std::size_t Connection::outstanding() const { return wire_->outstanding; }

bool Connection::alive() const {
  if (wire_->broken) return false;
  if (wire_->outstanding > 0) return true;
  if (wire_->is_of_no_use) return false;
  if (wire_->tls != nullptr) return wire_->tls->is_quiet();
  // Nothing is to come: what can be read is the end, or nothing that anybody asked for.
  char next = 0;
  const auto got = ::recv(wire_->context->fd, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return got < 0 && errno == EAGAIN;
}

}  // namespace tidemark::clients::redis
