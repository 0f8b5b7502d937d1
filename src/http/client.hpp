#pragma once

/// A small blocking HTTP client, for the command line and tests: plain http, one connection.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace tidemark::http {

struct ClientOptions {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8080;
  std::chrono::milliseconds connect_max{5'000};
  std::chrono::milliseconds answer_max{60'000};  ///< for a whole request and its answer
  std::size_t body_bytes_max = std::size_t{1} << 30U;
  std::vector<Header> headers = {};  ///< of every request
};

struct ClientRequest {
  Method method = Method::Get;
  std::string target = "/";
  std::vector<Header> headers = {};
  std::string_view body = {};  ///< has a Content-Length if it is not empty or the method is POST
  /// Takes the body of an answer piece by piece instead of `ClientResponse::body`, if the status is
  /// below 300; its size is then unbounded. An error of the sink ends the request.
  std::function<base::Status(std::string_view)> sink = {};
  /// The content type for the sink: an answer of another type ends the request before the sink gets
  /// a byte.
  std::string sink_type = {};
};

struct ClientResponse {
  int status = 0;
  std::vector<Header> headers;
  std::string body;

  /// The first header line with that name, case ignored.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
};

/// The parts of `http://host:port/base`.
struct Url {
  std::string host;
  std::uint16_t port = 80;
  std::string base;  ///< path in front of every target, without a trailing slash
};
[[nodiscard]] base::Result<Url> parse_url(std::string_view url);

/// Promise: connects when it first needs to, keeps the connection, and connects again, once, if the
///          server has closed a kept connection before a byte of the answer came. A request may
///          then arrive twice: event ids make that harmless.
/// Errors:  Unavailable (no connection, or cut), TimedOut. The next call connects anew.
/// Threads: one at a time.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  [[nodiscard]] base::Result<ClientResponse> request(const ClientRequest& request);

  [[nodiscard]] base::Result<ClientResponse> get(std::string target) {
    return request({.method = Method::Get, .target = std::move(target)});
  }
  [[nodiscard]] base::Result<ClientResponse> post(std::string target, std::string_view body,
                                                  std::string_view content_type = kJson) {
    return request({.method = Method::Post,
                    .target = std::move(target),
                    .headers = {{"Content-Type", std::string(content_type)}},
                    .body = body});
  }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tidemark::http
