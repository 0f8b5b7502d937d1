#include "http/network/redirect.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "http/parameter.hpp"

namespace tidemark::http::network {
namespace {

constexpr std::uint16_t kPortOfHttps = 443;

/// `[::1]:80` is `[::1]`; `host:80` is `host`.
std::string_view without_port(std::string_view authority) {
  const std::size_t end = authority.starts_with('[') ? authority.find(']') + 1 : 0;
  return authority.substr(0, authority.find(':', end));
}

/// Narrower than what RFC 3986 calls a host, which may have commas and escapes.
bool is_plain_host(std::string_view host) {
  const auto plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '.' || c == '_' || c == ':' || c == '[' || c == ']';
  };
  return !host.empty() && std::all_of(host.begin(), host.end(), plain);
}

}  // namespace

Response redirect_answer(const Request& request, std::uint16_t https_port) {
  const std::string_view host = without_port(request.header("Host").value_or(std::string_view{}));
  if (!is_plain_host(host)) {
    return problems::malformed(
        "Host must be a name or an address, because the answer leads there over TLS; " +
        received(host) + ".");
  }
  std::string location = "https://" + std::string(host);
  if (https_port != kPortOfHttps) location += ":" + std::to_string(https_port);
  location += request.target == "*" ? "/" : request.target;
  return Response{308}.header("Location", std::move(location));
}

}  // namespace tidemark::http::network
