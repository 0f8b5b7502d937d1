#include "support/network_proxy.hpp"

#include <array>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace tidemark::testing_support {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

enum class Mode { Pass, Cut, Hold };

/// How the stretch behaves now; links look at it for each piece.
struct Weather {
  Mode mode = Mode::Pass;
  std::chrono::milliseconds delay{0};
};

/// A client's connection and the one to the server that belongs to it.
class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(tcp::socket client, const Weather& weather)
      : weather_(weather),
        client_(std::move(client)),
        server_(client_.get_executor()),
        directions_{Direction(client_, server_), Direction(server_, client_)} {}

  void start(std::uint16_t server_port) {
    const tcp::endpoint server(asio::ip::address_v4::loopback(), server_port);
    server_.async_connect(server, [self = shared_from_this()](const error_code& failed) {
      if (failed) return self->close();
      error_code ignored;
      self->client_.set_option(tcp::no_delay(true), ignored);
      self->server_.set_option(tcp::no_delay(true), ignored);
      for (auto& direction : self->directions_) self->read(direction);
    });
  }

  void close() {
    error_code ignored;
    client_.close(ignored);
    server_.close(ignored);
    for (auto& direction : directions_) direction.timer.cancel();
  }
  [[nodiscard]] bool is_open() const { return client_.is_open(); }

  /// Sends what was held back.
  void go_on() {
    for (auto& direction : directions_) {
      if (std::exchange(direction.is_held, false)) write(direction);
    }
  }

 private:
  struct Direction {
    Direction(tcp::socket& source, tcp::socket& target)
        : from(source), to(target), timer(source.get_executor()) {}
    tcp::socket& from;
    tcp::socket& to;
    asio::steady_timer timer;
    std::array<char, 65'536> piece{};
    std::size_t size = 0;
    bool is_held = false;
  };

  void read(Direction& direction) {
    direction.from.async_read_some(
        asio::buffer(direction.piece),
        [self = shared_from_this(), &direction](const error_code& failed, std::size_t size) {
          if (failed) return self->close();
          direction.size = size;
          self->carry(direction);
        });
  }
  void carry(Direction& direction) {
    if (weather_.delay.count() == 0) return arrive(direction);
    direction.timer.expires_after(weather_.delay);
    direction.timer.async_wait([self = shared_from_this(), &direction](const error_code& failed) {
      if (!failed) self->arrive(direction);
    });
  }
  void arrive(Direction& direction) {
    direction.is_held = weather_.mode == Mode::Hold;
    if (!direction.is_held) write(direction);
  }
  void write(Direction& direction) {
    asio::async_write(
        direction.to, asio::buffer(direction.piece.data(), direction.size),
        [self = shared_from_this(), &direction](const error_code& failed, std::size_t /*size*/) {
          if (failed) return self->close();
          self->read(direction);
        });
  }

  const Weather& weather_;
  tcp::socket client_;
  tcp::socket server_;
  std::array<Direction, 2> directions_;
};

}  // namespace

class NetworkProxy::Engine {
 public:
  explicit Engine(std::uint16_t server_port)
      : server_port_(server_port),
        acceptor_(context_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
        port_(acceptor_.local_endpoint().port()) {
    accept();
    thread_ = std::thread([this] { context_.run(); });
  }
  ~Engine() {
    asio::post(context_, [this] {
      acceptor_.close();
      cut_all();
    });
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }

  void lead_to(std::uint16_t server_port, bool cut) {
    asio::post(context_, [this, server_port, cut] {
      server_port_ = server_port;
      if (cut) cut_all();
    });
  }

  void change(Weather weather) {
    asio::post(context_, [this, weather] {
      weather_ = weather;
      if (weather.mode == Mode::Cut) cut_all();
      if (weather.mode != Mode::Pass) return;
      for (auto& client : std::exchange(not_led_on_, {})) lead_on(std::move(client));
      for (const auto& link : links_) link->go_on();
    });
  }

 private:
  void accept() {
    acceptor_.async_accept([this](const error_code& failed, tcp::socket client) {
      if (failed) return;
      if (weather_.mode == Mode::Pass) {
        lead_on(std::move(client));
      } else if (weather_.mode == Mode::Hold) {
        not_led_on_.push_back(std::move(client));
      }  // Mode::Cut: it ends here
      accept();
    });
  }
  void lead_on(tcp::socket client) {
    std::erase_if(links_, [](const auto& link) { return !link->is_open(); });
    links_.push_back(std::make_shared<Link>(std::move(client), weather_));
    links_.back()->start(server_port_);
  }
  void cut_all() {
    for (const auto& link : std::exchange(links_, {})) link->close();
    not_led_on_.clear();
  }

  asio::io_context context_{1};
  Weather weather_;
  std::uint16_t server_port_;
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  std::vector<std::shared_ptr<Link>> links_;
  std::vector<tcp::socket> not_led_on_;
  std::thread thread_;
};

NetworkProxy::NetworkProxy(std::uint16_t server_port)
    : engine_(std::make_unique<Engine>(server_port)) {}
NetworkProxy::~NetworkProxy() = default;
std::uint16_t NetworkProxy::port() const { return engine_->port(); }
void NetworkProxy::lead_to(std::uint16_t server_port) { engine_->lead_to(server_port, true); }
void NetworkProxy::lead_new_to(std::uint16_t server_port) { engine_->lead_to(server_port, false); }
void NetworkProxy::pass() { engine_->change({}); }
void NetworkProxy::cut() { engine_->change({.mode = Mode::Cut}); }
void NetworkProxy::hold() { engine_->change({.mode = Mode::Hold}); }
void NetworkProxy::delay(std::chrono::milliseconds time) { engine_->change({.delay = time}); }

}  // namespace tidemark::testing_support
