#include "http/network/loop.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <ctime>
#include <exception>
#include <random>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "base/this_thread.hpp"
#include "http/network/connection.hpp"

namespace tidemark::http::network {
namespace net = boost::asio;

namespace {

/// A quarter of the shortest deadline, so that none is missed by much.
std::chrono::milliseconds tick_for(const Limits& limits) {
  const auto shortest =
      std::min({limits.header_max, limits.request_max, limits.answer_max, limits.idle_max,
                limits.write_max, limits.half_closed_max, limits.body_pace.time,
                limits.pressed_pace.time, limits.linger_pause_max, limits.linger_max});
  return std::clamp(shortest / 4, std::chrono::milliseconds(5), std::chrono::milliseconds(100));
}

std::uint64_t random_seed() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 32U | device();
}

}  // namespace

Loop::Loop(Shared& shared)
    : shared_(shared),
      waker_(std::make_shared<Waker>()),
      work_(net::make_work_guard(waker_->context())),
      timer_(waker_->context()),
      tick_(tick_for(shared.options.limits)),
      id_state_(random_seed()) {}

Loop::~Loop() { join(); }

void Loop::start() {
  assert(!thread_.joinable());
  thread_ = std::thread([this] {
    base::name_this_thread("network");
    base::take_short_turns();
    Waker::set_for_this_thread(waker_);
    waker_->context().run();
    Waker::set_for_this_thread(nullptr);
  });
}

void Loop::join() {
  if (!thread_.joinable()) return;
  net::post(context(), [this] {
    ending_ = true;
    timer_.cancel();
    work_.reset();
  });
  thread_.join();
}

void Loop::adopt(Socket socket) {
  if (!has_room()) {
    // Others of the same moment have been taken and do not wait for a request before they have run.
    net::post(context(), [this, taken = std::move(socket)]() mutable {
      serve(std::move(taken), /*refuse=*/!has_room());
    });
    return;
  }
  serve(std::move(socket), /*refuse=*/false);
}

bool Loop::has_room() {
  const std::size_t staying = shared_.connections - shared_.leaving;
  return staying <= shared_.options.limits.connections_max || make_room();
}

void Loop::serve(Socket socket, bool refuse) {
  if (refuse) shared_.parts.observer.connection_refused(Refusal::TooManyConnections);
  auto connection = std::make_shared<Connection>(shared_, *this, std::move(socket));
  const auto slot = connection->slot();
  auto done = [this, connection](const std::exception_ptr& fault) {
    // Our own code does not throw; an exception of the library ends only one connection.
    if (fault) shared_.parts.observer.handler_failed({}, "an exception ended a connection");
    if (connection->made_way()) shared_.leaving -= 1;
    assert(shared_.connections > 0);
    shared_.connections -= 1;
    shared_.parts.observer.connection_closed();
    shared_.coroutine_ends();
  };
  net::co_spawn(context(), refuse ? Connection::refuse(connection) : Connection::serve(connection),
                net::bind_cancellation_slot(slot, std::move(done)));
}

void Loop::drain() {
  for (Connection* each = first_; each != nullptr; each = each->next) each->drain();
}

void Loop::terminate() {
  for (Connection* each = first_; each != nullptr; each = each->next) each->terminate();
}

void Loop::add(Connection& connection) {
  assert(connection.next == nullptr && connection.previous == nullptr);
  connection.next = first_;
  if (first_ != nullptr) first_->previous = &connection;
  first_ = &connection;
  if (!watching_ && !ending_) watch();
}

void Loop::remove(Connection& connection) noexcept {
  assert(connection.previous != nullptr || first_ == &connection);
  if (connection.next != nullptr) connection.next->previous = connection.previous;
  if (connection.previous != nullptr) {
    connection.previous->next = connection.next;
  } else if (first_ == &connection) {
    first_ = connection.next;
  }
}

void Loop::awaits_request(Connection& connection) noexcept {
  awaits_nothing(connection);
  connection.waits_behind = last_waiting_;
  if (last_waiting_ != nullptr) {
    last_waiting_->waits_before = &connection;
  } else {
    first_waiting_ = &connection;
  }
  last_waiting_ = &connection;
}

void Loop::awaits_nothing(Connection& connection) noexcept {
  Connection* const behind = std::exchange(connection.waits_behind, nullptr);
  Connection* const before = std::exchange(connection.waits_before, nullptr);
  if (behind != nullptr) behind->waits_before = before;
  if (before != nullptr) before->waits_behind = behind;
  if (first_waiting_ == &connection) first_waiting_ = before;
  if (last_waiting_ == &connection) last_waiting_ = behind;
  assert((first_waiting_ == nullptr) == (last_waiting_ == nullptr));
}

/// False: no connection here waits for a request.
bool Loop::make_room() {
  if (first_waiting_ == nullptr) return false;
  Connection& oldest = *first_waiting_;
  awaits_nothing(oldest);
  shared_.leaving += 1;
  oldest.make_way();
  shared_.parts.observer.connection_made_way();
  return true;
}

void Loop::handshake_begins(Connection& connection) {
  const std::size_t threads = std::max<std::size_t>(shared_.options.threads, 1);
  const std::size_t most =
      std::max<std::size_t>(shared_.options.limits.handshakes_max / threads, 1);
  if (handshakes_.size() >= most) {
    handshakes_.front()->crowd_out();
    handshakes_.erase(handshakes_.begin());
  }
  handshakes_.push_back(&connection);
}

void Loop::handshake_ends(Connection& connection) noexcept { std::erase(handshakes_, &connection); }

void Loop::watch() {
  assert(!watching_ && !ending_);
  watching_ = true;
  timer_.expires_after(tick_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    watching_ = false;
    if (error || ending_ || first_ == nullptr) return;  // without connections it sleeps
    look(std::chrono::steady_clock::now());
    watch();
  });
}

void Loop::look(std::chrono::steady_clock::time_point now) {
  for (Connection* each = first_; each != nullptr; each = each->next) each->look(now);
}

std::string_view Loop::date() {
  const std::int64_t second = shared_.parts.clock.now() / base::kMicrosPerSecond;
  if (second != date_second_) {
    date_second_ = second;
    const auto time = static_cast<std::time_t>(second);
    std::tm parts{};
    gmtime_r(&time, &parts);
    std::array<char, 64> text{};
    const std::size_t length =
        std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
    assert(length > 0);
    date_.assign(text.data(), length);
  }
  return date_;
}

std::string Loop::new_id() {
  constexpr std::string_view kHex = "0123456789abcdef";
  // splitmix64: a permutation of the counter, so an id comes once.
  std::uint64_t value = id_state_ += 0x9e3779b97f4a7c15ULL;
  value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27U)) * 0x94d049bb133111ebULL;
  value ^= value >> 31U;
  std::string id(16, '0');
  for (char& digit : id) {
    digit = kHex[value & 15U];
    value >>= 4U;
  }
  return id;
}

}  // namespace tidemark::http::network
