#pragma once

/// A server in this process, on a free port, with a few endpoints, and a raw connection to it.

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "http/client.hpp"
#include "http/network/tls_test_support.hpp"
#include "http/server.hpp"
#include "http/worker_pool.hpp"

namespace tidemark::http::network {

/// A connection that sends exactly the given bytes: plain, or over TLS where every test is to be
/// run over it (see `tls_test_support.hpp`).
class RawConnection {
 public:
  explicit RawConnection(std::uint16_t port);
  /// Plain in any case, or over TLS, as `wishes` say.
  RawConnection(std::uint16_t port, const std::optional<TlsWishes>& wishes);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  /// False: the server has closed.
  bool send(std::string_view bytes);
  void end();  ///< ends the sending side
  /// Reads until the server closes.
  std::string read_all();
  /// Reads until `text` has been read, or the server closes. Bytes after it stay for later.
  std::string read_until(std::string_view text);
  /// Reads one answer with a Content-Length.
  std::string read_answer();

  /// Null: plain.
  [[nodiscard]] TlsClient* tls() { return tls_.get(); }
  [[nodiscard]] int socket() const { return socket_; }

 private:
  /// Some bytes behind those that were read; false: the server has closed.
  bool take();

  int socket_;
  std::unique_ptr<TlsClient> tls_;
  std::string buffer_;
};

/// Remembers what the server reports.
struct Witness final : Observer {
  void request_done(const Finished& told) override;
  void connection_refused(Refusal) override { refused += 1; }
  void connection_made_way() override { made_way += 1; }
  void handler_failed(std::string_view, std::string_view what) override;
  void body_cut_off(std::string_view, std::string_view what) override;
  void body_dropped(std::uint64_t bytes, bool crowded) override;
  void handshake_failed(HandshakeFault fault) override;
  [[nodiscard]] std::vector<std::string> lines() const;

  std::atomic<int> refused{0};
  std::atomic<int> made_way{0};

 private:
  mutable std::mutex mutex_;
  /// "METHOD route status", followed by "id: cause"; "failed: what"; "cut off: what"; "dropped 12",
  /// "dropped 12, crowded"; "handshake: 3" with the fault's number
  std::vector<std::string> lines_;
};

/// GET /hello · POST /echo · GET /things/{id} · GET /slow (on workers, until `gate` opens) ·
/// GET /later (async) · GET /long (compressible) · GET /stream · GET /torn/{id} (a stream that ends
/// in an "error" or "throws") · GET /endless (a stream that ends when its client has gone) ·
/// GET /throws · GET /throws-on-worker · GET /fails · GET /free
class TestServer {
 public:
  explicit TestServer(ServerOptions options = {}, const WorkerPool::Options& workers = {},
                      RateLimiter* limiter = nullptr);
  ~TestServer();

  [[nodiscard]] std::uint16_t port() const { return server->port(); }
  [[nodiscard]] Client client() const { return Client({.port = port()}); }
  /// The server's answer to these bytes, until it closes.
  [[nodiscard]] std::string ask(std::string_view bytes) const;

  void open_gate();
  void wait_at_gate(const Request& request);
  /// Returns when that many handlers are at the gate.
  void await_at_gate(int handlers);
  /// Gives a value to all that wait at /later, at least one; returns their number.
  std::size_t give_later(const std::string& text);

  base::ManualClock clock{784'111'777 * base::kMicrosPerSecond};
  Witness witness;
  std::unique_ptr<WorkerPool> workers;
  std::unique_ptr<Router> router;
  std::unique_ptr<Server> server;
  std::atomic<int> stopped_handlers{0};
  std::atomic<int> handled{0};

 private:
  std::vector<Endpoint> endpoints();
  static Task<Response> answer_later(TestServer* self);
  static Task<Response> answer_endless(TestServer* self, std::stop_token stop);
  static Task<Response> throw_on_worker(TestServer* self);

  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int at_gate_ = 0;
  std::vector<Completion<std::string>> later_;
};

/// The status of an answer, 0 if there is none: "HTTP/1.1 404 …" is 404.
int status_of(std::string_view answer);

}  // namespace tidemark::http::network
