#include "http/server.hpp"

#include <array>
#include <cassert>
#include <exception>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <sys/socket.h>

#include "http/network/connection.hpp"
#include "http/network/loop.hpp"
#include "http/network/shared.hpp"
#include "http/network/tls_context.hpp"
#include "http/task.hpp"

namespace tidemark::http {
namespace net = boost::asio;
using net::ip::tcp;

namespace {

using network::Executor;
using network::Loop;
using network::Shared;
using network::Socket;
using Acceptor = net::basic_socket_acceptor<tcp, Executor>;

constexpr auto kAsTuple = net::as_tuple(net::use_awaitable_t<Executor>{});
constexpr int kBacklog = 1'024;
constexpr std::chrono::milliseconds kPause{50};  // when descriptors have run out

/// Of the listener that sends clients to TLS, only requests are told: its connections are not those
/// of the service, whose readiness depends on them.
class RedirectObserver final : public Observer {
 public:
  explicit RedirectObserver(Observer& told) : told_(told) {}
  void request_done(const Finished& finished) override { told_.request_done(finished); }
  void handler_failed(std::string_view request_id, std::string_view what) override {
    told_.handler_failed(request_id, what);
  }

 private:
  Observer& told_;
};

/// Small bounds: what it answers needs only a head.
ServerOptions redirect_options(const ServerOptions& of, std::uint16_t https_port) {
  ServerOptions options;
  options.host = of.host;
  options.port = of.tls->redirect_port.value_or(0);
  options.threads = 1;
  options.limits.connections_max = 256;
  options.limits.refusing_max = 16;
  options.limits.header_max = of.limits.header_max;
  options.limits.idle_max = std::min(of.limits.idle_max, std::chrono::milliseconds(5'000));
  options.limits.linger_max = std::min(of.limits.linger_max, std::chrono::milliseconds(1'000));
  options.limits.stop_max = of.limits.stop_max;
  options.https_port = https_port;
  return options;
}

}  // namespace

struct Server::State {
  State(ServerOptions options, ServerParts parts) : shared(std::move(options), parts) {
    const std::size_t threads = std::max<std::size_t>(shared.options.threads, 1);
    for (std::size_t i = 0; i < threads; ++i) loops.push_back(std::make_unique<Loop>(shared));
    acceptor = std::make_unique<Acceptor>(loops.front()->context());
  }

  base::Status listen();
  base::Status listen_for_redirects();
  void start();
  void stop();
  void hand_over(Socket socket);
  void on_each_loop(void (Loop::*call)());
  static Task<void> accept(State* state);

  Shared shared;
  const Router no_routes{{}};  // of the listener that sends clients to TLS
  std::unique_ptr<RedirectObserver> redirect_observer;
  std::unique_ptr<Server> redirect;
  std::vector<std::unique_ptr<Loop>> loops;
  std::unique_ptr<Acceptor> acceptor;
  tcp::endpoint bound;
  std::size_t next_loop = 0;
  bool stopped = false;
};

base::Status Server::State::listen() {
  const ServerOptions& options = shared.options;
  const auto failed = [&](const boost::system::error_code& error) {
    return base::Error{base::ErrorCode::Unavailable, "listening on " + options.host + ":" +
                                                         std::to_string(options.port) + ": " +
                                                         error.message()};
  };
  boost::system::error_code error;
  auto address = net::ip::make_address(options.host, error);
  if (error) {
    tcp::resolver resolver(loops.front()->context());
    const auto found = resolver.resolve(options.host, std::to_string(options.port), error);
    if (error || found.empty()) return failed(error);
    address = found.begin()->endpoint().address();
  }
  const tcp::endpoint wanted(address, options.port);
  acceptor->open(wanted.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(wanted, error);
  if (!error) acceptor->listen(kBacklog, error);
  if (!error) bound = acceptor->local_endpoint(error);
  if (error) return failed(error);
  return base::ok;
}

base::Status Server::State::listen_for_redirects() {
  if (!shared.options.tls || !shared.options.tls->redirect_port) return base::ok;
  redirect_observer = std::make_unique<RedirectObserver>(shared.parts.observer);
  auto started = Server::start(redirect_options(shared.options, bound.port()),
                               {no_routes, shared.parts.clock, *redirect_observer});
  if (!started) return started.error();
  redirect = std::move(*started);
  return base::ok;
}

void Server::State::start() {
  shared.coroutine_begins();
  net::co_spawn(loops.front()->context(), accept(this), [this](const std::exception_ptr& fault) {
    if (fault)
      shared.parts.observer.handler_failed({}, "an exception ended the accepting of connections");
    shared.coroutine_ends();
  });
  for (const auto& loop : loops) loop->start();
}

/// One acceptor that deals sockets out in turn: with SO_REUSEPORT the kernel's hash leaves some
/// threads with most of a few connections.
Task<void> Server::State::accept(State* state) {
  net::steady_timer pause(state->loops.front()->context());
  while (!state->shared.draining) {
    Socket socket(state->loops[state->next_loop]->context());
    const auto [error] = co_await state->acceptor->async_accept(socket, kAsTuple);
    if (!error) {
      state->hand_over(std::move(socket));
      continue;
    }
    if (state->shared.draining) break;
    if (error == net::error::connection_aborted) continue;
    // Out of descriptors or memory: it goes by, and trying at once would only spin.
    state->shared.parts.observer.connection_refused(Refusal::OutOfDescriptors);
    pause.expires_after(kPause);
    const auto [waited] = co_await pause.async_wait(kAsTuple);
    if (waited) break;
  }
}

void Server::State::hand_over(Socket socket) {
  assert(next_loop < loops.size());
  Loop& loop = *loops[next_loop];
  next_loop = (next_loop + 1) % loops.size();
  const std::size_t before = shared.connections.fetch_add(1);
  const Limits& limits = shared.options.limits;
  if (before >= limits.connections_max + limits.refusing_max) {
    shared.parts.observer.connection_refused(Refusal::TooManyConnections);
    shared.connections -= 1;
    return;
  }
  shared.parts.observer.connection_opened();
  shared.coroutine_begins();
  net::post(loop.context(),
            [&loop, taken = std::move(socket)]() mutable { loop.adopt(std::move(taken)); });
}

void Server::State::on_each_loop(void (Loop::*call)()) {
  for (const auto& loop : loops) {
    net::post(loop->context(), [each = loop.get(), call] { (each->*call)(); });
  }
}

void Server::State::stop() {
  if (stopped) return;
  stopped = true;
  if (redirect) redirect->stop();
  shared.draining = true;
  net::post(loops.front()->context(), [this] {
    boost::system::error_code error;  // closed twice is closed
    acceptor->close(error);
  });
  on_each_loop(&Loop::drain);
  if (!shared.wait_for_none(shared.options.limits.stop_max)) on_each_loop(&Loop::terminate);
  shared.wait_for_none();
  for (const auto& loop : loops) loop->join();
}

base::Result<std::unique_ptr<Server>> Server::start(ServerOptions options, ServerParts parts) {
  try {
    auto state = std::make_unique<State>(std::move(options), parts);
    if (state->shared.options.tls) {
      auto loaded = network::TlsContext::load(*state->shared.options.tls);
      if (!loaded) return loaded.error();
      state->shared.tls = std::move(*loaded);
    }
    auto listening = state->listen();
    if (listening) listening = state->listen_for_redirects();
    if (!listening) return listening.error();
    state->start();
    return std::unique_ptr<Server>(new Server(std::move(state)));
  } catch (const std::exception& fault) {
    return base::Error{base::ErrorCode::Unavailable,
                       std::string("starting the server: ") + fault.what()};
  }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Server::~Server() { stop(); }

std::uint16_t Server::port() const noexcept { return state_->bound.port(); }

std::string Server::address() const {
  const auto ip = state_->bound.address();
  const std::string text = ip.is_v6() ? "[" + ip.to_string() + "]" : ip.to_string();
  return text + ":" + std::to_string(state_->bound.port());
}

std::string Server::url() const {
  return (state_->shared.tls ? "https://" : "http://") + address();
}

std::uint16_t Server::redirect_port() const noexcept {
  return state_->redirect ? state_->redirect->port() : std::uint16_t{0};
}

base::Result<bool> Server::renew_certificate() {
  if (!state_->shared.tls) return false;
  return state_->shared.tls->renew();
}

std::int64_t Server::certificate_expires() const noexcept {
  return state_->shared.tls ? state_->shared.tls->expires() : 0;
}

base::Status check_certificate(const TlsOptions& options) {
  auto loaded = network::TlsContext::load(options);
  if (!loaded) return loaded.error();
  return base::ok;
}

std::size_t Server::connections() const noexcept { return state_->shared.connections; }

const MemoryBudget& Server::bodies() const noexcept { return state_->shared.bodies; }
std::size_t Server::lingering() const noexcept { return state_->shared.lingering; }

void Server::retire() { state_->shared.retiring = true; }

const MemoryBudget& Server::answers() const noexcept { return state_->shared.answers; }

void Server::stop() { state_->stop(); }

void Server::cut() {
  if (state_->redirect) state_->redirect->cut();
  state_->on_each_loop(&network::Loop::terminate);
}

}  // namespace tidemark::http
