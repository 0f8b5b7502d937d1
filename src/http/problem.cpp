#include "http/problem.hpp"

#include <algorithm>
#include <cassert>
#include <span>

#include "http/json_writer.hpp"

namespace tidemark::http {

std::string render(const Problem& problem, std::string_view request_id) {
  JsonWriter json;
  json.begin_object()
      .member("type", "urn:tidemark:problem:" + problem.code)
      .member("title", problem.title)
      .member("status", problem.status);
  if (!problem.detail.empty()) json.member("detail", problem.detail);
  json.member("code", problem.code).member("request_id", request_id).raw(problem.members);
  if (!problem.errors.empty() || problem.always_errors) {
    json.key("errors").begin_array();
    const auto told = std::min(problem.errors.size(), kErrorsToldMax);
    for (const Fault& fault : std::span(problem.errors).first(told)) {
      json.begin_object().raw(fault.members);
      json.member("field", fault.field).member("code", fault.code).member("message", fault.message);
      json.end_object();
    }
    json.end_array();
  }
  return json.end_object().take();
}

namespace problems {
namespace {

Problem make(int status, std::string_view code, std::string_view title, std::string detail) {
  assert(status >= 400 && status <= 599);
  Problem problem;
  problem.status = status;
  problem.code = code;
  problem.title = title;
  problem.detail = std::move(detail);
  return problem;
}

Problem later(Problem problem, int retry_after_seconds) {
  problem.headers.emplace_back("Retry-After", std::to_string(std::max(1, retry_after_seconds)));
  return problem;
}

}  // namespace

Problem malformed(std::string detail) {
  return make(400, "malformed_request", "The request cannot be read", std::move(detail));
}

Problem unauthorized(std::string_view code, std::string detail) {
  Problem problem = make(401, code, "The request needs a key that may do this", std::move(detail));
  problem.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"tidemark\"");
  return problem;
}

Problem forbidden(std::string detail) {
  return make(403, "forbidden", "The key may not do this", std::move(detail));
}

Problem origin_not_allowed(std::string_view origin) {
  return make(
      403, "origin_not_allowed", "The page's origin is not allowed",
      "Pages from \"" + std::string(origin) +
          "\" may not send requests here; the setting cors_origins lists the origins that may.");
}

Problem not_found(std::string detail) {
  return make(404, "not_found", "Not found", std::move(detail));
}

Problem method_not_allowed(std::string_view method, std::string allow) {
  Problem problem =
      make(405, "method_not_allowed", "The path does not support this method",
           "This path does not support " + std::string(method) + "; it supports " + allow + ".");
  problem.headers.emplace_back("Allow", std::move(allow));
  return problem;
}

Problem timed_out(std::string detail) {
  return make(408, "request_timeout", "The request took too long", std::move(detail));
}

Problem too_large(std::string detail) {
  return make(413, "body_too_large", "The body is too large", std::move(detail));
}

Problem target_too_long(std::string detail) {
  return make(414, "target_too_long", "The request target is too long", std::move(detail));
}

Problem unsupported_media_type(std::string detail) {
  return make(415, "unsupported_media_type", "The body is of a type that is not accepted here",
              std::move(detail));
}

Problem misdirected(std::string detail) {
  return make(421, "host_not_allowed", "The service does not answer under this host name",
              std::move(detail));
}

Problem invalid_parameters(std::vector<Fault> errors) {
  Problem problem = make(422, "invalid_parameters", "Parameters are missing, unknown or wrong", {});
  problem.detail =
      errors.size() == 1
          ? errors.front().message
          : std::to_string(errors.size()) + " parameters are wrong; see errors" +
                (errors.size() > kErrorsToldMax ? " for the first " + std::to_string(kErrorsToldMax)
                                                : std::string()) +
                ".";
  problem.errors = std::move(errors);
  return problem;
}

Problem rate_limited(int retry_after_seconds) {
  return later(make(429, "rate_limited", "Too many requests",
                    "The rate limit for this address is reached; try again in " +
                        std::to_string(retry_after_seconds) + " s."),
               retry_after_seconds);
}

Problem headers_too_large(std::string detail) {
  return make(431, "headers_too_large", "The header is too large", std::move(detail));
}

Problem internal(std::string detail) {
  return make(500, "internal_error", "The service failed", std::move(detail));
}

Problem not_implemented(std::string detail) {
  return make(501, "not_implemented", "The service cannot do this", std::move(detail));
}

Problem overloaded(std::string detail, int retry_after_seconds) {
  return later(make(503, "overloaded", "The service is busy", std::move(detail)),
               retry_after_seconds);
}

Problem unavailable(std::string detail, int retry_after_seconds) {
  return later(make(503, "unavailable", "The service cannot answer now", std::move(detail)),
               retry_after_seconds);
}

}  // namespace problems
}  // namespace tidemark::http
