#include "http/network/server_test_support.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tidemark::http::network {

RawConnection::RawConnection(std::uint16_t port)
    : RawConnection(port, all_over_tls() ? std::optional<TlsWishes>(TlsWishes{}) : std::nullopt) {}

RawConnection::RawConnection(std::uint16_t port, const std::optional<TlsWishes>& wishes)
    : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  if (wishes) tls_ = std::make_unique<TlsClient>(socket_, *wishes);
}

RawConnection::~RawConnection() { ::close(socket_); }

bool RawConnection::send(std::string_view bytes) {
  if (tls_) return tls_->send(bytes);
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void RawConnection::end() {
  if (tls_) tls_->end();
  ::shutdown(socket_, SHUT_WR);
}

bool RawConnection::take() {
  std::array<char, 4096> piece{};
  const auto count = tls_ ? tls_->receive(piece.data(), piece.size())
                          : ::recv(socket_, piece.data(), piece.size(), 0);
  if (count <= 0) return false;
  buffer_.append(piece.data(), static_cast<std::size_t>(count));
  return true;
}

std::string RawConnection::read_all() {
  while (take()) {
  }
  return std::exchange(buffer_, {});
}

std::string RawConnection::read_until(std::string_view text) {
  for (;;) {
    const std::size_t at = buffer_.find(text);
    if (at != std::string::npos) {
      std::string read = buffer_.substr(0, at + text.size());
      buffer_.erase(0, at + text.size());
      return read;
    }
    if (!take()) return std::exchange(buffer_, {});
  }
}

std::string RawConnection::read_answer() {
  std::string answer = read_until("\r\n\r\n");
  const std::size_t at = answer.find("Content-Length: ");
  if (at == std::string::npos) return answer;
  const std::size_t length = std::stoul(answer.substr(at + 16));
  while (buffer_.size() < length) {
    if (!take()) break;
  }
  answer += buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

void Witness::request_done(const Finished& told) {
  const std::lock_guard lock(mutex_);
  lines_.push_back(std::string(told.method) + " " + std::string(told.route) + " " +
                   std::to_string(told.status) + (told.client_gone ? " gone" : "") +
                   (told.cause.empty() ? "" : " " + std::string(told.request_id) + ": ") +
                   std::string(told.cause));
}

void Witness::handler_failed(std::string_view, std::string_view what) {
  const std::lock_guard lock(mutex_);
  lines_.push_back("failed: " + std::string(what));
}

void Witness::body_cut_off(std::string_view, std::string_view what) {
  const std::lock_guard lock(mutex_);
  lines_.push_back("cut off: " + std::string(what));
}

void Witness::body_dropped(std::uint64_t bytes, bool crowded) {
  const std::lock_guard lock(mutex_);
  lines_.push_back("dropped " + std::to_string(bytes) + (crowded ? ", crowded" : ""));
}

void Witness::handshake_failed(HandshakeFault fault) {
  const std::lock_guard lock(mutex_);
  lines_.push_back("handshake: " + std::to_string(static_cast<int>(fault)));
}

std::vector<std::string> Witness::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

namespace {

struct Thing {
  std::string id;
};

/// Three pieces, the second one after a turn of the loop.
class ThreePieces final : public BodyStream {
 public:
  Task<base::Result<std::string>> next() override {
    count_ += 1;
    if (count_ > 3) co_return std::string{};
    co_return "piece " + std::to_string(count_) + "\n";
  }

 private:
  int count_ = 0;
};

/// One piece, then no more of what was promised.
class Torn final : public BodyStream {
 public:
  explicit Torn(bool throws) : throws_(throws) {}
  Task<base::Result<std::string>> next() override {
    if (std::exchange(first_, false)) co_return std::string("piece 1\n");
    if (throws_) throw std::runtime_error("secret detail");
    co_return base::Error(base::ErrorCode::Corrupt, "secret place");
  }

 private:
  bool throws_;
  bool first_ = true;
};

/// One piece, then silence until the client has gone.
class Endless final : public BodyStream {
 public:
  Endless(const std::stop_token& stop, std::atomic<int>& stopped)
      : stopped_(stopped),
        on_stop_(stop, [completion = gone_.completion()] { completion(true); }) {}
  Task<base::Result<std::string>> next() override {
    if (std::exchange(first_, false)) co_return std::string("piece 1\n");
    const auto given = co_await gone_.wait();
    if (given) stopped_ += 1;
    co_return std::string{};
  }

 private:
  std::atomic<int>& stopped_;
  Handoff<bool> gone_;
  std::stop_callback<std::function<void()>> on_stop_;
  bool first_ = true;
};

}  // namespace

TestServer::TestServer(ServerOptions options, const WorkerPool::Options& worker_options,
                       RateLimiter* limiter)
    : workers(std::make_unique<WorkerPool>(worker_options)),
      router(std::make_unique<Router>(endpoints())) {
  if (all_over_tls() && !options.tls) options.tls = server_tls();
  auto started =
      Server::start(std::move(options),
                    {.router = *router, .clock = clock, .observer = witness, .limiter = limiter});
  EXPECT_TRUE(started);
  server = std::move(*started);
}

TestServer::~TestServer() {
  open_gate();
  server->stop();
  workers->stop();
}

std::vector<Endpoint> TestServer::endpoints() {
  const auto get = [](std::string_view path) {
    return endpoint(Method::Get, path, Access::Anyone);
  };
  std::vector<Endpoint> all;
  all.push_back(get("/hello").handle(
      [](const Request& request) { return Response::text(200, "hello " + request.peer.text()); }));
  all.push_back(endpoint(Method::Post, "/echo", Access::Anyone)
                    .accepts("application/json", Schema{})
                    .accepts("application/*+json", Schema{})
                    .encodings({"gzip"})
                    .handle([this](const Request& request) {
                      handled += 1;
                      return Response::text(200, std::string(request.body.view()));
                    }));
  all.push_back(endpoint<Thing>(Method::Get, "/things/{id}", Access::Anyone)
                    .param(http::path("id", &Thing::id))
                    .handle([](const Request&, const Thing& thing) {
                      return Response::text(200, thing.id);
                    }));
  all.push_back(get("/slow").on_lane(*workers, [this](const Request& request) {
    wait_at_gate(request);
    return Response::text(200, "at last");
  }));
  all.push_back(get("/later").async([this](const RequestPtr&) { return answer_later(this); }));
  all.push_back(get("/long").handle(
      [](const Request&) { return Response::json(200, "[" + std::string(100'000, ' ') + "]"); }));
  all.push_back(get("/stream").handle([](const Request&) {
    Response response{200};
    response.content_type = kText;
    response.stream = std::make_shared<ThreePieces>();
    return response;
  }));
  all.push_back(get("/endless").watch_client().async([this](const RequestPtr& request) {
    return answer_endless(this, request->stop);
  }));
  all.push_back(endpoint<Thing>(Method::Get, "/torn/{id}", Access::Anyone)
                    .param(http::path("id", &Thing::id))
                    .handle([](const Request&, const Thing& thing) {
                      Response response{200};
                      response.stream = std::make_shared<Torn>(thing.id == "throws");
                      return response;
                    }));
  all.push_back(
      get("/throws-on-worker").async([this](const RequestPtr&) { return throw_on_worker(this); }));
  all.push_back(get("/throws").handle(
      [](const Request&) -> Response { throw std::runtime_error("secret detail"); }));
  all.push_back(get("/fails").on_lane(*workers, [](const Request&) -> Response {
    return Problem{.status = 503, .code = "unavailable", .title = "No", .cause = "secret path"};
  }));
  all.push_back(get("/free").not_rate_limited().handle(
      [](const Request&) { return Response::text(200, "free"); }));
  return all;
}

Task<Response> TestServer::answer_endless(TestServer* self, std::stop_token stop) {
  Response response{200};
  response.content_type = kEventStream;
  response.stream = std::make_shared<Endless>(stop, self->stopped_handlers);
  co_return response;
}

Task<Response> TestServer::answer_later(TestServer* self) {
  Handoff<std::string> text;
  {
    const std::lock_guard lock(self->mutex_);
    self->later_.push_back(text.completion());
    self->changed_.notify_all();
  }
  auto given = co_await text.wait();
  if (!given) co_return problems::unavailable("nothing was given");
  co_return Response::text(200, std::move(*given));
}

Task<Response> TestServer::throw_on_worker(TestServer* self) {
  auto work = []() -> int { throw std::bad_alloc(); };
  const auto given = co_await run_on(self->workers.get(), std::move(work));
  co_return Response::text(200, std::to_string(given.value_or(0)));
}

std::string TestServer::ask(std::string_view bytes) const {
  RawConnection raw(port());
  raw.send(bytes);
  raw.end();
  return raw.read_all();
}

void TestServer::open_gate() {
  const std::lock_guard lock(mutex_);
  open_ = true;
  changed_.notify_all();
}

void TestServer::wait_at_gate(const Request& request) {
  const std::stop_callback woken(request.stop, [this] {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  at_gate_ += 1;
  changed_.notify_all();
  changed_.wait(lock, [&] { return open_ || request.cancelled(); });
  if (request.cancelled()) stopped_handlers += 1;
  changed_.notify_all();
}

void TestServer::await_at_gate(int handlers) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return at_gate_ >= handlers; });
}

std::size_t TestServer::give_later(const std::string& text) {
  std::vector<Completion<std::string>> taken;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !later_.empty(); });
    taken.swap(later_);
  }
  const WakeScope scope;
  for (const auto& completion : taken) completion(text);
  return taken.size();
}

int status_of(std::string_view answer) {
  int status = 0;
  constexpr std::string_view kStart = "HTTP/1.1 ";
  if (!answer.starts_with(kStart)) return 0;
  std::from_chars(answer.data() + kStart.size(), answer.data() + answer.size(), status);
  return status;
}

}  // namespace tidemark::http::network
