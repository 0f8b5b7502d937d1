#pragma once

/// The HTTP server: a listener and N network threads with one io_context each.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/gate.hpp"
#include "http/limits/memory_budget.hpp"
#include "http/limits/rate_limit.hpp"
#include "http/observer.hpp"
#include "http/router.hpp"

namespace tidemark::http {

/// The least number of bytes that must come, or be taken, within each such time.
struct Pace {
  std::chrono::milliseconds time{0};
  std::size_t bytes = 0;
};

/// Bounds on everything that a client can do, each with the answer to a client that exceeds it.
struct Limits {
  /// Above it, the connection that has waited longest for a request is closed; if none waits, the
  /// new one gets 503.
  std::size_t connections_max = 4'096;
  std::size_t refusing_max = 256;  ///< that get 503 at once; above it: closed
  /// Under way at one time, over all threads. Above it, the oldest one is closed: a client that is
  /// honest is done in two round trips, and one that is not holds some 75 KiB.
  std::size_t handshakes_max = 1'024;
  std::size_t header_bytes_max = 16 * 1'024;  ///< 431
  std::size_t header_lines_max = 100;         ///< 431
  std::size_t target_bytes_max = 8 * 1'024;   ///< 414
  std::size_t body_bytes_max = 16 << 20;      ///< 413
  std::size_t bodies_bytes_max = 256 << 20;   ///< all bodies being read or handled: 503
  std::size_t answers_bytes_max = 256 << 20;  ///< all answers until they are written: 503
  std::size_t own_bytes_max = 16 * 1'024;     ///< of a body, an answer: outside the bounds of all
  std::chrono::milliseconds header_max{10'000};   ///< first byte to the end of the header: 408
  std::chrono::milliseconds request_max{30'000};  ///< first byte to the end of the body: 408
  Pace body_pace{std::chrono::milliseconds(5'000), 1'200};  ///< a slower body: 408
  /// For a client that holds memory while much of it is held: 408 for a body, closed for an answer.
  Pace pressed_pace{std::chrono::milliseconds(2'000), 64 * 1'024};
  /// How long a body waits for memory before its client gets 503.
  std::chrono::milliseconds room_max{2'000};
  std::chrono::milliseconds answer_max{60'000};  ///< then `Request::stop` is asked to stop: 503
  std::chrono::milliseconds idle_max{75'000};    ///< between requests: closed
  std::chrono::milliseconds write_max{30'000};   ///< an answer, plus 1 s for each 64 KiB: closed
  /// A client that has ended its side and waits for an answer counts as gone after this long.
  std::chrono::milliseconds half_closed_max{1'000};
  /// A refused client that is still sending is read and its bytes are dropped, so that it gets to
  /// read its answer. The bounds: between two reads, in all, and in bytes; then it is cut.
  std::chrono::milliseconds linger_pause_max{5'000};
  std::chrono::milliseconds linger_max{30'000};
  std::uint64_t linger_bytes_max = 1ULL << 30U;
  std::size_t lingering_max = 1'000;           ///< connections; above it each of them has 1 s
  std::chrono::milliseconds stop_max{10'000};  ///< for requests under way when stopping
};

/// Cross-origin requests; refused if no origin is named.
struct Cors {
  std::vector<std::string> origins = {};  ///< "https://app.example" or "*"
};

/// Connections over TLS instead of plain ones.
struct TlsOptions {
  std::string certificate;  ///< a file in PEM form: the server's certificate, then those above it
  std::string key;          ///< a file in PEM form, without a password
  /// A plain port whose every request is answered with 308 to the same place over TLS; 0: any free
  /// port.
  std::optional<std::uint16_t> redirect_port = {};
};

struct ServerOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free port
  std::size_t threads = 2;
  Limits limits = {};
  Cors cors = {};
  bool compress = true;
  std::optional<RateLimit> rate_limit = {};  ///< per address
  std::optional<TlsOptions> tls = {};        ///< none: plain
  /// Each request is sent to this port over TLS, and nothing else is answered.
  std::optional<std::uint16_t> https_port = {};
};

/// What a server needs but does not own. All of it must outlive the server.
struct ServerParts {
  const Router& router;
  const base::Clock& clock;  ///< for Date and rate limits
  Observer& observer;
  RateLimiter* limiter = nullptr;  ///< used instead of a limiter of this process by `rate_limit`
  Gate* gate = nullptr;            ///< null: every client may call every endpoint
};

/// Promise:  every request that was read whole is answered, also while stopping; the answers of a
///           connection come in the order of its requests.
/// Threads:  `start`, `stop` and the destructor: one thread; the rest: any.
/// Lifetime: no handler runs after `stop` returned, except on lanes: stop them afterwards.
class Server {
 public:
  /// Binds, listens and serves. Error: the address is in use or does not exist.
  [[nodiscard]] static base::Result<std::unique_ptr<Server>> start(ServerOptions options,
                                                                   ServerParts parts);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// "127.0.0.1:8080", "[::1]:8080".
  [[nodiscard]] std::string address() const;
  /// "http://127.0.0.1:8080", "https://[::1]:8443".
  [[nodiscard]] std::string url() const;
  /// Of the listener that sends clients to TLS; 0: there is none.
  [[nodiscard]] std::uint16_t redirect_port() const noexcept;
  [[nodiscard]] std::size_t connections() const noexcept;
  /// Memory of bodies being read or handled.
  [[nodiscard]] const MemoryBudget& bodies() const noexcept;
  /// The connections among them whose refused request is still being sent.
  [[nodiscard]] std::size_t lingering() const noexcept;
  /// Memory of answers that are not written yet.
  [[nodiscard]] const MemoryBudget& answers() const noexcept;

  /// Looks at the files of the certificate; to be called every few seconds. New connections get the
  /// new pair when both files have stayed as they are from one call to the next. True: they have it
  /// from now on. Error: the new files cannot be used; said once, and the pair before stays. Reads
  /// files; one thread at a time.
  [[nodiscard]] base::Result<bool> renew_certificate();
  /// When the certificate in use ends, in seconds of Unix time; 0 without TLS.
  [[nodiscard]] std::int64_t certificate_expires() const noexcept;

  /// From now on each answer asks its client to leave (`Connection: close`), so that the client
  /// knows before the port closes. All requests are still served, on new connections too.
  void retire();
  /// Stops accepting, closes idle connections, finishes the current requests (for at most
  /// `stop_max`, then cuts them), and returns when every coroutine is gone and every thread joined.
  /// Idempotent.
  void stop();
  /// Cuts the requests that `stop` waits for, or would wait for. From any thread, while the server
  /// lives.
  void cut();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Whether a server could start with these files. Error: which one cannot be used, why, and what to
/// do.
[[nodiscard]] base::Status check_certificate(const TlsOptions& options);

}  // namespace tidemark::http
