// How a connection writes, and how it ends without cutting off its last answer.

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <exception>

#include "http/network/answer.hpp"
#include "http/network/connection.hpp"

namespace tidemark::http::network {
namespace net = boost::asio;

namespace {

constexpr std::size_t kCopyBelow = 16 * 1'024;  // one buffer is one system call less work
constexpr std::size_t kBytesPerSecondLeast = 64 * 1'024;
constexpr int kUnsentBytesMax = 256 * 1'024;     // that the system keeps of an answer
constexpr std::size_t kSkipMax = 1'024 * 1'024;  // a new connection costs less than reading more
constexpr std::size_t kDropAtOnce = 64 * 1'024;
constexpr std::chrono::milliseconds kLingerWhenStopping{200};
// For a connection that is one too many for lingering, or at all.
constexpr std::chrono::milliseconds kLingerWhenCrowded{1'000};
// Longer bodies would hold up the other connections of the thread; workers compress theirs there.
constexpr std::size_t kCompressHereMax = 1'024 * 1'024;

/// Counts a lingering connection for as long as it lives.
class Lingering {
 public:
  explicit Lingering(std::atomic<std::size_t>& all) : all_(all), before_(all.fetch_add(1)) {}
  ~Lingering() {
    assert(all_ > 0);
    all_ -= 1;
  }
  Lingering(const Lingering&) = delete;
  Lingering& operator=(const Lingering&) = delete;

  /// How many there were when it came.
  [[nodiscard]] std::size_t before() const noexcept { return before_; }

 private:
  std::atomic<std::size_t>& all_;
  std::size_t before_;
};

constexpr std::string_view kLineEnd = "\r\n";

void take_front(Transport::Pieces& buffers, std::size_t bytes) {
  for (net::const_buffer& buffer : buffers) {
    const std::size_t taken = std::min(bytes, buffer.size());
    buffer += taken;
    bytes -= taken;
  }
  assert(bytes == 0);
}

}  // namespace

void Connection::send_continue() { transport_.say("HTTP/1.1 100 Continue\r\n\r\n"); }

Task<bool> Connection::write_answer() {
  assert(body_read_ || parser_.has_value());
  // Told to expect an answer first, a client may or may not send the body: only closing is clear.
  if (!body_read_ && (expects_continue_ || parser_->chunked() || unread_ > kSkipMax)) {
    keep_alive_ = false;
  }
  prepare(response_, *request_,
          shared_.options.compress &&
              (response_.shared_gzip || response_.bytes().size() <= kCompressHereMax));
  if (response_.stream && request_->http_1_0) keep_alive_ = false;
  write_head(out_, response_,
             {.request = *request_,
              .shared = shared_,
              .date = loop_.date(),
              .rate = rate_ ? &*rate_ : nullptr,
              .keep_alive = keep_alive_});
  std::string_view body;
  if (has_body(response_, *request_)) {
    if (response_.stream) co_return co_await write_stream();
    body = response_.bytes();
  }
  if (body.size() < kCopyBelow) {
    out_ += body;
    body = {};
  }
  co_return co_await write(out_, body);
}

/// All of the three, within the time that their size allows.
Task<bool> Connection::write(std::string_view first, std::string_view second,
                             std::string_view third) {
  Transport::Pieces buffers = {net::buffer(first), net::buffer(second), net::buffer(third)};
  const std::size_t bytes = net::buffer_size(buffers);
  bytes_out_ += bytes;
  // The system takes what its window and a little more hold, not megabytes that the client does not
  // read.
  if (bytes > kUnsentBytesMax) transport_.bound_unsent(kUnsentBytesMax);
  // At once where the socket takes it: most answers never wait.
  Transport::Error refused;
  const std::size_t sent = transport_.write_now(buffers, refused);
  if (refused) co_return false;
  assert(sent <= bytes);
  if (sent == bytes) co_return true;
  take_front(buffers, sent);
  const std::size_t rest = net::buffer_size(buffers);
  wait(Waits::Write, shared_.options.limits.write_max +
                         std::chrono::milliseconds(rest * 1'000 / kBytesPerSecondLeast));
  while (net::buffer_size(buffers) > 0) {
    const auto [error, count] = co_await transport_.write(buffers);
    if (error) co_return false;
    moved_ += count;
    take_front(buffers, count);
  }
  co_return true;
}

/// An exception of a stream cuts it off, as its error does: it is too late for another answer.
Task<base::Result<std::string>> Connection::next_piece(std::shared_ptr<BodyStream> stream) {
  std::string failure;
  try {
    auto piece = co_await stream->next();
    co_return piece;
  } catch (const std::exception& fault) {
    failure = fault.what();
  } catch (...) {
    failure = "something that is not a std::exception";
  }
  co_return base::Error(base::ErrorCode::Unavailable, failure);
}

Task<bool> Connection::write_stream() {
  const std::shared_ptr<BodyStream> stream = response_.stream;
  assert(stream != nullptr);
  bool good = co_await write(out_, {});
  while (good) {
    wait_until(Waits::Handler, Clock::time_point::max());
    auto given = co_await next_piece(stream);
    if (terminated_) co_return false;
    // A stream that was asked to stop and has come to its end is whole; any other one is cut off.
    const bool ends = given && given->empty();
    if (stop_.stop_requested() && !ends) co_return false;
    if (!given) {
      shared_.parts.observer.body_cut_off(request_->id, given.error().message());
      co_return false;
    }
    const std::string piece = *std::move(given);
    if (request_->http_1_0) {
      if (piece.empty()) co_return true;
      good = co_await write(piece, {});
      continue;
    }
    if (piece.empty()) co_return co_await write("0\r\n\r\n", {});
    std::array<char, 20> size{};
    const auto digits = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16);
    assert(digits.ec == std::errc{});
    std::string head(size.data(), digits.ptr);
    head += "\r\n";
    good = co_await write(head, piece, kLineEnd);
  }
  co_return false;
}

/// Reads over the body of a request that was refused without it.
Task<bool> Connection::skip_rest() {
  if (!keep_alive_) co_return false;
  wait_until(Waits::Body, request_->started + shared_.options.limits.request_max);
  for (;;) {
    const std::size_t here = std::min<std::size_t>(input_.view().size(), unread_);
    input_.consume(here);
    unread_ -= here;
    if (unread_ == 0) co_return true;
    const bool more = co_await fill();
    if (!more) co_return false;
  }
}

/// What the client still sends is read and dropped, at most this much at once.
std::size_t Connection::drop(Transport::Error& error) {
  static thread_local std::array<char, kDropAtOnce> dropped;
  return transport_.read_now(net::buffer(dropped), error);
}

/// Ends our side, then reads what still comes: a close with bytes unread would reset the
/// connection, and a client that writes all of its body before it reads would lose the answer.
Task<void> Connection::linger() {
  const Limits& limits = shared_.options.limits;
  release_request();
  transport_.end_sending();
  const Lingering place(shared_.lingering);
  const bool crowded = refused_at_once_ || place.before() >= limits.lingering_max;
  Clock::duration most = limits.linger_max;
  if (crowded) most = std::min<Clock::duration>(most, kLingerWhenCrowded);
  if (shared_.draining) most = std::min<Clock::duration>(most, kLingerWhenStopping);
  const Clock::time_point end = Clock::now() + most;
  std::uint64_t dropped = input_.view().size();
  input_.consume(dropped);
  // It makes way for a client with a request; a connection that is one too many has no place to
  // give.
  if (!refused_at_once_ && !made_way_) loop_.awaits_request(*this);
  Transport::Error error;
  while (!error && dropped < limits.linger_bytes_max) {
    const Clock::time_point now = Clock::now();
    if (now >= end) break;
    wait_until(Waits::Linger, std::min(end, now + limits.linger_pause_max));
    const auto [failed] = co_await transport_.wait_for_more();
    if (failed) break;
    dropped += drop(error);
  }
  loop_.awaits_nothing(*this);
  if (dropped > 0 || crowded) shared_.parts.observer.body_dropped(dropped, crowded);
}

/// Nothing of the last request is needed any more, and others may wait for its memory.
void Connection::release_request() {
  parser_.reset();
  request_.reset();
  response_ = {};
  answer_memory_.release();
}

}  // namespace tidemark::http::network
