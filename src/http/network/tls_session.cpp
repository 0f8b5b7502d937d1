#include "http/network/tls_session.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <tuple>

#include <boost/asio/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

namespace tidemark::http::network {
namespace net = boost::asio;

namespace {

constexpr std::size_t kRecordBytes = 16 * 1'024;   // the most that a record carries
constexpr std::size_t kWriteAtOnce = 256 * 1'024;  // then it is another connection's turn
/// The same where what comes carries nothing: one record, and what surrounds the small ones. New
/// keys, for one, take 30 bytes from a client and some microseconds from us.
constexpr std::size_t kEmptyAtOnce = 18 * 1'024;

/// What the next record carries: the same bytes for the same pieces, however often it is asked, for
/// the library remembers a record that the socket did not take.
std::string_view next_record(const Transport::Pieces& pieces, std::size_t begin) {
  static thread_local std::array<char, kRecordBytes> gathered;
  std::size_t size = 0;
  for (const net::const_buffer& whole : pieces) {
    const net::const_buffer piece = whole + begin;
    begin -= std::min(begin, whole.size());
    if (piece.size() == 0) continue;
    const auto* const bytes = static_cast<const char*>(piece.data());
    // A large piece is not copied.
    if (size == 0 && piece.size() >= kRecordBytes) return {bytes, kRecordBytes};
    const std::size_t taken = std::min(piece.size(), kRecordBytes - size);
    std::memcpy(gathered.data() + size, bytes, taken);
    size += taken;
  }
  return {gathered.data(), size};
}

}  // namespace

/// Instead of the library's own: it must not end the program when a client has gone (SIGPIPE), it
/// must fail on a closed socket, and it knows when trying again is of no use.
struct TlsSession::Wire {
  static TlsSession& of(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }

  static bool must_wait() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

  static int put(BIO* bio, const char* bytes, int size) {
    TlsSession& self = of(bio);
    BIO_clear_retry_flags(bio);
    const auto sent =
        ::send(self.socket_.native_handle(), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (sent >= 0) return static_cast<int>(sent);
    if (must_wait()) {
      BIO_set_retry_write(bio);
    } else {
      self.failure_ = errno;
    }
    return -1;
  }

  static int take(BIO* bio, char* into, int size) {
    TlsSession& self = of(bio);
    BIO_clear_retry_flags(bio);
    const std::size_t wanted = std::min(static_cast<std::size_t>(size), self.left_);
    if (wanted == 0) {
      BIO_set_retry_read(bio);
      return -1;
    }
    const auto got = ::recv(self.socket_.native_handle(), into, wanted, 0);
    self.drained_ = got < static_cast<ssize_t>(wanted);
    if (got > 0) {
      self.left_ -= static_cast<std::size_t>(got);
      return static_cast<int>(got);
    }
    if (got == 0) {
      self.ended_ = true;
      return 0;
    }
    if (must_wait()) {
      BIO_set_retry_read(bio);
    } else {
      self.failure_ = errno;
    }
    return -1;
  }

  static long control(BIO* bio, int command, long /*number*/, void* /*more*/) {
    if (command == BIO_CTRL_EOF) return of(bio).ended_ ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
  }

  static const BIO_METHOD* method() {
    static const BIO_METHOD* const made = [] {
      BIO_METHOD* const each =
          BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket of a loop");
      BIO_meth_set_write(each, put);
      BIO_meth_set_read(each, take);
      BIO_meth_set_ctrl(each, control);
      return each;
    }();
    return made;
  }
};

void TlsSession::Free::operator()(SSL* each) const { SSL_free(each); }

TlsSession::TlsSession(SSL* session, Socket& socket) : socket_(socket), session_(session) {}

TlsSession::~TlsSession() = default;

std::unique_ptr<TlsSession> TlsSession::open(const TlsContext& context, Socket& socket) {
  SSL* const session = context.new_session();
  if (session == nullptr) return nullptr;
  std::unique_ptr<TlsSession> self(new TlsSession(session, socket));
  BIO* const wire = BIO_new(Wire::method());
  if (wire == nullptr) return nullptr;
  BIO_set_data(wire, self.get());
  BIO_set_init(wire, 1);
  SSL_set_bio(session, wire, wire);
  SSL_set_accept_state(session);
  return self;
}

TlsSession::Error TlsSession::outcome(int result) {
  awaits_write_ = false;
  switch (SSL_get_error(session_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return {};
    case SSL_ERROR_WANT_WRITE:
      awaits_write_ = true;
      return {};
    case SSL_ERROR_ZERO_RETURN:
      return net::error::eof;
    default:
      break;
  }
  broken_ = true;
  if (failure_ != 0) return {failure_, boost::system::system_category()};
  return ended_ ? Error(net::error::eof) : Error(net::error::connection_aborted);
}

TlsSession::Step TlsSession::shake_hands() {
  left_ = kEmptyAtOnce;
  ERR_clear_error();
  const int result = SSL_do_handshake(session_.get());
  if (result == 1) {
    greeted_ = true;
    return Step::Done;
  }
  const Error error = outcome(result);
  if (!error) return awaits_write_ ? Step::AwaitsWrite : Step::AwaitsRead;
  fault_ = reason();
  ERR_clear_error();
  return Step::Failed;
}

HandshakeFault TlsSession::reason() const {
  const auto code = ERR_peek_error();
  if (code == 0 || failure_ != 0) return HandshakeFault::Gone;
  const int reason = ERR_GET_REASON(code);
  // The library counts what a client says (alerts) from here on.
  if (reason >= SSL_AD_REASON_OFFSET) return HandshakeFault::Refused;
  switch (reason) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return HandshakeFault::Gone;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_UNKNOWN_PROTOCOL:
      return HandshakeFault::Version;
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SHARED_GROUPS:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_GROUPS:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
      return HandshakeFault::Cipher;
    case SSL_R_NO_APPLICATION_PROTOCOL:
      return HandshakeFault::Protocol;
    default:
      return HandshakeFault::NotTls;
  }
}

std::size_t TlsSession::read(Transport::Room room, Error& error) {
  error = {};
  if (broken_) error = net::error::connection_aborted;
  left_ = kEmptyAtOnce;
  std::size_t taken = 0;
  while (!error && taken < room.size()) {
    ERR_clear_error();
    std::size_t count = 0;
    auto* const into = static_cast<char*>(room.data()) + taken;
    const int result = SSL_read_ex(session_.get(), into, room.size() - taken, &count);
    if (result != 1) {
      error = outcome(result);
      break;
    }
    taken += count;
    left_ += count;
    if (!may_hold_more()) break;
  }
  if (taken > 0) error = {};  // the next read finds it again
  return taken;
}

std::size_t TlsSession::write(const Transport::Pieces& pieces, Error& error) {
  error = {};
  if (broken_) error = net::error::connection_aborted;
  const std::size_t bytes = net::buffer_size(pieces);
  std::size_t taken = 0;
  while (!error && taken < std::min(bytes, kWriteAtOnce)) {
    const std::string_view record = next_record(pieces, taken);
    ERR_clear_error();
    std::size_t count = 0;
    const int result = SSL_write_ex(session_.get(), record.data(), record.size(), &count);
    if (result != 1) {
      error = outcome(result);
      break;
    }
    taken += count;
  }
  if (taken > 0) error = {};  // the next write finds it again
  return taken;
}

bool TlsSession::may_hold_more() const { return !drained_ || SSL_has_pending(session_.get()) == 1; }

std::size_t TlsSession::held() const {
  return static_cast<std::size_t>(std::max(SSL_pending(session_.get()), 0));
}

void TlsSession::say_end() {
  if (!greeted_ || broken_) return;
  ERR_clear_error();
  std::ignore = SSL_shutdown(session_.get());  // who does not take it sees the socket end
  ERR_clear_error();
}

}  // namespace tidemark::http::network
