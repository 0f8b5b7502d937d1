#include "http/network/answer.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "http/network/compress.hpp"

namespace tidemark::http::network {
namespace {

/// For a year a browser asks this host over TLS alone (RFC 6797).
constexpr std::string_view kHttpsOnly = "Strict-Transport-Security: max-age=31536000\r\n";
constexpr std::size_t kCompressFrom = 1'024;  // below, the head outweighs what is saved

void line(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  // A line break in a value would let its sender write header lines of its own.
  for (const char c : value) {
    if (c != '\r' && c != '\n' && c != '\0') out += c;
  }
  out += "\r\n";
}

const Header* find(const Response& response, std::string_view name) {
  const auto found =
      std::find_if(response.headers.begin(), response.headers.end(),
                   [&](const Header& header) { return equal_ignoring_case(header.name, name); });
  return found == response.headers.end() ? nullptr : &*found;
}

/// The value of Access-Control-Allow-Origin; empty where the origin is not allowed.
std::string allowed_origin(const Request& request, const Cors& cors) {
  if (cors.origins.empty()) return {};
  const auto origin = request.header("Origin");
  if (!origin) return {};
  for (const std::string& known : cors.origins) {
    if (known == "*") return "*";
    if (known == *origin) return known;
  }
  return {};
}

void write_cors(std::string& out, const Request& request, const Cors& cors) {
  const std::string origin = allowed_origin(request, cors);
  if (origin != "*") out += "Vary: Origin\r\n";  // even where it is not allowed: caches must know
  if (origin.empty()) return;
  line(out, "Access-Control-Allow-Origin", origin);
  // navigator.sendBeacon sends with credentials, whether or not there are any. Never allow it for
  // all origins: a page that nobody named must not act with the credentials by which a proxy before
  // this server knows its reader.
  if (origin != "*") out += "Access-Control-Allow-Credentials: true\r\n";
  out +=
      "Access-Control-Expose-Headers: X-Request-Id, RateLimit, RateLimit-Policy, Retry-After, "
      "Server-Timing, ETag, Idempotent-Replayed, Preference-Applied\r\n";
}

void write_length(std::string& out, const Response& response, const Request& request) {
  if (response.status == 204 || response.status == 304 || response.status < 200) return;
  if (response.stream) {
    if (!request.http_1_0) out += "Transfer-Encoding: chunked\r\n";
    return;
  }
  out += "Content-Length: ";
  out += std::to_string(response.bytes().size());
  out += "\r\n";
}

}  // namespace

void prepare(Response& response, const Request& request, bool compress) {
  if (response.problem) {
    const Problem& problem = *response.problem;
    response.status = problem.status;
    response.cause = problem.cause;
    response.crowded = problem.crowded;
    if (problem.status == 503) response.detail = problem.detail;
    response.content_type = kProblemJson;
    response.body = render(problem, request.id);
    response.shared_body.reset();
    for (const auto& [name, value] : problem.headers) response.header(name, value);
    response.problem.reset();
  }
  const std::string_view bytes = response.bytes();
  if (!compress || !response.compressible || response.stream || bytes.size() < kCompressFrom ||
      !worth_compressing(response.content_type) || find(response, "Content-Encoding") != nullptr) {
    return;
  }
  response.compressible = false;  // prepared once, on a worker or here
  response.header("Vary", "Accept-Encoding");
  if (!accepts_gzip(request.headers("Accept-Encoding"))) return;
  if (response.shared_gzip) {
    response.shared_body = response.shared_gzip;
  } else {
    std::string packed = gzip(bytes);
    if (packed.empty() || packed.size() >= bytes.size()) return;
    response.shared_body.reset();
    response.body = std::move(packed);
  }
  response.header("Content-Encoding", "gzip");
}

bool has_body(const Response& response, const Request& request) noexcept {
  return request.method != Method::Head && response.status >= 200 && response.status != 204 &&
         response.status != 304;
}

void write_head(std::string& out, const Response& response, const Answering& answering) {
  assert(!response.problem && "`prepare` came before");
  const Request& request = answering.request;
  out = "HTTP/1.1 ";
  out += std::to_string(response.status);
  out += ' ';
  out += reason_of(response.status);
  out += "\r\nDate: ";
  out += answering.date;
  out += "\r\n";
  if (request.tls) out += kHttpsOnly;
  line(out, "X-Request-Id", request.id);
  if (!response.content_type.empty()) line(out, "Content-Type", response.content_type);
  write_length(out, response, request);
  for (const Header& header : response.headers) line(out, header.name, header.value);
  if (answering.rate != nullptr) {
    assert(answering.shared.limiter != nullptr);
    line(out, "RateLimit-Policy", answering.shared.limiter->policy());
    line(out, "RateLimit", RateLimiter::state(*answering.rate));
  }
  const Cors& cors = answering.shared.options.cors;
  if (!cors.origins.empty()) write_cors(out, request, cors);
  if (!answering.keep_alive) {
    out += "Connection: close\r\n";
  } else if (request.http_1_0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

namespace {

/// Whether a page can send the request without a preflight, by which the server could refuse.
bool is_sent_unasked(const Request& request) {
  if (request.method != Method::Post) return false;
  const auto content_type = request.header("Content-Type");
  if (!content_type || content_type->empty()) return true;
  std::string_view type = content_type->substr(0, content_type->find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  constexpr std::array<std::string_view, 3> kUnasked = {"text/plain", "multipart/form-data",
                                                        "application/x-www-form-urlencoded"};
  return std::any_of(kUnasked.begin(), kUnasked.end(),
                     [type](std::string_view each) { return equal_ignoring_case(type, each); });
}

}  // namespace

bool is_of_a_stranger(const Request& request, const Cors& cors) {
  const auto origin = request.header("Origin");
  if (!origin || !is_sent_unasked(request)) return false;
  const std::size_t host = std::min(origin->find("://"), origin->size());
  const bool ours = host < origin->size() &&
                    equal_ignoring_case(origin->substr(host + 3), request.headers("Host"));
  return !ours && allowed_origin(request, cors).empty();
}

Response options_answer(const Request& request, const Cors& cors, std::string_view allow) {
  Response response{204};
  response.header("Allow", std::string(allow));
  const bool preflight = request.header("Access-Control-Request-Method").has_value();
  if (!preflight || allowed_origin(request, cors).empty()) return response;
  response.header("Access-Control-Allow-Methods", std::string(allow));
  const std::string asked = request.headers("Access-Control-Request-Headers");
  response.header("Access-Control-Allow-Headers",
                  asked.empty() ? "Content-Type, Content-Encoding, Idempotency-Key, Prefer, "
                                  "X-Request-Id, If-None-Match, Last-Event-ID"
                                : asked);
  response.header("Access-Control-Max-Age", "600");
  return response;
}

}  // namespace tidemark::http::network
