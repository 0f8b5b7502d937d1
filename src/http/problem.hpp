#pragma once

/// Refusals in words: problem documents (RFC 9457), one shape for every error of the service.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::http {

/// One fault of a request.
struct Fault {
  std::string field;    ///< the parameter, header or member; empty: the request as a whole
  std::string code;     ///< for programs: "missing_parameter"
  std::string message;  ///< for people: what was wrong, what was expected, what was received
  /// More members as rendered JSON without braces: `"index":3,"event_id":"a"`. They come first.
  std::string members = {};
};

/// A refusal. It is rendered as
/// `{"type":"urn:tidemark:problem:CODE","title","status","detail","code",
/// "request_id","errors":[…]}`.
struct Problem {
  int status = 500;
  std::string code;   ///< for programs, part of the public contract
  std::string title;  ///< the same for every problem with that code
  std::string detail = {};
  std::vector<Fault> errors = {};
  /// More members as rendered JSON without braces, `"accepted":0,"position":null`: they come after
  /// `request_id` and before `errors`.
  std::string members = {};
  /// Header lines of the answer: Retry-After, Allow.
  std::vector<std::pair<std::string, std::string>> headers = {};
  /// What failed inside, for the operator: reported to the observer with the request's id, never
  /// sent.
  std::string cause = {};
  /// True for a 503 to a large request that found no room beside others of its kind: small ones are
  /// still taken.
  bool crowded = false;
  /// False leaves `errors` out when it is empty.
  bool always_errors = false;
};

/// The most errors that one document lists; it tells only the number of the others.
inline constexpr std::size_t kErrorsToldMax = 100;

/// The document's text, with at most `kErrorsToldMax` errors. Bytes that are not UTF-8 are
/// replaced.
[[nodiscard]] std::string render(const Problem& problem, std::string_view request_id);

/// The refusals of http itself; `detail` says exactly what is wrong.
namespace problems {
[[nodiscard]] Problem malformed(std::string detail);  // 400 malformed_request
/// 401 with WWW-Authenticate; `code` says what is wrong with the key.
[[nodiscard]] Problem unauthorized(std::string_view code, std::string detail);
[[nodiscard]] Problem forbidden(std::string detail);                // 403 forbidden
[[nodiscard]] Problem origin_not_allowed(std::string_view origin);  // 403 origin_not_allowed
[[nodiscard]] Problem not_found(std::string detail);                // 404 not_found
[[nodiscard]] Problem method_not_allowed(std::string_view method, std::string allow);  // 405
[[nodiscard]] Problem timed_out(std::string detail);                  // 408 request_timeout
[[nodiscard]] Problem too_large(std::string detail);                  // 413 body_too_large
[[nodiscard]] Problem target_too_long(std::string detail);            // 414
[[nodiscard]] Problem unsupported_media_type(std::string detail);     // 415
[[nodiscard]] Problem misdirected(std::string detail);                // 421 host_not_allowed
[[nodiscard]] Problem invalid_parameters(std::vector<Fault> errors);  // 422 invalid_parameters
[[nodiscard]] Problem rate_limited(int retry_after_seconds);          // 429 rate_limited
[[nodiscard]] Problem headers_too_large(std::string detail);          // 431
[[nodiscard]] Problem internal(std::string detail);                   // 500 internal_error
[[nodiscard]] Problem not_implemented(std::string detail);            // 501
[[nodiscard]] Problem overloaded(std::string detail,
                                 int retry_after_seconds = 1);  // 503 overloaded
[[nodiscard]] Problem unavailable(std::string detail, int retry_after_seconds = 1);  // 503
}  // namespace problems

}  // namespace tidemark::http
