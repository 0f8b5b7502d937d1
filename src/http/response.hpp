#pragma once

/// A handler's answer; the connection adds the lines that every answer carries.

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/problem.hpp"

namespace tidemark::http {

class BodyStream;

inline constexpr std::string_view kJson = "application/json";
inline constexpr std::string_view kProblemJson = "application/problem+json";
inline constexpr std::string_view kText = "text/plain; charset=utf-8";
inline constexpr std::string_view kHtml = "text/html; charset=utf-8";
inline constexpr std::string_view kEventStream = "text/event-stream";
inline constexpr std::string_view kCsv = "text/csv; charset=utf-8";

struct Header {
  std::string name;
  std::string value;
};

/// Status, header lines and one of: `body`, `shared_body`, `stream`, `problem`.
///
/// Order: the connection adds Content-Length, Date, Connection, X-Request-Id, rate limit and CORS
///        lines, renders a problem, compresses, and omits the body for HEAD, 204 and 304.
struct Response {
  int status = 200;
  /// Must point to text that lives for ever (a literal). Empty: no Content-Type.
  std::string_view content_type;
  std::vector<Header> headers;
  std::string body;
  std::shared_ptr<const std::string> shared_body;  ///< for documents: nothing is copied
  std::shared_ptr<const std::string> shared_gzip;  ///< the same as gzip, if it was made before
  std::shared_ptr<BodyStream> stream;  ///< of unknown length, written piece by piece (see task.hpp)
  std::shared_ptr<Problem> problem;    ///< rendered with the request's id when it is written
  std::string cause;     ///< for a problem that was rendered: for the observer, never sent
  std::string detail;    ///< the same for a 503: the message to its client
  bool crowded = false;  ///< the same: Problem::crowded
  bool compressible = true;

  Response() = default;
  explicit Response(int status_code) : status(status_code) {}
  /// Allows `return Problem{…};`.
  Response(Problem refusal);  // NOLINT(google-explicit-constructor)

  [[nodiscard]] static Response json(int status, std::string body);
  [[nodiscard]] static Response text(int status, std::string body,
                                     std::string_view content_type = kText);

  Response& header(std::string_view name, std::string value) &;
  Response&& header(std::string_view name, std::string value) &&;

  /// The bytes that will be sent (a problem must have been rendered).
  [[nodiscard]] std::string_view bytes() const noexcept {
    return shared_body ? std::string_view{*shared_body} : std::string_view{body};
  }
};

/// "OK" for 200; "Unknown" for a status that is not registered.
[[nodiscard]] std::string_view reason_of(int status) noexcept;

}  // namespace tidemark::http
